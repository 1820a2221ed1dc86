/* What the three kinds of live connections share. */
#pragma once

#include "web/live.h"
#include "web/web_internal.h"

/* Seconds that a peer has to answer our close, or to take what is queued. */
#define LIVE_CLOSE_SECONDS 5

struct live {
    struct web *web;
    const struct live_callbacks *cb; /* NULL once on_closed was called */
    void *data;
    struct conn *conn;    /* NULL once gone, and between polls */
    struct list node;     /* web->lives */
    struct net_task task; /* tells on_closed at the end of the turn */
    uint8_t kind;
    bool closing : 1; /* live_close was called, or the peer closed: nothing more is queued */
    bool deflate : 1; /* WebSocket: negotiated */
    bool echo : 1;    /* WebSocket of /debug/echo */
    bool paused : 1;
    bool heard : 1; /* WebSocket: a message has come */
};

struct live_ws {
    struct live l;
    struct websocket_parser parser;
};

struct live_poll {
    struct live l;
    struct request *waiting;  /* NULL while none is */
    struct live_taker *taker; /* who waits instead of a request of this loop */
    struct frame **frames;
    unsigned n, cap;
    size_t bytes;
    uint64_t peer;           /* whom it counts for (net/peers.h); 0: nobody */
    struct net_timer timer;  /* the wait of `waiting`, or the absence of one */
    struct net_task deliver; /* answers `waiting` before the flush */
};

void live_init(struct live *l, struct web *w, enum live_kind kind, const struct live_callbacks *cb,
    void *data);
/* on_closed at the end of this turn. */
void live_tell_closed(struct live *l);
/* Out of the lists; frees what the kind has and the live itself. on_closed is called if it was not
 * yet. */
void live_free(struct live *l);
/* {"type":"resync",...}: a queue was too long, or the connection ends. */
struct frame *live_resync_frame(struct str reason);

/* ws.c */
void live_ws_close(struct live *l, int code, struct str reason);
void live_ws_fini(struct live *l);
struct live *live_ws_accept(
    struct request *r, const struct live_callbacks *cb, void *data, bool echo);
/* sse.c */
void live_sse_close(struct live *l, struct str reason);
/* poll.c */
void live_poll_send(struct live *l, struct frame *f);
void live_poll_close(struct live *l, struct str reason);
void live_poll_fini(struct live *l);
