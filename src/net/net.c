#include "net/net.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "net/conn_internal.h"

static void on_tick(uv_timer_t *timer) {
    net_tick(timer->data);
}

static void on_tick_closed(uv_handle_t *handle) {
    struct net *n = handle->data;
    n->tick_open = false;
    n->handles--;
}

struct net *net_new(uv_loop_t *loop) {
    struct net *n = xcalloc(1, sizeof *n);
    n->loop = loop;
    list_init(&n->flush);
    list_init(&n->reap);
    list_init(&n->tasks_flush);
    list_init(&n->tasks_reap);
    for (int i = 0; i < NET_WHEEL_SLOTS; i++)
        list_init(&n->wheel[i]);
    n->wheel_second = clock_mono_us() / SECOND_US;
    n->read_buffer = xmalloc(NET_READ_BYTES);
    CHECK(uv_timer_init(loop, &n->tick) == 0);
    n->tick.data = n;
    n->tick_open = true;
    n->handles = 1;
    uv_unref((uv_handle_t *)&n->tick);
    return n;
}

void net_free(struct net **np) {
    struct net *n = *np;
    if (!n)
        return;
    *np = NULL;
    net_reap(n);
    CHECK(n->conns == 0);
    n->closing = true;
    uv_close((uv_handle_t *)&n->tick, on_tick_closed);
    while (n->handles > 0)
        uv_run(n->loop, UV_RUN_NOWAIT);
    free(n->read_buffer);
    free(n->tls_buffer);
    free(n);
}

/* -------------------------------------------------------------------------------------------------------
 * end of turn
 */

static bool run_tasks(struct list *tasks) {
    bool any = false;
    struct list *node;
    while ((node = list_pop_front(tasks))) {
        struct net_task *t = container_of(node, struct net_task, node);
        any = true;
        t->run(t);
    }
    return any;
}

void net_flush(struct net *n) {
    struct list *node;
    /* Tasks must precede the writes: they queue bytes (a long poll's answer is made here, of all
     * that came in this turn). Draining a queue may let a handler go on, which queues more: round
     * again until there is nothing to write.
     */
    do {
        run_tasks(&n->tasks_flush);
        while ((node = list_pop_front(&n->flush))) {
            if (!list_is_empty(&n->flush))
                conn_prefetch(container_of(n->flush.next, struct conn, flush));
            conn_flush(container_of(node, struct conn, flush));
        }
    } while (!list_is_empty(&n->tasks_flush));
}

void net_reap(struct net *n) {
    struct list *node;
    do {
        run_tasks(&n->tasks_reap);
        while ((node = list_pop_front(&n->reap)))
            conn_reap(container_of(node, struct conn, flush));
        /* Someone's end may be news for others: it leaves in this turn too. */
        if (!list_is_empty(&n->flush) || !list_is_empty(&n->tasks_flush))
            net_flush(n);
    } while (net_has_work(n));
}

bool net_has_work(const struct net *n) {
    return !list_is_empty(&n->flush) || !list_is_empty(&n->reap) || !list_is_empty(&n->tasks_flush)
        || !list_is_empty(&n->tasks_reap);
}

void net_before_flush(struct net *n, struct net_task *t) {
    if (!list_is_linked(&t->node))
        list_push_back(&n->tasks_flush, &t->node);
}

void net_at_reap(struct net *n, struct net_task *t) {
    if (!list_is_linked(&t->node))
        list_push_back(&n->tasks_reap, &t->node);
}

void net_task_cancel(struct net_task *t) {
    list_remove(&t->node);
}

/* ------------------------------------------------------------------------------------------------------------
 * timers A wheel of one-second slots. A timer stands in the slot of the deadline that it had when
 * it was linked; if it was moved to later since, the visit links it anew. So the common case, an
 * idle limit that every request pushes out, costs nothing. */

static void wheel_link(struct net *n, struct net_timer *t) {
    int64_t second = (t->deadline_us + SECOND_US - 1) / SECOND_US;
    list_push_back(&n->wheel[second % NET_WHEEL_SLOTS], &t->node);
}

void net_timer_set(struct net *n, struct net_timer *t, int seconds) {
    int64_t now_us = clock_mono_us(), deadline_us = now_us + (int64_t)seconds * SECOND_US;
    bool linked = list_is_linked(&t->node);
    if (linked && deadline_us >= t->deadline_us) {
        t->deadline_us = deadline_us;
        return;
    }
    if (linked)
        list_remove(&t->node);
    else if (n->timers++ == 0 && n->tick_open && !n->closing) {
        n->wheel_second = now_us / SECOND_US;
        uv_timer_start(&n->tick, on_tick, 1000, 1000);
    }
    t->deadline_us = deadline_us;
    wheel_link(n, t);
}

void net_timer_stop(struct net *n, struct net_timer *t) {
    t->deadline_us = 0;
    if (!list_is_linked(&t->node))
        return;
    list_remove(&t->node);
    if (--n->timers == 0 && n->tick_open && !n->closing)
        uv_timer_stop(&n->tick);
}

static void visit_slot(struct net *n, struct list *slot, int64_t now_us) {
    struct list due;
    struct list *node;
    list_init(&due);
    while ((node = list_pop_front(slot)))
        list_push_back(&due, node);
    while ((node = list_pop_front(&due))) {
        struct net_timer *t = container_of(node, struct net_timer, node);
        if (t->deadline_us > now_us) {
            wheel_link(n, t);
            continue;
        }
        n->timers--;
        t->deadline_us = 0;
        t->on_timeout(t);
    }
}

void net_tick(struct net *n) {
    int64_t now_us = clock_mono_us(), now_second = now_us / SECOND_US;
    int64_t second = n->wheel_second + 1;
    if (now_second - second >= NET_WHEEL_SLOTS)
        second = now_second - NET_WHEEL_SLOTS + 1;
    n->wheel_second = now_second;
    for (; second <= now_second; second++)
        visit_slot(n, &n->wheel[second % NET_WHEEL_SLOTS], now_us);
    if (n->timers == 0 && n->tick_open && !n->closing)
        uv_timer_stop(&n->tick);
}

/* -------------------------------------------------------------------------------------------------------
 * descriptors
 */

static atomic_uint descriptors_open, descriptors_limit;
static atomic_bool descriptors_warned;

unsigned net_raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return 0;
    if (limit.rlim_cur < limit.rlim_max) {
        struct rlimit raised = {.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
        if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
            limit = raised;
    }
    unsigned n = limit.rlim_cur > UINT32_MAX ? UINT32_MAX : (unsigned)limit.rlim_cur;
    atomic_store(&descriptors_limit, n);
    return n;
}

unsigned net_descriptors_open(void) {
    return atomic_load_explicit(&descriptors_open, memory_order_relaxed);
}

void net_descriptor_opened(void) {
    unsigned n = atomic_fetch_add_explicit(&descriptors_open, 1, memory_order_relaxed) + 1;
    unsigned limit = atomic_load_explicit(&descriptors_limit, memory_order_relaxed);
    if (limit && n >= limit / 10 * 9 && !atomic_exchange(&descriptors_warned, true))
        log_warn("connections near the limit of descriptors",
            "open=%u limit=%u hint=\"raise RLIMIT_NOFILE (ulimit -n)\"", n, limit);
}

void net_descriptor_closed(void) {
    unsigned n = atomic_fetch_sub_explicit(&descriptors_open, 1, memory_order_relaxed) - 1;
    unsigned limit = atomic_load_explicit(&descriptors_limit, memory_order_relaxed);
    if (limit && n < limit / 10 * 8
        && atomic_load_explicit(&descriptors_warned, memory_order_relaxed))
        atomic_store(&descriptors_warned, false);
}
