#include "web/live.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/json.h"
#include "base/log.h"
#include "web/live_internal.h"

static unsigned *open_count(struct live *l) {
    struct web_stats *s = &l->web->stats;
    return l->kind == LIVE_WS ? &s->ws_open : l->kind == LIVE_SSE ? &s->sse_open : &s->poll_open;
}

static void on_tell(struct net_task *t) {
    struct live *l = container_of(t, struct live, task);
    const struct live_callbacks *cb = l->cb;
    l->cb = NULL;
    if (cb)
        cb->on_closed(l);
    if (l->kind == LIVE_POLL) /* nothing else holds it; the others end with their connection */
        live_free(l);
}

void live_init(struct live *l, struct web *w, enum live_kind kind, const struct live_callbacks *cb,
    void *data) {
    l->web = w;
    l->kind = (uint8_t)kind;
    l->cb = cb;
    l->data = data;
    l->task.run = on_tell;
    list_push_back(&w->lives, &l->node);
    (*open_count(l))++;
    if (kind == LIVE_WS)
        w->stats.ws_opened++;
    else if (kind == LIVE_SSE)
        w->stats.sse_opened++;
    else
        w->stats.poll_opened++;
}

void live_tell_closed(struct live *l) {
    if (l->cb || l->kind == LIVE_POLL)
        net_at_reap(l->web->net, &l->task);
}

void live_free(struct live *l) {
    const struct live_callbacks *cb = l->cb;
    l->cb = NULL;
    l->closing = true;
    if (cb)
        cb->on_closed(l);
    net_task_cancel(&l->task);
    list_remove(&l->node);
    (*open_count(l))--;
    if (l->kind == LIVE_WS)
        live_ws_fini(l);
    else if (l->kind == LIVE_POLL)
        live_poll_fini(l);
    free(l);
}

struct frame *live_resync_frame(struct str reason) {
    _cleanup_buf_ struct buf out = {0};
    struct json j = json_into(&out);
    json_obj_open(&j);
    json_key(&j, STR("type"));
    json_str(&j, STR("resync"));
    json_key(&j, STR("reason"));
    json_str(&j, reason);
    json_obj_close(&j);
    return frame_new(buf_str(&out));
}

static enum wire wire_for(const struct live *l, struct frame *f) {
    if (l->kind == LIVE_SSE)
        return WIRE_SSE;
    return l->deflate && frame_json(f).n >= WS_DEFLATE_LEAST ? WIRE_WS_DEFLATE : WIRE_WS;
}

/* What waits is worth less than what the peer will ask for by cursor: it goes, but for a piece that
 * is half on its way.
 */
static void overflow(struct live *l) {
    struct frame *f = live_resync_frame(STR("slow"));
    l->web->stats.slow_dropped++;
    log_debug("live connection too slow", "queued=%zu bound=%zu", live_queued(l),
        l->web->config.queue_bytes);
    conn_drop_queue(l->conn);
    if (l->kind == LIVE_WS) /* SSE says it with its last frame */
        conn_send(l->conn, frame_wire(f, WIRE_WS));
    frame_unref(&f);
    live_close(l, WS_CLOSE_TRY_LATER, STR("slow"));
}

void live_send(struct live *l, struct frame *f) {
    if (l->closing)
        return;
    if (l->kind == LIVE_POLL) {
        live_poll_send(l, f);
        return;
    }
    struct blob *b = frame_wire(f, wire_for(l, f));
    size_t bound = l->web->config.queue_bytes;
    /* Much in one turn (a burst in one commit) says nothing of the peer: what waits is offered to
     * it first. */
    if (conn_queued(l->conn) + b->n > bound)
        conn_push(l->conn);
    if (conn_queued(l->conn) + b->n > bound)
        overflow(l);
    else
        conn_send(l->conn, b);
}

void live_prefetch(const struct live *l) {
    if (l->kind != LIVE_POLL && l->conn)
        conn_prefetch(l->conn);
}

void live_pause(struct live *l, bool pause) {
    l->paused = pause;
    if (l->kind != LIVE_WS || !l->conn)
        return;
    if (pause)
        conn_pause(l->conn);
    else
        conn_resume(l->conn);
}

void live_close(struct live *l, int code, struct str reason) {
    if (l->closing)
        return;
    l->closing = true;
    if (l->kind == LIVE_WS)
        live_ws_close(l, code, reason);
    else if (l->kind == LIVE_SSE)
        live_sse_close(l, reason);
    else
        live_poll_close(l, reason);
    live_tell_closed(l);
}

void *live_data(const struct live *l) {
    return l->data;
}

enum live_kind live_kind(const struct live *l) {
    return l->kind;
}

size_t live_queued(const struct live *l) {
    if (l->kind == LIVE_POLL)
        return container_of(l, struct live_poll, l)->bytes;
    return l->conn ? conn_queued(l->conn) : 0;
}

void live_drain_all(struct web *w) {
    list_each (node, &w->lives)
        live_close(container_of(node, struct live, node), WS_CLOSE_GOING_AWAY, STR("going away"));
}

void live_close_all(struct web *w) {
    list_each (node, &w->lives) {
        struct live *l = container_of(node, struct live, node);
        if (l->conn)
            conn_close(l->conn, 0);
        else
            live_close(l, WS_CLOSE_GOING_AWAY, STR("going away"));
    }
}
