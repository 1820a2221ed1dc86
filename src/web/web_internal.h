/* What the files of src/web share; see web.h for the outside. */
#pragma once

#include "base/buf.h"
#include "base/limits.h"
#include "base/list.h"
#include "net/conn.h"
#include "web/http_parser.h"
#include "web/router.h"
#include "web/web.h"
#include "web/websocket_parser.h"

struct live;

#define WEB_CROWDED_RETRY "10"
#define WEB_CROWDED_TITLE "There are too many connections from your address"

struct web {
    struct net *net;
    struct web_config config;
    struct router *router;
    struct websocket_inflater *inflater;
    struct web_stats stats;
    struct list https; /* http_conn.node */
    struct list lives; /* live.node */
    uint64_t next_request;
    unsigned requests_open;
    struct http_request *large[LIMIT_LARGE_BODIES]; /* whose bodies are; NULL: free */
    unsigned turned_away; /* connections that are being told why and take their time */
    unsigned shook;       /* handshakes for that in shook_second */
    size_t body_most;     /* the largest body that any route takes */
    int64_t shook_second; /* monotonic */
    int64_t date_second;
    char date[32]; /* "Sun, 06 Nov 1994 08:49:37 GMT" of date_second */
    bool draining, echo;
};

/* One HTTP connection, until it ends or becomes a live one. */
struct http_conn {
    struct conn *conn; /* NULL once gone or handed on */
    struct web *web;
    struct http_parser parser;
    struct arena *arena;          /* of the request whose head is being read */
    struct http_request *current; /* body being read, or at the handler */
    struct list node;
    struct net_task free_task;
    enum { STATE_IDLE, STATE_HEAD, STATE_BODY, STATE_BUSY } state;
    size_t untaken; /* bytes of answers that waited at the last idle deadline */
    bool keep_alive : 1, in_loop : 1, ended : 1, turned_away : 1;
};

/* A request and what belongs to it. `r` is first: handlers see only that. */
struct http_request {
    struct request r;
    struct http_head head;
    const struct web_route *route;
    struct buf body;
    struct buf extra;                 /* response headers, ready to send */
    uint64_t large_for;               /* whom its large body counts for; 0: nobody */
    bool has_cache_control, is_large; /* is_large: stands in web.large */
};

static inline struct http_request *http_request_of(const struct request *r) {
    return (struct http_request *)(uintptr_t)r;
}

/* http_conn.c */
/* Takes the connection out of HTTP: bytes that it holds come to the new owner's on_read. Frees
 * neither request nor conn. */
struct conn *http_conn_detach(struct http_conn *h);
/* The response to h->current has been queued. */
void http_conn_responded(struct http_conn *h, bool close_after);
void http_conn_drain(struct http_conn *h);

/* request.c */
struct http_request *http_request_new(struct web *w, struct http_conn *h, struct arena *arena);
void http_request_free(struct http_request *q);
const char *web_date(struct web *w);
/* Status line and headers for everything but the length, connection and end. */
void http_response_begin(struct http_request *q, int status, struct buf *out);
void http_request_log(const struct http_request *q, int status, size_t bytes);

/* dispatch.c */
/* What the body of this request may have, by its route. */
size_t web_body_most(struct http_request *q);
/* The request is whole: answers it or hands it to its handler. */
void web_dispatch(struct http_request *q);
/* Fills address, host, secure. */
void web_identify(struct http_request *q);
/* A proxy of the configuration. */
bool web_is_trusted(const struct web *w, struct str address);
/* Before a request becomes a live connection: through a proxy, it counts for whom the proxy speaks.
 * False: that one has too many, and has been told. */
bool web_admit_live(struct request *r);
/* Before a request becomes a long poll, which is no connection of the system and outlives the one
 * that it came by: it counts for itself. What comes out leaves by peers_leave. */
bool web_admit_poll(struct request *r, uint64_t *ret_peer);
/* Before a large body is read: 0, 503 where too many are, 429 where too many of them are of this
 * address. */
int web_admit_large(struct http_request *q);
/* Counts one that was refused, and says so in the log now and then. */
void web_crowded(struct web *w, struct str address);

/* echo.c */
bool web_echo_respond(struct request *r);

/* live.c */
void live_drain_all(struct web *w);
void live_close_all(struct web *w);
