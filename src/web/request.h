/* An HTTP request on its way through a handler, and its one response.
 *
 * Owner: the loop thread of its connection. A handler gets the whole request (head and body, both
 * bounded), and either responds at once or keeps the pointer and responds later from the same
 * thread. It is alive until responded to, also when the peer has gone (then responding only frees
 * it). Exactly one of the request_respond* / request_upgrade* calls is made. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/blob.h"
#include "base/str.h"

enum method {
    METHOD_GET,
    METHOD_HEAD,
    METHOD_POST,
    METHOD_PUT,
    METHOD_PATCH,
    METHOD_DELETE,
    METHOD_OPTIONS,
    METHOD_OTHER /* answered 501 before any handler */
};

#define REQUEST_PARAMS 3

struct http_conn;
struct web; /* one per loop: what all connections of the loop share; web/web.h */

struct request {
    struct web *web;
    struct http_conn *conn; /* NULL once the peer has gone */
    struct arena *arena;    /* lives as long as the request */
    uint64_t id;            /* for logs; also sent as X-Request-Id */
    enum method method;
    struct str target;                /* as sent */
    struct str path;                  /* percent-decoded, normalised, begins with '/' */
    struct str query;                 /* still encoded, without '?' */
    struct str param[REQUEST_PARAMS]; /* what stood for {…} in the route, decoded */
    struct str body;
    struct str address; /* the client's, through trusted proxies; text form without port */
    struct str host;
    bool secure;        /* TLS here, or told so by a trusted proxy */
    int64_t started_us; /* monotonic */
    void *data;         /* the handler's own */
};

/* Value of the header, empty view (p == NULL) when absent; several are joined by ", ". Name in
 * lower case. */
struct str request_header(const struct request *r, struct str name);
/* Decoded value of a query parameter in the request's arena. False when absent; true with empty
 * view when malformed is impossible: malformed queries were answered 400 before. */
bool request_query(const struct request *r, struct str name, struct str *ret_value);
bool request_cookie(const struct request *r, struct str name, struct str *ret_value);

/* A header to send; values are checked not to hold CR, LF or NUL (abort: they are ours). */
void request_add_header(struct request *r, struct str name, struct str value);
/* Respond and end. `body` is borrowed (copied or referenced before return); NULL or empty for none.
 * HEAD sends no body but its length. The request is gone when these return. */
void request_respond(struct request *r, int status, struct str content_type, struct str body);
void request_respond_blob(
    struct request *r, int status, struct str content_type, struct blob *body);
