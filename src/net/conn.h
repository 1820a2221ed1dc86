/* A connection: a non-blocking stream socket, perhaps under TLS, with a queue of references to
 * bytes.
 *
 * Sending queues a reference in O(1); net_flush writes. No read buffer while idle: bytes are read
 * into the loop's shared buffer and handed to on_read, which says how many it took. The rest is
 * held, in memory that exists only as long, and comes again with what arrives next, or after
 * conn_kick.
 *
 * Life: conn_new -> callbacks -> conn_close (or conn_finish) -> on_closed at the next net_reap ->
 * gone. on_closed is the last call, exactly once, and nothing is freed before it. Owner: one loop
 * thread, for life. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <uv.h>

#include "base/blob.h"
#include "base/list.h"
#include "base/str.h"
#include "net/net.h"

struct tls_context;
struct tls;

struct conn_callbacks {
    /* `bytes` may be changed in place (unmasking), borrowed for the call. Returns how many were
     * taken. */
    size_t (*on_read)(struct conn *c, char *bytes, size_t n);
    /* The peer has finished sending (everything before was given to on_read). Reading has stopped;
     * writing still works. NULL: the connection is closed. */
    void (*on_end)(struct conn *c);
    /* The queue has run empty after bytes were queued. May be NULL. */
    void (*on_drained)(struct conn *c);
    /* The deadline of conn_deadline has passed. NULL: the connection is closed. */
    void (*on_timeout)(struct conn *c);
    /* Last call. `error`: 0 when we closed, or -ECONNRESET, -EPIPE, -ETIMEDOUT ... */
    void (*on_closed)(struct conn *c, int error);
};

/* A piece of a blob that waits. */
struct conn_piece {
    struct blob *blob; /* one reference */
    uint32_t from, n;
};

struct conn_held {
    uint32_t n, cap;
    char p[];
};

struct conn {
    uv_poll_t poll;
    struct net *net;
    const struct conn_callbacks *cb;
    void *owner;
    struct tls *tls;         /* NULL for plain ones */
    struct conn_held *held;  /* NULL when nothing is */
    struct conn_piece *ring; /* power of two, NULL while nothing waits */
    struct list flush;       /* in net->flush while there is something to do at the turn's end; in
                                net->reap once closed */
    struct net_timer timer;
    uint64_t id;               /* for logs */
    uint64_t peer;             /* whom it counts for (net/peers.h); 0: nobody */
    size_t queued;             /* bytes */
    uint32_t head, count, cap; /* of the ring */
    int fd;
    int error;
    uint8_t armed;  /* events that uv_poll watches */
    uint8_t linger; /* seconds, of conn_finish */
    bool paused : 1, blocked : 1, kick : 1, closed : 1, finishing : 1, finished : 1, ended : 1,
        local : 1;
    bool hung_up : 1;
};

/* Takes `fd` (accepted, any mode); made non-blocking here. `tls` NULL for plain. NULL with `fd`
 * closed when the loop or TLS refuses it. */
struct conn *conn_new(
    struct net *net, int fd, struct tls_context *tls, const struct conn_callbacks *cb, void *owner);
/* Hands the connection on: to another protocol after an upgrade. */
void conn_set_owner(struct conn *c, const struct conn_callbacks *cb, void *owner);

/* Counts it for `peer` (net/peers.h) as long as it is there. False: that one has too many. What is
 * counted already is not counted again. */
bool conn_count(struct conn *c, uint64_t peer);

/* Queues a reference of its own; nothing happens on a closed connection. */
void conn_send(struct conn *c, struct blob *b);
void conn_send_part(struct conn *c, struct blob *b, size_t from, size_t n);
/* Copies. */
void conn_send_copy(struct conn *c, struct str bytes);
/* A hint: conn_send for it comes soon. */
static inline void conn_prefetch(const struct conn *c) {
    __builtin_prefetch(&c->ring, 1);
    __builtin_prefetch(&c->queued, 1);
}
static inline size_t conn_queued(const struct conn *c) {
    return c->queued;
}
/* Writes what waits as far as the system takes it at once, out of turn and without callbacks
 * (on_drained too). For whoever is about to judge that the peer is slow: much may have come in one
 * turn, and nothing of it was tried yet. */
void conn_push(struct conn *c);
/* Forgets what waits, but for a piece of which bytes have left already (the peer must be able to
 * frame what follows).
 */
void conn_drop_queue(struct conn *c);

/* Stop reading, go on reading. What is held comes again after resuming. */
void conn_pause(struct conn *c);
void conn_resume(struct conn *c);
/* Give what is held to on_read once more, before the next flush. */
void conn_kick(struct conn *c);
static inline size_t conn_held(const struct conn *c) {
    return c->held ? c->held->n : 0;
}

/* Sets the one deadline of the connection; 0 seconds: none. */
void conn_deadline(struct conn *c, int seconds);

/* Close now; what waits is lost. Callbacks but on_closed stop. */
void conn_close(struct conn *c, int error);
/* Write what waits (for as long as the peer takes some of it every half a minute), tell the peer
 * that nothing more comes, read and forget what it still sends (else the kernel would answer with a
 * reset that destroys what we wrote, RFC 9112 9.6) until it closes too or `seconds` (at most 255)
 * are over, then close. */
void conn_finish(struct conn *c, int seconds);
static inline bool conn_is_open(const struct conn *c) {
    return !c->closed && !c->finishing;
}
static inline bool conn_is_secure(const struct conn *c) {
    return c->tls != NULL;
}
/* Unix socket. */
static inline bool conn_is_local(const struct conn *c) {
    return c->local;
}

#define CONN_ADDRESS 64
/* The peer's address as text without port ("192.0.2.1", "2001:db8::1", "unix"); returns its length.
 */
size_t conn_address(const struct conn *c, char out[static CONN_ADDRESS]);
