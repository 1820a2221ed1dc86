/* A live connection, whatever carries it: WebSocket, Server-Sent Events, or a row of long polls.
 * The hub knows only this. Owner: one loop thread, for life.
 *
 * Sending queues a reference; nothing is written before the loop's flush (net.h), which makes one
 * writev per socket and turn. A queue that would pass its bound (LIMIT_QUEUE_BYTES, or as
 * configured) is offered to the system at once; if it still would, it is dropped: the socket gets a
 * `resync` frame and close 1013, and on_closed follows at the end of the turn. */
#pragma once

#include <stdbool.h>

#include "base/str.h"
#include "web/frame.h"
#include "web/request.h"

enum live_kind { LIVE_WS, LIVE_SSE, LIVE_POLL };

struct live;

struct live_callbacks {
    /* A whole text message (WebSocket only). `text` is valid UTF-8, borrowed for the call. */
    void (*on_message)(struct live *l, struct str text);
    /* The last call about this connection, exactly once; `l` may not be used after it. */
    void (*on_closed)(struct live *l);
};

/* Turn a request into a live connection; the request is consumed. NULL when it was not acceptable
 * (and has been answered: 400, 403 for a foreign Origin, 426). `data` is for live_data. */
struct live *live_accept_ws(struct request *r, const struct live_callbacks *cb, void *data);
struct live *live_accept_sse(struct request *r, const struct live_callbacks *cb, void *data);
/* Long poll: the first request opens; later ones of the same connection are given to live_poll,
 * which answers it with a JSON array of the frames that wait, or holds it until there are some or
 * LIMIT_POLL_WAIT_SECONDS are over. */
struct live *live_accept_poll(struct request *r, const struct live_callbacks *cb, void *data);
void live_poll(struct live *l, struct request *r);

/* The same for a request that waits elsewhere (on another loop): on_frames is called exactly once,
 * with what live_poll would answer, from this loop's thread, perhaps before live_poll_take returns.
 */
struct live_taker {
    void (*on_frames)(struct live_taker *t, struct str json);
};
void live_poll_take(struct live *l, struct live_taker *t);

void *live_data(const struct live *l);
enum live_kind live_kind(const struct live *l);
/* Borrows the frame (takes a reference of its own). Never blocks, never calls back. */
void live_send(struct live *l, struct frame *f);
/* A hint: live_send for it comes soon. Reads what the one before asked for. */
void live_prefetch(const struct live *l);
/* Stop or resume reading commands from it (WebSocket): back pressure while too many are unanswered.
 */
void live_pause(struct live *l, bool pause);
/* Flush what is queued, say why (RFC 6455 7.4 code; SSE and poll: a last frame), and close.
 * on_closed follows later. */
void live_close(struct live *l, int code, struct str reason);
/* Bytes that wait in its queue. */
size_t live_queued(const struct live *l);
