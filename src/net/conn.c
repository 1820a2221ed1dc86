/* The states of a connection, in order; it never goes back:
 *
 *     open       reads and writes
 *     finishing  conn_finish was called: no more sends; writes what waits
 *     finished   all written, the peer has been told (shutdown); reads and forgets until the peer
 * closes too closed     poll stopped; stands in net->reap; on_closed and the end follow there
 *
 * Reading and writing ask the system first and poll second: the flush writes at once and waits for
 * POLLOUT only after EAGAIN; a writable event puts the connection back on the flush list rather
 * than writing by itself, so that all writes happen at one place. */
#include "net/conn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/check.h"
#include "net/address.h"
#include "net/conn_internal.h"
#include "net/peers.h"
#include "net/tls.h"

#define WRITE_PIECES 256  /* per writev */
#define READS_PER_EVENT 4 /* then the others have their turn */
#define RING_KEPT 8       /* a larger one is freed when it has run empty */
#define TLS_RECORD_BYTES (16 * 1024)
#define STALL_SECONDS 30 /* a finishing connection may take its time, but not stand still */

static void on_poll(uv_poll_t *poll, int status, int events);

/* -------------------------------------------------------------------------------------------------------
 * life */

static void arm(struct conn *c) {
    int events = 0;
    if (c->closed)
        return;
    if (!c->ended && (!c->paused || c->finished))
        events |= UV_READABLE;
    else if (!c->ended && !c->hung_up)
        events |= UV_DISCONNECT; /* paused: still notice when it goes */
    if (c->blocked)
        events |= UV_WRITABLE;
    if (events == c->armed)
        return;
    c->armed = (uint8_t)events;
    if (events)
        uv_poll_start(&c->poll, events, on_poll);
    else
        uv_poll_stop(&c->poll);
}

static void on_flush_list(struct conn *c) {
    if (!list_is_linked(&c->flush))
        list_push_back(&c->net->flush, &c->flush);
}

static void on_deadline(struct net_timer *t) {
    struct conn *c = container_of(t, struct conn, timer);
    if (c->closed)
        return;
    if (!c->finishing && c->cb->on_timeout)
        c->cb->on_timeout(c);
    else
        conn_close(c, c->finishing ? 0 : -ETIMEDOUT);
}

static bool is_local(int fd) {
    struct sockaddr_storage sa;
    socklen_t n = sizeof sa;
    return getsockname(fd, (struct sockaddr *)&sa, &n) == 0 && sa.ss_family == AF_UNIX;
}

struct conn *conn_new(struct net *net, int fd, struct tls_context *tls,
    const struct conn_callbacks *cb, void *owner) {
    static _Atomic uint64_t last_id;
    struct conn *c = xcalloc(1, sizeof *c);
    c->net = net;
    c->fd = fd;
    c->cb = cb;
    c->owner = owner;
    c->id = ++last_id;
    c->timer.on_timeout = on_deadline;
    int flags = fcntl(fd, F_GETFL);
    if (!(flags & O_NONBLOCK))
        (void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    if (tls) {
        if (!net->tls_buffer)
            net->tls_buffer = xmalloc(TLS_RECORD_BYTES);
        c->tls = tls_new(tls, fd);
        if (!c->tls)
            goto fail;
    }
    if (uv_poll_init(net->loop, &c->poll, fd) < 0)
        goto fail;
    c->poll.data = c;
    c->local = is_local(fd);
    net->conns++;
    net->handles++;
    net->stats.conns++;
    net->stats.accepted++;
    net_descriptor_opened();
    arm(c);
    return c;
fail:
    tls_free(&c->tls);
    close(fd);
    free(c);
    return NULL;
}

void conn_set_owner(struct conn *c, const struct conn_callbacks *cb, void *owner) {
    c->cb = cb;
    c->owner = owner;
}

bool conn_count(struct conn *c, uint64_t peer) {
    if (c->peer || !c->net->peers)
        return true;
    if (!peers_enter(c->net->peers, peer))
        return false;
    c->peer = peer;
    return true;
}

void conn_deadline(struct conn *c, int seconds) {
    if (seconds > 0 && !c->closed)
        net_timer_set(c->net, &c->timer, seconds);
    else
        net_timer_stop(c->net, &c->timer);
}

static void drop_front(struct conn *c) {
    struct conn_piece *piece = &c->ring[c->head];
    c->queued -= piece->n;
    blob_unref(&piece->blob);
    c->head = (c->head + 1) & (c->cap - 1);
    c->count--;
}

static void drop_all(struct conn *c) {
    while (c->count)
        drop_front(c);
    free(c->ring);
    c->ring = NULL;
    c->head = c->cap = 0;
}

static void drop_held(struct conn *c) {
    free(c->held);
    c->held = NULL;
}

void conn_close(struct conn *c, int error) {
    if (c->closed)
        return;
    if (c->tls && error == 0)
        tls_shutdown(c->tls);
    c->closed = true;
    c->error = error;
    c->armed = 0;
    uv_poll_stop(&c->poll);
    net_timer_stop(c->net, &c->timer);
    list_remove(&c->flush);
    list_push_back(&c->net->reap, &c->flush);
}

static void on_poll_closed(uv_handle_t *handle) {
    struct conn *c = handle->data;
    c->net->handles--;
    free(c);
}

void conn_reap(struct conn *c) {
    const struct conn_callbacks *cb = c->cb;
    c->cb = NULL;
    cb->on_closed(c, c->error);
    net_timer_stop(c->net, &c->timer);
    drop_all(c);
    drop_held(c);
    tls_free(&c->tls);
    if (c->peer)
        peers_leave(c->net->peers, c->peer);
    c->net->conns--;
    c->net->stats.conns--;
    uv_close((uv_handle_t *)&c->poll, on_poll_closed);
    close(c->fd); /* libuv has let go of it with uv_close */
    net_descriptor_closed();
}

/* -------------------------------------------------------------------------------------------------------
 * reading */

static void hold(struct conn *c, const char *p, size_t n) {
    size_t need = conn_held(c) + n;
    if (!c->held || c->held->cap < need) {
        size_t cap = c->held ? (size_t)c->held->cap * 2 : 256;
        if (cap < need)
            cap = need;
        uint32_t had = (uint32_t)conn_held(c);
        c->held = xrealloc(c->held, sizeof *c->held + cap);
        c->held->n = had;
        c->held->cap = (uint32_t)cap;
    }
    memcpy(c->held->p + c->held->n, p, n);
    c->held->n = (uint32_t)need;
}

/* What the reader does not take is held. Its bound is the reader's: it pauses, or refuses and
 * closes. */
static void give(struct conn *c, char *p, size_t n) {
    if (!c->held) {
        size_t taken = c->cb->on_read(c, p, n);
        if (taken < n && conn_is_open(c))
            hold(c, p + taken, n - taken);
        return;
    }
    if (n)
        hold(c, p, n);
    /* Out of the connection's hands meanwhile: the reader may finish it. */
    struct conn_held *held = c->held;
    c->held = NULL;
    size_t taken = c->cb->on_read(c, held->p, held->n);
    if (taken >= held->n || !conn_is_open(c)) {
        free(held);
        return;
    }
    held->n -= (uint32_t)taken;
    memmove(held->p, held->p + taken, held->n);
    c->held = held;
}

static ssize_t read_some(struct conn *c, char *p, size_t n) {
    if (c->tls)
        return tls_read(c->tls, p, n);
    ssize_t got;
    do
        got = recv(c->fd, p, n, 0);
    while (got < 0 && errno == EINTR);
    return got < 0 ? -errno : got;
}

static void at_end(struct conn *c) {
    c->ended = true;
    arm(c);
    if (c->finished)
        conn_close(c, 0);
    else if (!c->finishing && c->cb->on_end)
        c->cb->on_end(c);
    else if (!c->finishing)
        conn_close(c, 0);
}

static void do_read(struct conn *c) {
    for (int i = 0; i < READS_PER_EVENT && !c->closed && !c->ended && (!c->paused || c->finished);
         i++) {
        ssize_t got = read_some(c, c->net->read_buffer, NET_READ_BYTES);
        if (got == -EAGAIN) {
            if (c->tls && (tls_wants(c->tls) & TLS_WRITE))
                c->blocked = true;
            break;
        }
        if (got == 0) {
            at_end(c);
            return;
        }
        if (got < 0) {
            if (c->tls && !tls_is_established(c->tls))
                c->net->stats.tls_failed++;
            conn_close(c, (int)got);
            return;
        }
        c->net->stats.bytes_in += (uint64_t)got;
        if (!c->finishing)
            give(c, c->net->read_buffer, (size_t)got);
        if ((size_t)got < NET_READ_BYTES && !c->tls)
            break;
    }
    /* A handshake that waited to read lets the queue go on. */
    if (c->tls && !c->closed && c->count && !c->blocked)
        on_flush_list(c);
    /* The descriptor does not tell of what OpenSSL has decrypted already. */
    if (c->tls && !c->closed && !c->ended && !c->paused && tls_has_pending(c->tls))
        conn_kick(c);
    arm(c);
}

static void on_poll(uv_poll_t *poll, int status, int events) {
    struct conn *c = poll->data;
    if (c->closed)
        return;
    if (status < 0) {
        conn_close(c, status);
        return;
    }
    if (events & UV_WRITABLE) {
        c->blocked = false;
        on_flush_list(c);
        /* A handshake that waited to write goes on by reading. */
        if (c->tls)
            events |= UV_READABLE;
    }
    if (events & UV_READABLE) {
        do_read(c);
    } else if (events & UV_DISCONNECT) {
        /* Only watched while paused. Half-closed or gone: what it sent before stays to be read
         * after resuming. */
        int error = 0;
        socklen_t n = sizeof error;
        (void)getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &n);
        if (error)
            conn_close(c, -error);
        c->hung_up = true;
    }
    arm(c);
}

void conn_pause(struct conn *c) {
    c->paused = true;
    arm(c);
}

void conn_resume(struct conn *c) {
    if (!c->paused)
        return;
    c->paused = false;
    if (c->held || (c->tls && tls_has_pending(c->tls)))
        conn_kick(c);
    arm(c);
}

void conn_kick(struct conn *c) {
    if (!conn_is_open(c))
        return;
    c->kick = true;
    on_flush_list(c);
}

/* -------------------------------------------------------------------------------------------------------
 * writing */

static void grow_ring(struct conn *c) {
    uint32_t cap = c->cap ? c->cap * 2 : 4;
    struct conn_piece *ring = xmalloc(cap * sizeof *ring);
    for (uint32_t i = 0; i < c->count; i++)
        ring[i] = c->ring[(c->head + i) & (c->cap - 1)];
    free(c->ring);
    c->ring = ring;
    c->cap = cap;
    c->head = 0;
}

void conn_send_part(struct conn *c, struct blob *b, size_t from, size_t n) {
    CHECK(from + n <= b->n);
    if (!conn_is_open(c) || n == 0)
        return;
    if (c->count == c->cap)
        grow_ring(c);
    c->ring[(c->head + c->count++) & (c->cap - 1)] =
        (struct conn_piece){blob_ref(b), (uint32_t)from, (uint32_t)n};
    c->queued += n;
    /* A blocked one is woken by POLLOUT: trying before is a call in vain. */
    if (!c->blocked)
        on_flush_list(c);
}

void conn_send(struct conn *c, struct blob *b) {
    conn_send_part(c, b, 0, b->n);
}

void conn_send_copy(struct conn *c, struct str bytes) {
    struct blob *b = blob_new(bytes);
    conn_send(c, b);
    blob_unref(&b);
}

void conn_drop_queue(struct conn *c) {
    /* Under TLS the first record may be half in OpenSSL, which insists on the same bytes again:
     * pieces up to the size of a record stay. */
    size_t keep = 0, kept = 0;
    if (c->tls && c->blocked) {
        while (keep < c->count && kept < TLS_RECORD_BYTES)
            kept += c->ring[(c->head + keep++) & (c->cap - 1)].n;
    } else if (c->count && c->ring[c->head].from > 0) {
        keep = 1;
    }
    while (c->count > keep) {
        struct conn_piece *last = &c->ring[(c->head + --c->count) & (c->cap - 1)];
        c->queued -= last->n;
        blob_unref(&last->blob);
    }
}

static void sent(struct conn *c, size_t n) {
    c->net->stats.bytes_out += n;
    while (n > 0) {
        struct conn_piece *piece = &c->ring[c->head];
        if (n < piece->n) {
            piece->from += (uint32_t)n;
            piece->n -= (uint32_t)n;
            c->queued -= n;
            return;
        }
        n -= piece->n;
        drop_front(c);
    }
}

static ssize_t write_plain(struct conn *c, size_t *ret_tried) {
    struct iovec iov[WRITE_PIECES];
    struct msghdr message = {.msg_iov = iov};
    size_t tried = 0;
    uint32_t i;
    for (i = 0; i < c->count && i < WRITE_PIECES; i++) {
        struct conn_piece *piece = &c->ring[(c->head + i) & (c->cap - 1)];
        iov[i] = (struct iovec){piece->blob->p + piece->from, piece->n};
        tried += piece->n;
    }
    message.msg_iovlen = i;
    *ret_tried = tried;
    ssize_t n;
    do
        n = i == 1 ? send(c->fd, iov[0].iov_base, iov[0].iov_len, MSG_NOSIGNAL)
                   : sendmsg(c->fd, &message, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

/* Small pieces are joined, so that each does not become a record of its own. After EAGAIN the
 * queue's front is the same bytes, perhaps more of them: what OpenSSL asks for. */
static ssize_t write_tls(struct conn *c, size_t *ret_tried) {
    struct conn_piece *first = &c->ring[c->head];
    const char *p = first->blob->p + first->from;
    size_t n = first->n;
    if (c->count > 1 && n < TLS_RECORD_BYTES) {
        char *out = c->net->tls_buffer;
        n = 0;
        for (uint32_t i = 0; i < c->count && n < TLS_RECORD_BYTES; i++) {
            struct conn_piece *piece = &c->ring[(c->head + i) & (c->cap - 1)];
            size_t take = piece->n < TLS_RECORD_BYTES - n ? piece->n : TLS_RECORD_BYTES - n;
            memcpy(out + n, piece->blob->p + piece->from, take);
            n += take;
        }
        p = out;
    }
    if (n > TLS_RECORD_BYTES)
        n = TLS_RECORD_BYTES;
    *ret_tried = n;
    return tls_write(c->tls, p, n);
}

/* False when it has to wait, or is closed. */
static bool write_queue(struct conn *c) {
    while (c->count > 0) {
        size_t tried;
        ssize_t n = c->tls ? write_tls(c, &tried) : write_plain(c, &tried);
        if (n == -EAGAIN) {
            c->blocked = !c->tls || (tls_wants(c->tls) & TLS_WRITE);
            arm(c);
            return false;
        }
        if (n < 0) {
            conn_close(c, (int)n);
            return false;
        }
        c->net->stats.writes++;
        if (c->finishing)
            conn_deadline(c, STALL_SECONDS);
        sent(c, (size_t)n);
        if ((size_t)n < tried && !c->tls) {
            c->blocked = true;
            arm(c);
            return false;
        }
    }
    if (c->cap > RING_KEPT) {
        free(c->ring);
        c->ring = NULL;
        c->head = c->cap = 0;
    }
    return true;
}

void conn_push(struct conn *c) {
    if (!c->closed && !c->blocked)
        (void)write_queue(c);
}

static void finish_now(struct conn *c) {
    c->finished = true;
    if (c->ended) {
        conn_close(c, 0);
        return;
    }
    conn_deadline(c, c->linger);
    if (c->tls)
        tls_shutdown(c->tls);
    (void)shutdown(c->fd, SHUT_WR);
    arm(c);
}

void conn_finish(struct conn *c, int seconds) {
    if (!conn_is_open(c))
        return;
    c->finishing = true;
    c->kick = false;
    drop_held(c);
    c->linger = (uint8_t)seconds;
    conn_deadline(c, STALL_SECONDS);
    if (!c->blocked)
        on_flush_list(c);
}

static void kick(struct conn *c) {
    c->kick = false;
    if (c->paused || !conn_is_open(c))
        return;
    if (c->held)
        give(c, NULL, 0);
    if (c->tls && !c->closed && !c->paused && tls_has_pending(c->tls))
        do_read(c);
}

void conn_flush(struct conn *c) {
    if (c->closed)
        return;
    if (c->kick)
        kick(c);
    if (c->closed || c->blocked)
        return;
    bool had = c->count > 0;
    if (!write_queue(c))
        return;
    if (c->finishing && !c->finished)
        finish_now(c);
    else if (had && !c->finishing && c->cb->on_drained)
        c->cb->on_drained(c);
}

size_t conn_address(const struct conn *c, char out[static CONN_ADDRESS]) {
    struct sockaddr_storage sa;
    socklen_t n = sizeof sa;
    if (c->local || getpeername(c->fd, (struct sockaddr *)&sa, &n) < 0)
        return (size_t)snprintf(out, CONN_ADDRESS, "%s", c->local ? "unix" : "unknown");
    return address_text((struct sockaddr *)&sa, out);
}
