/* Server-Sent Events (the HTML standard's text/event-stream): a response without end. The
 * connection closes with it, so it needs no length and no chunks, and the bytes of an event are the
 * same for every client. */
#include <stdlib.h>

#include "base/check.h"
#include "web/live_internal.h"

#define RETRY_MS 2000

static size_t on_read(struct conn *c, char *p, size_t n) {
    return n; /* nothing is asked on this connection any more */
}

static void on_closed(struct conn *c, int error) {
    struct live *l = c->owner;
    l->conn = NULL;
    live_free(l);
}

static const struct conn_callbacks sse_callbacks = {.on_read = on_read, .on_closed = on_closed};

void live_sse_close(struct live *l, struct str reason) {
    struct frame *f = live_resync_frame(reason);
    conn_send(l->conn, frame_wire(f, WIRE_SSE));
    frame_unref(&f);
    conn_finish(l->conn, LIVE_CLOSE_SECONDS);
}

static void send_head(struct request *r, struct conn *c) {
    _cleanup_buf_ struct buf out = {0};
    http_response_begin(http_request_of(r), 200, &out);
    buf_addf(&out,
        "Content-Type: text/event-stream\r\nX-Accel-Buffering: no\r\nConnection: "
        "close\r\n\r\nretry: %d\n\n",
        RETRY_MS);
    conn_send_copy(c, buf_str(&out));
}

struct live *live_accept_sse(struct request *r, const struct live_callbacks *cb, void *data) {
    struct http_request *q = http_request_of(r);
    struct web *w = r->web;
    if (!r->conn) {
        http_request_free(q);
        return NULL;
    }
    if (r->method == METHOD_HEAD) {
        request_respond(r, 200, STR("text/event-stream"), (struct str){0});
        return NULL;
    }
    if (w->draining) {
        request_refuse(r, 503);
        return NULL;
    }
    if (!web_admit_live(r))
        return NULL;
    struct live *l = xcalloc(1, sizeof *l);
    live_init(l, w, LIVE_SSE, cb, data);
    l->conn = http_conn_detach(r->conn);
    conn_set_owner(l->conn, &sse_callbacks, l);
    send_head(r, l->conn);
    w->stats.requests++;
    w->stats.responses[2]++;
    http_request_log(q, 200, 0);
    http_request_free(q);
    if (l->conn->ended) /* it had finished before it was accepted */
        conn_close(l->conn, 0);
    return l;
}
