/* What the connections of one loop thread share: the loop, one read buffer, coarse timers, and the
 * two lists that make the end of a turn.
 *
 *     drain mailboxes -> deliver -> net_flush -> net_reap -> sleep
 *
 * Bytes are only queued while a turn runs. net_flush then makes one writev per connection that has
 * something, so that what a turn produced for a connection leaves in one system call. net_reap
 * comes last and frees what was closed: until then every pointer that a callback might still hold
 * stays good.
 *
 * Owner of everything here: the loop's thread. Between loops only the count of descriptors is
 * shared (atomic). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uv.h>

#include "base/list.h"

#define NET_READ_BYTES (64 * 1024)
#define NET_WHEEL_SLOTS 128 /* seconds; later deadlines go round */

struct net;
struct conn;
struct peers;

/* A deadline in whole seconds, thousands of them for next to nothing: setting one again only writes
 * the number. */
struct net_timer {
    struct list node;
    int64_t deadline_us; /* monotonic; 0 when not set */
    void (*on_timeout)(struct net_timer *t);
};

/* Something to do once before the next flush, or once at the next reap. */
struct net_task {
    struct list node;
    void (*run)(struct net_task *t);
};

struct net_stats {
    uint64_t accepted, refused; /* refused: closed at once for want of descriptors */
    uint64_t bytes_in, bytes_out;
    uint64_t writes; /* system calls that wrote */
    unsigned conns;  /* open now */
    uint64_t tls_failed;
};

struct net {
    uv_loop_t *loop;     /* borrowed */
    struct peers *peers; /* borrowed, shared by all loops; NULL: nobody is counted */
    struct list flush, reap, tasks_flush, tasks_reap;
    struct list wheel[NET_WHEEL_SLOTS];
    int64_t wheel_second; /* last second whose slot has been looked at */
    unsigned timers;      /* set now */
    uv_timer_t tick;      /* runs only while timers > 0 */
    bool tick_open, closing;
    unsigned conns;
    unsigned handles; /* uv handles of ours that are not fully closed yet */
    struct net_stats stats;
    char *read_buffer; /* NET_READ_BYTES, while a read callback runs */
    char *tls_buffer; /* small pieces joined into one TLS record; made with the first TLS connection
                       */
};

/* `loop` is borrowed and must outlive it. */
struct net *net_new(uv_loop_t *loop);
/* All connections and listeners must have been closed. Closes its handles: run the loop until it
 * has none left (uv_run returns 0), or let net_free do that itself, as it does. */
void net_free(struct net **n);

/* One turn's end; see above. net_flush runs the tasks before the flush first. Both may be called at
 * any time outside callbacks of connections. */
void net_flush(struct net *n);
void net_reap(struct net *n);
/* True when net_flush or net_reap would do something: the loop must not sleep before. */
bool net_has_work(const struct net *n);

/* For a task that is queued already, nothing. */
void net_before_flush(struct net *n, struct net_task *t);
void net_at_reap(struct net *n, struct net_task *t);
void net_task_cancel(struct net_task *t);

/* `seconds` from now, to within one second and never early. Setting a later deadline is O(1)
 * without touching lists. */
void net_timer_set(struct net *n, struct net_timer *t, int seconds);
void net_timer_stop(struct net *n, struct net_timer *t);
/* Fires what is due; the loop's own tick calls it every second, tests call it after moving the
 * clock. */
void net_tick(struct net *n);

/* --- descriptors of the process; any thread */

/* Raises the soft limit to the hard one. Returns the limit. Call once, before the first connection.
 */
unsigned net_raise_descriptor_limit(void);
/* Connections of all loops that are open now. */
unsigned net_descriptors_open(void);
/* Counts one; warns in the log when 90 % of the limit are reached (again only after falling below
 * 80 %). */
void net_descriptor_opened(void);
void net_descriptor_closed(void);
