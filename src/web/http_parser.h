/* Requests in, through llhttp: first the head as a whole, then the body in whatever pieces it
 * comes. Pure: no socket, no clock.
 *
 * The head is collected until its empty line stands there (bounded), looked over for what llhttp
 * lets through, and given to llhttp in one piece: so a request means the same however its bytes
 * were cut, and its fields are views into one copy.
 *
 * RFC 9112. Refused, each with its status, and never guessed at: two lengths, length with chunked,
 * a bare CR or LF, obsolete folding, space before a colon, a missing, second or odd Host, transfer
 * codings other than chunked. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <llhttp.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"
#include "web/request.h"

struct http_field {
    struct str name; /* lower case */
    struct str value;
};

struct http_head {
    enum method method;
    struct str method_text, target, host; /* host: empty with HTTP/1.0 only */
    struct http_field *fields;
    unsigned n_fields;
    int minor; /* HTTP/1.minor */
    bool keep_alive, expect_continue, has_body;
    uint64_t length; /* as told; 0 for chunked */
};

struct http_parser {
    llhttp_t ll;
    size_t scanned;         /* of the head's bytes, not to be looked at again */
    size_t head_most;       /* what a head may promise */
    size_t body_most;       /* what a body may have; for the caller to move between head and body */
    uint64_t raw;           /* bytes of the body with its chunk heads and trailers */
    struct http_head *head; /* while it is parsed */
    struct buf *body;       /* while it is parsed */
    int status;             /* why a callback stopped llhttp */
    bool head_done, complete;
};

/* Both bounds are `body_most` until the caller says otherwise. */
void http_parser_init(struct http_parser *p, size_t body_most);
/* 1: the head is in *ret_head, made in `arena`, and *taken bytes are its; 0: more needed (*taken:
 * empty lines in front, which the caller drops); < 0: minus the status to refuse with. Not to be
 * called again before http_parser_body returned 1. */
int http_parser_head(struct http_parser *p, struct arena *arena, const char *bytes, size_t n,
    size_t *taken, struct http_head *ret_head);
/* Appends to `body`. 1: the request is whole; 0: more needed; < 0: minus the status. */
int http_parser_body(
    struct http_parser *p, const char *bytes, size_t n, size_t *taken, struct buf *body);

/* Value of the first field of that name. */
bool http_head_find(const struct http_head *head, struct str name, struct str *ret_value);
/* A comma-separated list of tokens in all fields of that name holds `token` (case ignored). */
bool http_head_has_token(const struct http_head *head, struct str name, struct str token);
bool http_is_token(struct str s);
/* Name or address, perhaps with a port (RFC 9110 7.2). */
bool http_host_is_valid(struct str host);
