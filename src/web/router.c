#include "web/router.h"

#include <stdlib.h>

#include "base/check.h"

struct node {
    struct str segment; /* literal; a view into the table's pattern or a prefix */
    struct node *next;  /* sibling */
    struct node *literals, *param;
    const struct web_route *routes[ROUTER_METHODS];
    bool ends; /* some pattern ends here */
};

struct router {
    struct node root;
};

struct router *router_new(void) {
    return xcalloc(1, sizeof(struct router));
}

static void free_children(struct node *n) {
    struct node *next;
    for (struct node *child = n->literals; child; child = next) {
        next = child->next;
        free_children(child);
        free(child);
    }
    if (n->param) {
        free_children(n->param);
        free(n->param);
    }
}

void router_free(struct router **r) {
    if (!*r)
        return;
    free_children(&(*r)->root);
    free(*r);
    *r = NULL;
}

static struct node *child_for(struct node *n, struct str segment) {
    if (segment.n && segment.p[0] == '{') {
        if (!n->param)
            n->param = xcalloc(1, sizeof *n->param);
        return n->param;
    }
    for (struct node *child = n->literals; child; child = child->next)
        if (str_eq(child->segment, segment))
            return child;
    struct node *child = xcalloc(1, sizeof *child);
    child->segment = segment;
    child->next = n->literals;
    n->literals = child;
    return child;
}

static struct node *walk(struct node *n, struct str path) {
    struct str segment;
    if (path.n == 0)
        return n;
    CHECK(path.p[0] == '/');
    path = str_from_index(path, 1);
    if (path.n == 0)
        return child_for(n, path);
    while (str_next(&path, '/', &segment))
        n = child_for(n, segment);
    return n;
}

void router_add(struct router *r, struct str prefix, const struct web_route *row) {
    struct node *n = walk(walk(&r->root, prefix), str_from(row->pattern));
    CHECK(row->method < ROUTER_METHODS && !n->routes[row->method]);
    n->routes[row->method] = row;
    n->ends = true;
}

static const struct node *find(
    const struct node *n, struct str rest, unsigned depth, struct router_match *match) {
    ptrdiff_t slash = str_find(rest, '/');
    struct str segment = slash < 0 ? rest : str_make(rest.p, (size_t)slash);
    for (const struct node *child = n->literals; child; child = child->next) {
        if (!str_eq(child->segment, segment))
            continue;
        const struct node *found = slash < 0
            ? (child->ends ? child : NULL)
            : find(child, str_from_index(rest, (size_t)slash + 1), depth, match);
        if (found)
            return found;
    }
    if (!n->param || segment.n == 0 || depth == REQUEST_PARAMS)
        return NULL;
    match->param[depth] = segment;
    if (slash < 0)
        return n->param->ends ? n->param : NULL;
    return find(n->param, str_from_index(rest, (size_t)slash + 1), depth + 1, match);
}

bool router_find(const struct router *r, struct str path, struct router_match *ret_match) {
    struct router_match match = {0};
    if (path.n == 0 || path.p[0] != '/')
        return false;
    const struct node *n = find(&r->root, str_from_index(path, 1), 0, &match);
    if (!n)
        return false;
    memcpy(match.routes, n->routes, sizeof match.routes);
    *ret_match = match;
    return true;
}
