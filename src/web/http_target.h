/* The request target (RFC 9112 3.2, RFC 3986): path and query. What could be understood in two ways
 * is refused. Pure.
 */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"

struct http_target {
    struct str path;  /* decoded, without dot segments, begins with '/'; "*" for OPTIONS * */
    struct str query; /* as sent, checked, without '?' */
    struct str host;  /* of an absolute target: counts instead of Host; else empty */
};

/* 0, or -400. Refused: bytes that are no URI's, bad escapes, %00 and other controls, %2F and %5C (a
 * separator or not?), a path that leaves the root, broken UTF-8, a fragment, schemes but http and
 * https. */
int http_target_parse(
    struct arena *arena, struct str target, bool is_options, struct http_target *ret_target);

/* Decodes %xx (and, in queries, '+' to space). False for bad escapes. `out` has room for in.n
 * bytes. */
bool http_unescape(struct str in, bool plus, char *out, size_t *ret_n);
