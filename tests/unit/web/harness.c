#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"

#define PATIENCE_SECONDS 10

/* Real time, also while the server's clock is frozen. */
static int64_t real_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec;
}

void site_open(struct site *s, const struct web_config *config) {
    CHECK(uv_loop_init(&s->loop) == 0);
    s->net = net_new(&s->loop);
    s->web = web_new(s->net, config);
}

void site_close(struct site *s) {
    web_free(&s->web);
    net_free(&s->net);
    uv_run(&s->loop, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&s->loop) == 0);
}

void site_turn(struct site *s) {
    uv_run(&s->loop, UV_RUN_NOWAIT);
    net_flush(s->net);
    net_reap(s->net);
}

void site_advance(struct site *s, int seconds) {
    clock_advance_us((int64_t)seconds * SECOND_US);
    net_tick(s->net);
    site_turn(s);
}

void peer_open(struct peer *p, struct site *s) {
    int pair[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0);
    *p = (struct peer){.site = s, .fd = pair[0]};
    web_accept(s->web, pair[1], NULL);
}

void peer_close(struct peer *p) {
    if (p->fd >= 0)
        close(p->fd);
    p->fd = -1;
    buf_fini(&p->got);
}

void peer_read(struct peer *p) {
    for (;;) {
        char *at = buf_reserve(&p->got, 65536);
        ssize_t n = recv(p->fd, at, 65536, 0);
        if (n > 0) {
            p->got.n += (size_t)n;
            continue;
        }
        if (n == 0 || (errno != EAGAIN && errno != EINTR))
            p->ended = true;
        return;
    }
}

void peer_send(struct peer *p, struct str bytes) {
    int64_t until = real_seconds() + PATIENCE_SECONDS;
    while (bytes.n > 0) {
        ssize_t n = send(p->fd, bytes.p, bytes.n, MSG_NOSIGNAL);
        if (n > 0) {
            bytes = str_from_index(bytes, (size_t)n);
            continue;
        }
        if (errno != EAGAIN || real_seconds() > until)
            return; /* the server closed: what it said shows why */
        site_turn(p->site);
        peer_read(p);
    }
}

static bool wait_for(
    struct peer *p, bool (*holds)(struct peer *p, const void *arg), const void *arg) {
    int64_t until = real_seconds() + PATIENCE_SECONDS;
    for (;;) {
        size_t had = p->got.n;
        site_turn(p->site);
        peer_read(p);
        if (holds(p, arg))
            return true;
        if (real_seconds() > until)
            return false;
        if (p->ended) { /* nothing more can come */
            site_turn(p->site);
            return holds(p, arg);
        }
        if (p->got.n > had) /* libuv tells epoll of what it wants to know in its next turn only */
            continue;
        struct pollfd both[2] = {{.fd = p->fd, .events = POLLIN},
            {.fd = uv_backend_fd(&p->site->loop), .events = POLLIN}};
        poll(both, 2, 100);
    }
}

bool peer_has(const struct peer *p, const char *text) {
    return str_find_str(buf_str(&p->got), str_from(text)) >= 0;
}

unsigned peer_count(const struct peer *p, const char *text) {
    struct str rest = buf_str(&p->got), needle = str_from(text);
    unsigned n = 0;
    ptrdiff_t at;
    while ((at = str_find_str(rest, needle)) >= 0) {
        rest = str_from_index(rest, (size_t)at + needle.n);
        n++;
    }
    return n;
}

static bool has_text(struct peer *p, const void *arg) {
    return peer_has(p, arg);
}

static bool has_n(struct peer *p, const void *arg) {
    return p->got.n >= *(const size_t *)arg;
}

static bool has_ended(struct peer *p, const void *arg) {
    return p->ended;
}

bool peer_expect(struct peer *p, const char *text) {
    return wait_for(p, has_text, text);
}

bool peer_expect_n(struct peer *p, size_t n) {
    return wait_for(p, has_n, &n);
}

bool peer_expect_end(struct peer *p) {
    return wait_for(p, has_ended, NULL);
}

void add_frame(struct buf *out, unsigned first, struct str payload) {
    static const unsigned char mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    buf_add_char(out, (char)first);
    if (payload.n < 126) {
        buf_add_char(out, (char)(0x80 | payload.n));
    } else if (payload.n <= 0xFFFF) {
        buf_add_char(out, (char)(0x80 | 126));
        buf_add_char(out, (char)(payload.n >> 8));
        buf_add_char(out, (char)payload.n);
    } else {
        buf_add_char(out, (char)(0x80 | 127));
        for (int i = 7; i >= 0; i--)
            buf_add_char(out, (char)((uint64_t)payload.n >> (8 * i)));
    }
    buf_add(out, mask, 4);
    for (size_t i = 0; i < payload.n; i++)
        buf_add_char(out, (char)((unsigned char)payload.p[i] ^ mask[i & 3]));
}
