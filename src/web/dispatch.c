#include <stdio.h>

#include "base/log.h"
#include "net/address.h"
#include "net/peers.h"
#include "web/http_target.h"
#include "web/static.h"
#include "web/web_internal.h"

static const char *const method_names[ROUTER_METHODS] = {
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

bool web_is_trusted(const struct web *w, struct str address) {
    for (size_t i = 0; i < w->config.n_trusted; i++)
        if (address_in_range(address, &w->config.trusted[i]))
            return true;
    return false;
}

/* The last one in the chain that no trusted proxy vouches for: everything left of it is hearsay. */
static struct str forwarded_for(const struct web *w, struct str chain, struct str peer) {
    struct str address = peer;
    while (chain.n > 0 && web_is_trusted(w, address)) {
        size_t at = chain.n;
        while (at > 0 && chain.p[at - 1] != ',')
            at--;
        struct str hop = str_trim(str_from_index(chain, at));
        struct address_range parsed;
        if (address_range_parse(hop, &parsed) < 0 || parsed.family == AF_UNIX
            || str_find(hop, '/') >= 0)
            break; /* not an address: the proxy's own is the last thing we know */
        address = hop;
        chain.n = at > 0 ? at - 1 : 0;
    }
    return address;
}

void web_identify(struct http_request *q) {
    struct request *r = &q->r;
    char text[CONN_ADDRESS];
    size_t n = conn_address(r->conn->conn, text);
    r->address = arena_str(r->arena, str_make(text, n));
    r->secure = conn_is_secure(r->conn->conn);
    r->host = q->head.host;
    r->method = q->head.method;
    r->target = q->head.target;
    if (!web_is_trusted(r->web, r->address))
        return;
    struct str proto = request_header(r, STR("x-forwarded-proto"));
    if (proto.p)
        r->secure = str_eq_nocase(proto, STR("https"));
    r->address = forwarded_for(r->web, request_header(r, STR("x-forwarded-for")), r->address);
}

void web_crowded(struct web *w, struct str address) {
    w->stats.crowded++;
    log_warn_each(60, "too many connections from one address, refusing more",
        "address=%.*s hint=\"address-connections\"", STR_ARG(address));
}

/* Whom what becomes live by this request counts for; 0: nobody. */
static uint64_t whom(const struct request *r) {
    return web_is_trusted(r->web, r->address) ? 0 : peers_key(r->address);
}

static bool refuse_crowded(struct request *r) {
    web_crowded(r->web, r->address);
    request_add_header(r, STR("retry-after"), STR(WEB_CROWDED_RETRY));
    request_problem(r, 429, STR("rate_limited"), STR(WEB_CROWDED_TITLE));
    return false;
}

bool web_admit_live(struct request *r) {
    return conn_count(r->conn->conn, whom(r)) || refuse_crowded(r);
}

bool web_admit_poll(struct request *r, uint64_t *ret_peer) {
    uint64_t peer = r->web->net->peers ? whom(r) : 0;
    if (!peers_enter(r->web->net->peers, peer))
        return refuse_crowded(r);
    *ret_peer = peer;
    return true;
}

int web_admit_large(struct http_request *q) {
    struct http_request **place = NULL, **large = q->r.web->large;
    uint64_t peer = whom(&q->r);
    int of_peer = 0;
    for (int i = 0; i < LIMIT_LARGE_BODIES; i++)
        if (!large[i])
            place = &large[i];
        else
            of_peer += peer && large[i]->large_for == peer;
    if (of_peer >= LIMIT_LARGE_BODIES_OF_ONE)
        return 429;
    if (!place)
        return 503;
    *place = q;
    q->large_for = peer;
    q->is_large = true;
    return 0;
}

static struct str allowed_text(struct arena *arena, const struct router_match *match) {
    struct buf list = {0};
    for (int m = 0; m < ROUTER_METHODS; m++) {
        bool has = match->routes[m] || (m == METHOD_HEAD && match->routes[METHOD_GET])
            || m == METHOD_OPTIONS;
        if (has)
            buf_addf(&list, "%s%s", list.n ? ", " : "", method_names[m]);
    }
    struct str text = arena_str(arena, buf_str(&list));
    buf_fini(&list);
    return text;
}

static void answer_options(struct request *r, struct str allow) {
    request_add_header(r, STR("Allow"), allow);
    request_respond(r, 204, (struct str){0}, (struct str){0});
}

/* No route: perhaps a file. */
static void dispatch_file(struct request *r) {
    struct static_site *site = r->web->config.site;
    bool get = r->method == METHOD_GET || r->method == METHOD_HEAD;
    if (!site) {
        request_refuse(r, 404);
    } else if (r->method == METHOD_OPTIONS) {
        answer_options(r, STR("GET, HEAD, OPTIONS"));
    } else if (!get) {
        bool api = str_has_prefix(r->path, STR("/api/"));
        if (!api)
            request_add_header(r, STR("Allow"), STR("GET, HEAD, OPTIONS"));
        request_refuse(r, api ? 404 : 405);
    } else if (!static_site_respond(site, r)) {
        request_refuse(r, 404);
    }
}

static void dispatch_routed(struct http_request *q, const struct router_match *match) {
    struct request *r = &q->r;
    if (r->method == METHOD_OPTIONS && !match->routes[METHOD_OPTIONS]) {
        answer_options(r, allowed_text(r->arena, match));
    } else if (!q->route) {
        request_add_header(r, STR("Allow"), allowed_text(r->arena, match));
        request_refuse(r, 405);
    } else {
        q->route->handler(r);
    }
}

size_t web_body_most(struct http_request *q) {
    struct web *w = q->r.web;
    struct http_target target;
    struct router_match match = {0};
    const struct web_route *route = NULL;
    if (q->r.method < METHOD_OTHER
        && http_target_parse(q->r.arena, q->r.target, q->r.method == METHOD_OPTIONS, &target) == 0
        && router_find(w->router, target.path, &match))
        route = match.routes[q->r.method];
    size_t most = w->config.body_bytes;
    return route && route->body_bytes > most ? route->body_bytes : most;
}

static void dispatch(struct http_request *q) {
    struct request *r = &q->r;
    struct web *w = r->web;
    struct http_target target;
    struct router_match match = {0};

    if (http_target_parse(r->arena, r->target, r->method == METHOD_OPTIONS, &target) < 0) {
        r->conn->keep_alive = false;
        request_refuse(
            r, q->head.method_text.n && str_eq(q->head.method_text, STR("CONNECT")) ? 501 : 400);
        return;
    }
    r->path = target.path;
    r->query = target.query;
    if (target.host.n)
        r->host = target.host;
    bool echo = w->echo && str_eq(r->path, STR("/debug/echo"));
    if (r->method == METHOD_OTHER && !echo) {
        r->conn->keep_alive = false;
        request_refuse(r, 501);
        return;
    }
    if (echo && web_echo_respond(r))
        return;
    if (str_eq(r->path, STR("*"))) {
        answer_options(r, STR("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"));
        return;
    }
    bool found = router_find(w->router, r->path, &match);
    if (found) {
        enum method m =
            r->method == METHOD_HEAD && !match.routes[METHOD_HEAD] ? METHOD_GET : r->method;
        q->route = match.routes[m];
        memcpy(r->param, match.param, sizeof r->param);
    }
    if (w->config.on_request && !w->config.on_request(r))
        return;
    if (found)
        dispatch_routed(q, &match);
    else
        dispatch_file(r);
}

void web_dispatch(struct http_request *q) {
    struct log_context before = log_context;
    log_context = (struct log_context){.conn = q->r.conn->conn->id, .request = q->r.id};
    dispatch(q);
    log_context = before;
}
