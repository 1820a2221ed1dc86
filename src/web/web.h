/* The web of one loop thread: HTTP/1.1, WebSocket, Server-Sent Events, long poll, embedded files.
 *
 * Everything of one `struct web` happens on its loop's thread. Loops share only the configuration
 * (immutable), the static site (immutable but for counted blobs), and frames.
 *
 * A request's way: parsed whole -> route looked up -> on_request (may answer) -> handler, or 405
 * with Allow, or the files' site, or 404. HEAD goes to GET's handler, OPTIONS is answered here. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "net/net.h"
#include "web/request.h"

struct address_range;
struct tls_context;
struct static_site;

/* A row of a const route table. Patterns are literal segments and whole-segment parameters:
 * "/rooms/{room}/members". At most REQUEST_PARAMS of them; literals win over parameters. */
struct web_route {
    enum method method;
    const char *pattern;
    void (*handler)(struct request *r);
    int access;        /* the API's own; see request_route */
    size_t body_bytes; /* what its body may have, where that is more than web_config's */
};

struct web_config {
    const struct address_range
        *trusted; /* net/address.h: proxies whose X-Forwarded-For and X-Forwarded-Proto count */
    size_t n_trusted;
    const struct str
        *origins; /* "https://chat.example" allowed for WebSocket besides the request's own host */
    size_t n_origins;
    size_t body_bytes;    /* 0: LIMIT_BODY_BYTES; likewise below */
    size_t message_bytes; /* LIMIT_SOCKET_MESSAGE_BYTES */
    size_t queue_bytes;   /* LIMIT_QUEUE_BYTES */
    int head_seconds, body_seconds, idle_seconds;
    bool compress;            /* offer permessage-deflate */
    struct static_site *site; /* what unknown paths get; NULL: 404 */
    /* Before the handler, after the route was looked up (request_route may be NULL: nothing
     * matched). False: it has answered the request. NULL: none. */
    bool (*on_request)(struct request *r);
    void *data; /* web_data: the wiring's own */
};

struct web_stats {
    uint64_t requests;
    uint64_t responses[6]; /* by class: [2] = 2xx ...; [0] unused */
    uint64_t ws_opened, sse_opened, poll_opened;
    uint64_t messages_in;  /* from WebSockets */
    uint64_t slow_dropped; /* live connections dropped with resync */
    uint64_t timeouts;     /* heads and bodies that came too slowly */
    uint64_t crowded;      /* refused, for their address has too many connections */
    unsigned http_open, ws_open, sse_open, poll_open;
};

/* Borrows `net`; copies the config (what it points to must outlive the web). */
struct web *web_new(struct net *net, const struct web_config *config);
/* After the drain. Connections that are still there are closed hard. */
void web_free(struct web **w);

/* Before the first connection. `prefix` ("/api/v1" or "") is put in front of each pattern; the
 * table must outlive the web. */
void web_routes(struct web *w, struct str prefix, const struct web_route *table, size_t n);

/* Takes the descriptor; fits listener_start's on_accept with `arg` a struct web. */
void web_accept(void *arg, int fd, struct tls_context *tls);

/* Ends politely: idle connections are closed, requests in flight are answered with Connection:
 * close, live connections get their frames and 1001. Stop the listeners first. */
void web_drain(struct web *w);
/* No connection, no request and no live connection is left. */
bool web_is_empty(const struct web *w);

/* /debug/echo: returns each WebSocket message, and for any method a 200 with the request's body.
 * For conformance suites. */
void web_enable_debug_echo(struct web *w);

struct net *web_net(const struct web *w);
void *web_data(const struct web *w);
const struct web_config *web_config(const struct web *w);
const struct web_stats *web_stats(const struct web *w);

/* --- beyond request.h */

/* The row that matched; NULL when none did. */
const struct web_route *request_route(const struct request *r);
/* application/problem+json (RFC 9457): {"type":"about:blank","title":…,"status":…,"code":…}. Ends
 * the request. */
void request_problem(struct request *r, int status, struct str code, struct str title);
/* The same with the web layer's own code and title for the status (400 bad_request, 404 not_found,
 * 413 too_large ...).
 */
void request_refuse(struct request *r, int status);
/* Origin (or, without it, nothing): false only when the header is there and is neither of the
 * request's own host and scheme nor one of config->origins. */
bool request_origin_allowed(const struct request *r);
/* If-None-Match holds `etag` (quoted, strong): answers 304 with it and ends the request. Else adds
 * the ETag header. */
bool request_not_modified(struct request *r, struct str etag);
/* Like request_respond_blob, but answers byte ranges (RFC 9110 14) for GET; `etag` may be empty. */
void request_respond_ranges(
    struct request *r, struct str content_type, struct str etag, struct blob *body);
