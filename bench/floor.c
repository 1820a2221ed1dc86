/* The floor under a fan-out: the least that any server on plain sockets has to do. It takes frames
 * that are made already and sends each to everybody in a room, all that came in one turn with one
 * bare send() per socket. No HTTP, no JSON, no accounts, no database, no queues.
 *
 *   floor --port 0        prints the port and serves until it is ended
 *
 * From a client comes {u32 room, u32 n, n bytes}: with n = 0 "I am in this room", which is
 * answered; otherwise "send these bytes to all there". A socket is in one room. What does not fit a
 * socket's buffer is an error: the load keeps its window small enough. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/check.h"
#include "kit.h"

#define ROOMS 4096
#define SOCKETS 32768 /* above every descriptor */
#define EVENTS 1024
#define BUFFER (256 * 1024)

struct room {
    struct buf out; /* of this turn */
    int *fds;
    unsigned n, cap;
};

static struct {
    int epoll, listener;
    struct room rooms[ROOMS];
    int room_of[SOCKETS]; /* -1: in none yet */
    struct buf rest[SOCKETS];
    unsigned touched[ROOMS], touched_n;
    char buffer[BUFFER];
} f;

/* Says so, in a frame, as Confab does: nobody sends before everybody is in. */
static void join(int fd, unsigned room) {
    static const char synced[] = "\x81\x11{\"type\":\"synced\"}";
    struct room *r = &f.rooms[room];
    if (r->n == r->cap) {
        r->cap = r->cap ? r->cap * 2 : 4;
        r->fds = xrealloc(r->fds, r->cap * sizeof *r->fds);
    }
    r->fds[r->n++] = fd;
    f.room_of[fd] = (int)room;
    if (send(fd, synced, sizeof synced - 1, MSG_NOSIGNAL) < 0)
        kit_fail("floor: %s", strerror(errno));
}

static void leave(int fd) {
    if (f.room_of[fd] >= 0) {
        struct room *r = &f.rooms[f.room_of[fd]];
        for (unsigned i = 0; i < r->n; i++)
            if (r->fds[i] == fd)
                r->fds[i--] = r->fds[--r->n];
    }
    f.room_of[fd] = -1;
    buf_fini(&f.rest[fd]);
    close(fd);
}

static size_t take(int fd, struct str s) {
    uint32_t head[2];
    if (s.n < sizeof head)
        return 0;
    memcpy(head, s.p, sizeof head);
    if (head[0] >= ROOMS || head[1] > BUFFER)
        kit_fail("floor: room %u, %u bytes", head[0], head[1]);
    if (s.n < sizeof head + head[1])
        return 0;
    struct room *r = &f.rooms[head[0]];
    if (head[1] == 0)
        join(fd, head[0]);
    else if (r->out.n == 0)
        f.touched[f.touched_n++] = head[0];
    buf_add(&r->out, s.p + sizeof head, head[1]);
    return sizeof head + head[1];
}

static void on_readable(int fd) {
    struct buf *rest = &f.rest[fd];
    ssize_t got = recv(fd, f.buffer, sizeof f.buffer, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        leave(fd);
        return;
    }
    struct str s = str_make(f.buffer, (size_t)got);
    if (rest->n) {
        buf_add_str(rest, s);
        s = buf_str(rest);
    }
    size_t whole = s.n, n;
    while ((n = take(fd, s)) > 0)
        s = str_from_index(s, n);
    if (rest->n)
        buf_consume(rest, whole - s.n);
    else
        buf_add_str(rest, s);
}

static void on_connecting(void) {
    int one = 1, fd;
    while ((fd = accept4(f.listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        CHECK(fd < SOCKETS);
        struct epoll_event wanted = {.events = EPOLLIN, .data.fd = fd};
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        f.room_of[fd] = -1;
        if (epoll_ctl(f.epoll, EPOLL_CTL_ADD, fd, &wanted) < 0)
            kit_fail("floor: epoll_ctl: %s", strerror(errno));
    }
}

static void send_all(void) {
    for (unsigned i = 0; i < f.touched_n; i++) {
        struct room *r = &f.rooms[f.touched[i]];
        for (unsigned k = 0; k < r->n; k++)
            if (send(r->fds[k], r->out.p, r->out.n, MSG_NOSIGNAL) != (ssize_t)r->out.n)
                kit_fail("floor: a socket takes no more");
        buf_clear(&r->out);
    }
    f.touched_n = 0;
}

static void listen_on(int port) {
    struct sockaddr_in at = {.sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct epoll_event wanted = {.events = EPOLLIN};
    socklen_t n = sizeof at;
    f.epoll = epoll_create1(EPOLL_CLOEXEC);
    f.listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    wanted.data.fd = f.listener;
    if (bind(f.listener, (struct sockaddr *)&at, n) < 0 || listen(f.listener, SOMAXCONN) < 0
        || getsockname(f.listener, (struct sockaddr *)&at, &n) < 0
        || epoll_ctl(f.epoll, EPOLL_CTL_ADD, f.listener, &wanted) < 0)
        kit_fail("floor: can't listen: %s", strerror(errno));
    printf("%d\n", ntohs(at.sin_port));
    fflush(stdout);
}

int main(int argc, char **argv) {
    struct epoll_event events[EVENTS];
    kit_raise_descriptors();
    listen_on((int)kit_int(argc, argv, "port", 0));
    for (;;) {
        int n = epoll_wait(f.epoll, events, EVENTS, -1);
        for (int i = 0; i < n; i++)
            if (events[i].data.fd == f.listener)
                on_connecting();
            else
                on_readable(events[i].data.fd);
        send_all();
    }
}
