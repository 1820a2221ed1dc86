#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "kit.h"

#define BUFFER (256 * 1024)
#define EVENTS 1024
#define STUCK_MS 20000

/* RFC 6455 1.3: its own example, so that the right answer is known. */
#define HANDSHAKE_KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define HANDSHAKE_ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

enum state { STATE_HANDSHAKE, STATE_SYNCING, STATE_READY };

/* -------------------------------------------------------------------------------------------------------
 * bytes */

static int open_connection(int port) {
    struct sockaddr_in to = {.sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        kit_fail("no more sockets: %s", strerror(errno));
    if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0) {
        close(fd);
        return -1;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

static void close_at_once(int fd) {
    struct linger hard = {1, 0};
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close(fd);
}

static void flush(struct peer *p) {
    size_t done = 0;
    while (done < p->out.n) {
        ssize_t n = send(p->fd, p->out.p + done, p->out.n - done, MSG_NOSIGNAL);
        if (n > 0) {
            done += (size_t)n;
            continue;
        }
        struct pollfd wait = {p->fd, POLLOUT, 0};
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            kit_fail("the server closed connection %u: %s", p->index, strerror(errno));
        if (poll(&wait, 1, STUCK_MS) == 0)
            kit_fail(
                "the server has not read from connection %u for %d s", p->index, STUCK_MS / 1000);
    }
    buf_clear(&p->out);
    p->dirty = false;
}

static void will_send(struct client *c, struct peer *p) {
    if (p->dirty)
        return;
    p->dirty = true;
    c->dirty[c->dirty_n++] = p->index;
}

static void flush_all(struct client *c) {
    for (uint32_t i = 0; i < c->dirty_n; i++)
        flush(&c->peers[c->dirty[i]]);
    c->dirty_n = 0;
}

/* -------------------------------------------------------------------------------------------------------
 * sending */

static void add_frame(struct buf *out, unsigned opcode, struct str payload) {
    static uint32_t key = 0x9E3779B9;
    unsigned char head[14] = {(unsigned char)(0x80u | opcode)};
    size_t n = 2;
    key = key * 1664525u + 1013904223u;
    if (payload.n < 126) {
        head[1] = (unsigned char)(0x80u | payload.n);
    } else {
        CHECK(payload.n <= 0xFFFF);
        head[1] = 0x80u | 126;
        head[2] = (unsigned char)(payload.n >> 8);
        head[3] = (unsigned char)payload.n;
        n = 4;
    }
    memcpy(head + n, &key, 4);
    buf_add(out, head, n + 4);
    unsigned char *to = (unsigned char *)buf_reserve(out, payload.n);
    for (size_t i = 0; i < payload.n; i++)
        to[i] = (unsigned char)payload.p[i] ^ head[n + (i & 3)];
    out->n += payload.n;
}

void peer_send_text(struct client *c, struct peer *p, struct str text) {
    add_frame(&p->out, 1, text);
    will_send(c, p);
}

static void add_request(
    struct buf *out, int64_t user, const char *method, const char *path, struct str body) {
    char token[KIT_TOKEN + 1];
    buf_addf(out, "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\n", method, path);
    if (user >= 0) {
        kit_token(user, token);
        buf_addf(out, "Authorization: Bearer %s\r\n", token);
    }
    if (body.n)
        buf_addf(out, "Content-Type: application/json\r\nContent-Length: %zu\r\n", body.n);
}

void peer_send_request(
    struct client *c, struct peer *p, const char *method, const char *path, struct str body) {
    add_request(&p->out, p->user, method, path, body);
    buf_add_str(&p->out, STR("\r\n"));
    buf_add_str(&p->out, body);
    will_send(c, p);
}

void peer_send_floor(struct client *c, struct peer *p, struct str frame) {
    uint32_t head[2] = {(uint32_t)p->user, (uint32_t)frame.n};
    buf_add(&p->out, head, sizeof head);
    buf_add_str(&p->out, frame);
    will_send(c, p);
}

/* -------------------------------------------------------------------------------------------------------
 * reading */

static void ready(struct client *c, struct peer *p) {
    p->state = STATE_READY;
    c->ready++;
    if (c->on_ready)
        c->on_ready(c, p);
}

static void on_frame(struct client *c, struct peer *p, unsigned first, struct str payload) {
    switch (first) {
    case 0x81:
        if (p->state == STATE_SYNCING && str_eq(payload, STR("{\"type\":\"synced\"}")))
            ready(c, p);
        else if (c->on_text)
            c->on_text(c, p, payload);
        return;
    case 0x88:
        kit_fail("the server closed connection %u: %d %.*s", p->index,
            payload.n >= 2 ? (unsigned char)payload.p[0] << 8 | (unsigned char)payload.p[1] : 0,
            payload.n >= 2 ? (int)payload.n - 2 : 0, payload.n >= 2 ? payload.p + 2 : "");
    case 0x89:
        add_frame(&p->out, 10, payload);
        will_send(c, p);
        return;
    case 0x8A:
        return;
    default:
        kit_fail("connection %u got a frame that starts with 0x%02x", p->index, first);
    }
}

/* Each of these takes one thing off the front: how many bytes that was, or 0 when it is not whole
 * yet. */

static size_t take_frame(struct client *c, struct peer *p, struct str s) {
    const unsigned char *u = (const unsigned char *)s.p;
    size_t head = 2, n;
    if (s.n < 2)
        return 0;
    n = u[1];
    if (n == 126) {
        if (s.n < 4)
            return 0;
        head = 4;
        n = (size_t)u[2] << 8 | u[3];
    } else if (n == 127) {
        if (s.n < 10)
            return 0;
        head = 10;
        n = 0;
        for (int i = 2; i < 10; i++)
            n = n << 8 | u[i];
    } else if (n > 127) {
        kit_fail("connection %u got a masked frame", p->index);
    }
    if (s.n - head < n)
        return 0;
    on_frame(c, p, u[0], str_make(s.p + head, n));
    return head + n;
}

static size_t take_handshake(struct peer *p, struct str s) {
    ptrdiff_t end = str_find_str(s, STR("\r\n\r\n"));
    if (end < 0)
        return 0;
    struct str head = str_make(s.p, (size_t)end);
    if (!str_has_prefix(head, STR("HTTP/1.1 101 "))
        || str_find_str(head, STR(HANDSHAKE_ACCEPT)) < 0)
        kit_fail("the server refused connection %u: %.*s", p->index, STR_ARG(s));
    p->state = STATE_SYNCING;
    add_frame(&p->out, 1, STR("{\"type\":\"hello\"}"));
    return (size_t)end + 4;
}

/* Length of a whole response at the front of `s`, or 0. */
static size_t response(struct str s, int *ret_status, struct str *ret_body) {
    ptrdiff_t end = str_find_str(s, STR("\r\n\r\n"));
    uint64_t length = 0, status = 0;
    if (end < 0)
        return 0;
    struct str lines = str_make(s.p, (size_t)end), line;
    if (!str_next(&lines, '\n', &line) || line.n < 12
        || str_to_u64(str_make(line.p + 9, 3), &status) < 0)
        kit_fail("this is no HTTP: %.*s", STR_ARG(line));
    while (str_next(&lines, '\n', &line))
        if (line.n > 15 && strncasecmp(line.p, "content-length:", 15) == 0)
            (void)str_to_u64(str_trim(str_from_index(line, 15)), &length);
    if (s.n - (size_t)end - 4 < length)
        return 0;
    *ret_status = (int)status;
    *ret_body = str_make(s.p + end + 4, length);
    return (size_t)end + 4 + length;
}

static size_t take_response(struct client *c, struct peer *p, struct str s) {
    int status;
    struct str body;
    size_t n = response(s, &status, &body);
    if (n)
        c->on_response(c, p, status, body);
    return n;
}

static size_t take(struct client *c, struct peer *p, struct str s) {
    if (p->kind == PEER_HTTP)
        return take_response(c, p, s);
    if (p->state != STATE_HANDSHAKE)
        return take_frame(c, p, s);
    size_t n = take_handshake(p, s);
    if (n)
        will_send(c, p);
    return n;
}

static void on_bytes(struct client *c, struct peer *p, struct str s) {
    bool kept = p->rest.n > 0;
    if (kept) {
        buf_add_str(&p->rest, s);
        s = buf_str(&p->rest);
    }
    size_t whole = s.n, n;
    while (s.n && (n = take(c, p, s)) > 0)
        s = str_from_index(s, n);
    if (kept)
        buf_consume(&p->rest, whole - s.n);
    else if (s.n)
        buf_add_str(&p->rest, s);
}

static void on_readable(struct client *c, struct peer *p) {
    ssize_t n = recv(p->fd, c->buffer, BUFFER, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0)
        kit_fail("the server closed connection %u%s%s", p->index, n < 0 ? ": " : "",
            n < 0 ? strerror(errno) : "");
    c->reads++;
    c->turn_ns = kit_now_ns();
    on_bytes(c, p, str_make(c->buffer, (size_t)n));
}

void client_turn(struct client *c, int64_t wait_ns) {
    struct epoll_event events[EVENTS];
    struct timespec wait = {wait_ns / SECOND_NS, wait_ns % SECOND_NS};
    flush_all(c);
    int n = epoll_pwait2(c->epoll, events, EVENTS, wait_ns < 0 ? NULL : &wait, NULL);
    if (n < 0 && errno != EINTR)
        kit_fail("epoll_pwait2: %s", strerror(errno));
    c->quiet_ns = n == 0 ? c->quiet_ns + wait_ns : 0;
    if (c->quiet_ns > STUCK_MS * MS_NS)
        kit_fail(
            "lost: the server has said nothing for %d s, and something is due", STUCK_MS / 1000);
    for (int i = 0; i < n; i++)
        on_readable(c, &c->peers[events[i].data.u32]);
    flush_all(c);
}

/* -------------------------------------------------------------------------------------------------------
 * connecting */

void client_init(struct client *c, int port, uint32_t n) {
    *c = (struct client){.port = port, .cap = n};
    c->epoll = epoll_create1(EPOLL_CLOEXEC);
    c->peers = xcalloc(n, sizeof *c->peers);
    c->dirty = xcalloc(n, sizeof *c->dirty);
    c->buffer = xmalloc(BUFFER);
}

void client_fini(struct client *c) {
    for (uint32_t i = 0; i < c->n; i++) {
        close_at_once(c->peers[i].fd);
        buf_fini(&c->peers[i].rest);
        buf_fini(&c->peers[i].out);
    }
    close(c->epoll);
    free(c->peers);
    free(c->dirty);
    free(c->buffer);
}

struct peer *client_connect(struct client *c, enum peer_kind kind, int64_t user) {
    CHECK(c->n < c->cap);
    struct peer *p = &c->peers[c->n];
    *p = (struct peer){
        .fd = open_connection(c->port), .index = c->n, .kind = (uint8_t)kind, .user = user};
    if (p->fd < 0)
        kit_fail("connection %u is refused: %s", p->index, strerror(errno));
    c->n++;
    (void)fcntl(p->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event wanted = {.events = EPOLLIN, .data.u32 = p->index};
    if (epoll_ctl(c->epoll, EPOLL_CTL_ADD, p->fd, &wanted) < 0)
        kit_fail("epoll_ctl: %s", strerror(errno));
    if (kind == PEER_WS) {
        add_request(&p->out, user, "GET", "/api/v1/socket", (struct str){0});
        buf_add_str(&p->out,
            STR("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: " HANDSHAKE_KEY "\r\n\r\n"));
        will_send(c, p);
        return p;
    }
    if (kind == PEER_FLOOR) {
        p->state = STATE_SYNCING;
        peer_send_floor(c, p, (struct str){0});
        return p;
    }
    ready(c, p);
    return p;
}

void client_connect_all(struct client *c, enum peer_kind kind, int64_t from, uint32_t n,
    uint32_t share, uint32_t at_once) {
    uint32_t first = c->n, ready_before = c->ready;
    while (c->ready - ready_before < n) {
        while (c->n - first < n && c->n - first - (c->ready - ready_before) < at_once)
            client_connect(c, kind, from + (c->n - first) / share);
        client_turn(c, kind == PEER_HTTP ? 0 : SECOND_NS);
    }
    flush_all(c);
}

int client_ask(int port, int64_t user, const char *path, struct buf *body) {
    int fd = open_connection(port), status = 0;
    struct buf out = {0}, in = {0};
    struct str got = {0};
    if (fd < 0)
        return 0;
    add_request(&out, user, "GET", path, (struct str){0});
    buf_add_str(&out, STR("Connection: close\r\n\r\n"));
    if (send(fd, out.p, out.n, MSG_NOSIGNAL) == (ssize_t)out.n)
        while (!response(buf_str(&in), &status, &got)) {
            ssize_t n = recv(fd, buf_reserve(&in, 64 * 1024), 64 * 1024, 0);
            if (n <= 0)
                break;
            in.n += (size_t)n;
        }
    buf_add_str(body, got);
    buf_fini(&out);
    buf_fini(&in);
    close_at_once(fd);
    return status;
}
