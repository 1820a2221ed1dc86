/* Paths to handlers: a tree of segments, made once from const tables. Literals win over parameters.
 * One loop's. */
#pragma once

#include <stdbool.h>

#include "web/web.h"

#define ROUTER_METHODS METHOD_OTHER /* one row each but for METHOD_OTHER */

struct router;

struct router_match {
    const struct web_route *routes[ROUTER_METHODS]; /* NULL where the path has no such method */
    struct str param[REQUEST_PARAMS];
};

struct router *router_new(void);
void router_free(struct router **r);
/* `row` must outlive the router; two rows for the same path and method are an error of ours
 * (abort). */
void router_add(struct router *r, struct str prefix, const struct web_route *row);
/* False: no pattern fits `path`. The params are views into it. */
bool router_find(const struct router *r, struct str path, struct router_match *ret_match);
