/* Long poll: a live connection made of requests. Frames wait here between them, references in a
 * bounded row; a request takes all that is there as one JSON array, or waits for the first. Answers
 * are made before the flush, so that everything that a turn brought goes in one.
 *
 * An answer that is lost on its way is not sent again: the client has its cursors, and opens anew.
 */
#include <stdlib.h>

#include "base/check.h"
#include "base/limits.h"
#include "net/peers.h"
#include "web/live_internal.h"

static struct live_poll *poll_of(struct live *l) {
    return container_of(l, struct live_poll, l);
}

static void drop_frames(struct live_poll *p) {
    for (unsigned i = 0; i < p->n; i++)
        frame_unref(&p->frames[i]);
    p->n = 0;
    p->bytes = 0;
}

static void add_frames(struct buf *out, struct frame **frames, unsigned n) {
    buf_add_char(out, '[');
    for (unsigned i = 0; i < n; i++) {
        if (i > 0)
            buf_add_char(out, ',');
        buf_add_str(out, frame_json(frames[i]));
    }
    buf_add_char(out, ']');
}

static bool is_awaited(const struct live_poll *p) {
    return p->waiting || p->taker;
}

/* Whoever waits gets these and waits no more. False when the request's peer had gone: then the
 * frames stay. */
static bool give(struct live_poll *p, struct frame **frames, unsigned n) {
    struct request *r = p->waiting;
    struct live_taker *taker = p->taker;
    p->waiting = NULL;
    p->taker = NULL;
    if (r && !r->conn) {
        http_request_free(http_request_of(r));
        return false;
    }
    _cleanup_buf_ struct buf out = {0};
    add_frames(&out, frames, n);
    if (r)
        request_respond(r, 200, STR("application/json"), buf_str(&out));
    else if (taker)
        taker->on_frames(taker, buf_str(&out));
    return r || taker;
}

/* Answers who waits with all that is there. */
static bool answer_waiting(struct live_poll *p) {
    if (!p->l.closing)
        net_timer_set(p->l.web->net, &p->timer, LIMIT_POLL_GONE_SECONDS);
    if (!give(p, p->frames, p->n))
        return false;
    drop_frames(p);
    return true;
}

static void on_deliver(struct net_task *t) {
    struct live_poll *p = container_of(t, struct live_poll, deliver);
    if (is_awaited(p) && p->n > 0)
        answer_waiting(p);
}

static void on_timeout(struct net_timer *t) {
    struct live_poll *p = container_of(t, struct live_poll, timer);
    if (is_awaited(p)) {
        answer_waiting(p); /* an empty array: come again */
        return;
    }
    p->l.closing = true;
    live_tell_closed(&p->l);
}

void live_poll_send(struct live *l, struct frame *f) {
    struct live_poll *p = poll_of(l);
    size_t n = frame_json(f).n + 1;
    if (p->bytes + n > l->web->config.queue_bytes) {
        l->web->stats.slow_dropped++;
        live_close(l, WS_CLOSE_TRY_LATER, STR("slow"));
        return;
    }
    if (p->n == p->cap) {
        p->cap = p->cap ? p->cap * 2 : 8;
        p->frames = xrealloc(p->frames, p->cap * sizeof(struct frame *));
    }
    p->frames[p->n++] = frame_ref(f);
    p->bytes += n;
    if (is_awaited(p))
        net_before_flush(l->web->net, &p->deliver);
}

/* Whoever waits gets the reason; whoever comes later finds that the connection is not there any
 * more. */
void live_poll_close(struct live *l, struct str reason) {
    struct live_poll *p = poll_of(l);
    net_timer_stop(l->web->net, &p->timer);
    if (!is_awaited(p))
        return;
    struct frame *last = live_resync_frame(reason);
    if (p->n == p->cap) {
        p->cap++;
        p->frames = xrealloc(p->frames, p->cap * sizeof(struct frame *));
    }
    p->frames[p->n++] = last;
    answer_waiting(p);
}

void live_poll_fini(struct live *l) {
    struct live_poll *p = poll_of(l);
    net_timer_stop(l->web->net, &p->timer);
    net_task_cancel(&p->deliver);
    if (is_awaited(p))
        answer_waiting(p);
    drop_frames(p);
    free(p->frames);
    peers_leave(l->web->net->peers, p->peer);
}

/* Somebody new waits. */
static void start_waiting(struct live_poll *p) {
    if (p->n > 0) {
        net_before_flush(p->l.web->net, &p->deliver);
        return;
    }
    net_timer_stop(p->l.web->net, &p->timer);
    net_timer_set(p->l.web->net, &p->timer, LIMIT_POLL_WAIT_SECONDS);
}

void live_poll(struct live *l, struct request *r) {
    struct live_poll *p = poll_of(l);
    if (l->closing) {
        request_refuse(r, 404);
        return;
    }
    if (is_awaited(p)) /* one at a time: the newer one is the client's */
        give(p, NULL, 0);
    p->waiting = r;
    start_waiting(p);
}

void live_poll_take(struct live *l, struct live_taker *t) {
    struct live_poll *p = poll_of(l);
    if (is_awaited(p))
        give(p, NULL, 0);
    p->taker = t;
    if (l->closing)
        give(p, NULL, 0);
    else
        start_waiting(p);
}

struct live *live_accept_poll(struct request *r, const struct live_callbacks *cb, void *data) {
    struct web *w = r->web;
    if (!r->conn) {
        http_request_free(http_request_of(r));
        return NULL;
    }
    if (r->method == METHOD_HEAD || w->draining) {
        request_refuse(r, w->draining ? 503 : 400);
        return NULL;
    }
    uint64_t peer;
    if (!web_admit_poll(r, &peer))
        return NULL;
    struct live_poll *p = xcalloc(1, sizeof *p);
    p->peer = peer;
    live_init(&p->l, w, LIVE_POLL, cb, data);
    p->timer.on_timeout = on_timeout;
    p->deliver.run = on_deliver;
    live_poll(&p->l, r);
    return &p->l;
}
