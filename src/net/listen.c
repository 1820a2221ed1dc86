#include "net/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <uv.h>

#include "base/check.h"
#include "base/log.h"
#include "net/address.h"

#define ACCEPTS_PER_EVENT 64 /* then the connections that are there have their turn */
#define EXHAUSTED_PAUSE_MS 100
#define UNACKED_MS 60000 /* a peer that has vanished is noticed by the second heartbeat */

struct listener {
    uv_poll_t poll;
    uv_timer_t pause;
    struct net *net;
    struct tls_context *tls;
    void (*on_accept)(void *arg, int fd, struct tls_context *tls);
    void *arg;
    int fd;
    int spare; /* given up to accept and close one when descriptors have run out */
    int open_handles;
};

/* -------------------------------------------------------------------------------------------------------
 * addresses */

static int unix_address(struct str path, struct listen_address *out) {
    struct sockaddr_un *un = (struct sockaddr_un *)&out->sa;
    memset(out, 0, sizeof *out);
    if (path.n == 0 || path.n >= sizeof un->sun_path || memchr(path.p, '\0', path.n))
        return -EINVAL;
    un->sun_family = AF_UNIX;
    memcpy(un->sun_path, path.p, path.n);
    out->n = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path.n + 1);
    return 1;
}

static int any_address(uint16_t port, struct listen_address *out) {
    memset(out, 0, sizeof *out);
    int probe = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (probe < 0) { /* a kernel without IPv6 */
        struct sockaddr_in *v4 = (struct sockaddr_in *)&out->sa;
        *v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
        out->n = sizeof *v4;
        return 1;
    }
    close(probe);
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&out->sa;
    *v6 = (struct sockaddr_in6){
        .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = in6addr_any};
    out->n = sizeof *v6;
    return 1;
}

static int look_up(struct str host, struct str port, struct listen_address *out) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV},
                    *found = NULL;
    char host_z[256], port_z[8];
    int n = 0;
    if (host.n >= sizeof host_z || port.n >= sizeof port_z)
        return -EINVAL;
    snprintf(host_z, sizeof host_z, "%.*s", STR_ARG(host));
    snprintf(port_z, sizeof port_z, "%.*s", STR_ARG(port));
    if (getaddrinfo(host_z, port_z, &hints, &found) != 0)
        return -ENOENT;
    for (struct addrinfo *a = found; a && n < LISTEN_ADDRESSES; a = a->ai_next) {
        if (a->ai_family != AF_INET && a->ai_family != AF_INET6)
            continue;
        memset(&out[n], 0, sizeof out[n]);
        memcpy(&out[n].sa, a->ai_addr, a->ai_addrlen);
        out[n].n = a->ai_addrlen;
        bool known = false;
        for (int i = 0; i < n; i++)
            known |= out[i].n == out[n].n && memcmp(&out[i].sa, &out[n].sa, out[n].n) == 0;
        n += !known;
    }
    freeaddrinfo(found);
    return n ? n : -ENOENT;
}

int listen_resolve(struct str spec, struct listen_address out[static LISTEN_ADDRESSES]) {
    if (str_has_prefix(spec, STR("unix:")))
        return unix_address(str_from_index(spec, 5), out);
    ptrdiff_t colon = -1;
    for (size_t i = 0; i < spec.n; i++)
        if (spec.p[i] == ':')
            colon = (ptrdiff_t)i;
    if (colon < 0)
        return -EINVAL;
    struct str host = str_make(spec.p, (size_t)colon),
               port = str_from_index(spec, (size_t)colon + 1);
    uint64_t number;
    if (str_to_u64(port, &number) < 0 || number > 65535)
        return -EINVAL;
    if (host.n == 0 || str_eq(host, STR("*")))
        return any_address((uint16_t)number, out);
    if (host.p[0] == '[') {
        if (host.n < 3 || host.p[host.n - 1] != ']')
            return -EINVAL;
        host = str_make(host.p + 1, host.n - 2);
    } else if (str_find(host, ':') >= 0) {
        return -EINVAL; /* a v6 address needs its brackets */
    }
    return look_up(host, port, out);
}

const char *listen_text(const struct listen_address *a, char out[static LISTEN_TEXT]) {
    char ip[ADDRESS_TEXT];
    if (a->sa.ss_family == AF_UNIX) {
        snprintf(out, LISTEN_TEXT, "unix:%s", ((const struct sockaddr_un *)&a->sa)->sun_path);
        return out;
    }
    address_text((const struct sockaddr *)&a->sa, ip);
    bool v6 = a->sa.ss_family == AF_INET6;
    in_port_t port = v6 ? ((const struct sockaddr_in6 *)&a->sa)->sin6_port
                        : ((const struct sockaddr_in *)&a->sa)->sin_port;
    snprintf(out, LISTEN_TEXT, v6 ? "[%s]:%u" : "%s:%u", ip, (unsigned)ntohs(port));
    return out;
}

bool listen_is_loopback(const struct listen_address *a) {
    if (a->sa.ss_family == AF_UNIX)
        return true;
    if (a->sa.ss_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)&a->sa)->sin_addr.s_addr) >> 24 == 127;
    return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)&a->sa)->sin6_addr);
}

/* A path left by a server that was killed refuses the next bind; one that somebody answers on is in
 * use. */
static void remove_stale(const struct sockaddr_un *un, socklen_t n) {
    struct stat st;
    if (lstat(un->sun_path, &st) < 0 || !S_ISSOCK(st.st_mode))
        return;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    if (connect(fd, (const struct sockaddr *)un, n) < 0 && errno == ECONNREFUSED)
        (void)unlink(un->sun_path);
    close(fd);
}

static int open_socket(const struct listen_address *a) {
    int fd = socket(a->sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int one = 1, zero = 0;
    if (fd < 0)
        return -errno;
    if (a->sa.ss_family != AF_UNIX)
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (a->sa.ss_family == AF_INET6) {
        bool any = IN6_IS_ADDR_UNSPECIFIED(&((const struct sockaddr_in6 *)&a->sa)->sin6_addr);
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, any ? &zero : &one, sizeof one);
    }
    return fd;
}

/* With SO_REUSEPORT the kernel deals connections out to all processes of the same user: without it,
 * it tells of a listener that is there already. */
static int ask_free(const struct listen_address *a) {
    int fd = open_socket(a), r = 0;
    if (fd < 0)
        return fd;
    if (bind(fd, (const struct sockaddr *)&a->sa, a->n) < 0)
        r = -errno;
    close(fd);
    return r;
}

int listen_claim(struct listen_address *a) {
    int r = a->sa.ss_family == AF_UNIX ? 0 : ask_free(a);
    return r < 0 ? r : listen_open(a);
}

int listen_open(struct listen_address *a) {
    int fd = open_socket(a), one = 1, unacked = UNACKED_MS, r;
    if (fd < 0)
        return fd;
    if (a->sa.ss_family == AF_UNIX) {
        remove_stale((const struct sockaddr_un *)&a->sa, a->n);
    } else {
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
        /* What is accepted inherits these two (Linux): no system calls per connection. */
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacked, sizeof unacked);
    }
    if (bind(fd, (const struct sockaddr *)&a->sa, a->n) < 0 || listen(fd, SOMAXCONN) < 0) {
        r = -errno;
        close(fd);
        return r;
    }
    if (a->sa.ss_family != AF_UNIX) {
        socklen_t n = sizeof a->sa;
        (void)getsockname(fd, (struct sockaddr *)&a->sa, &n);
    }
    return fd;
}

/* -------------------------------------------------------------------------------------------------------
 * accepting */

static void on_knock(uv_poll_t *poll, int status, int events);

static void on_pause_over(uv_timer_t *timer) {
    struct listener *l = timer->data;
    uv_poll_start(&l->poll, UV_READABLE, on_knock);
}

static int open_spare(void) {
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* Whoever knocks gets an end instead of silence: the spare descriptor is given up for the moment
 * that it takes. */
static void exhausted(struct listener *l) {
    log_warn_limited("no descriptors left, refusing connections",
        "open=%u hint=\"raise RLIMIT_NOFILE (ulimit -n)\"", net_descriptors_open());
    if (l->spare >= 0)
        close(l->spare);
    for (int i = 0; i < ACCEPTS_PER_EVENT; i++) {
        int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0)
            break;
        close(fd);
        l->net->stats.refused++;
    }
    l->spare = open_spare();
    uv_poll_stop(&l->poll);
    uv_timer_start(&l->pause, on_pause_over, EXHAUSTED_PAUSE_MS, 0);
}

static void on_knock(uv_poll_t *poll, int status, int events) {
    struct listener *l = poll->data;
    for (int i = 0; i < ACCEPTS_PER_EVENT; i++) {
        int fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            l->on_accept(l->arg, fd, l->tls);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            exhausted(l);
            return;
        }
        if (errno != EINTR && errno != ECONNABORTED)
            return;
    }
}

struct listener *listener_start(struct net *net, int fd, struct tls_context *tls,
    void (*on_accept)(void *arg, int fd, struct tls_context *tls), void *arg) {
    struct listener *l = xcalloc(1, sizeof *l);
    *l = (struct listener){
        .net = net, .fd = fd, .tls = tls, .on_accept = on_accept, .arg = arg, .open_handles = 2};
    l->spare = open_spare();
    CHECK(uv_poll_init(net->loop, &l->poll, fd) == 0);
    CHECK(uv_timer_init(net->loop, &l->pause) == 0);
    l->poll.data = l->pause.data = l;
    net->handles += 2;
    uv_poll_start(&l->poll, UV_READABLE, on_knock);
    return l;
}

static void on_handle_closed(uv_handle_t *handle) {
    struct listener *l = handle->data;
    l->net->handles--;
    if (--l->open_handles == 0)
        free(l);
}

void listener_close(struct listener **lp) {
    struct listener *l = *lp;
    if (!l)
        return;
    *lp = NULL;
    uv_close((uv_handle_t *)&l->poll, on_handle_closed);
    uv_close((uv_handle_t *)&l->pause, on_handle_closed);
    close(l->fd);
    if (l->spare >= 0)
        close(l->spare);
}
