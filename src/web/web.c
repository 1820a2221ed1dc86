#include "web/web.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/rand.h"
#include "web/web_internal.h"

static void defaults(struct web_config *c) {
    if (!c->body_bytes)
        c->body_bytes = LIMIT_BODY_BYTES;
    if (!c->message_bytes)
        c->message_bytes = LIMIT_SOCKET_MESSAGE_BYTES;
    if (!c->queue_bytes)
        c->queue_bytes = LIMIT_QUEUE_BYTES;
    if (!c->head_seconds)
        c->head_seconds = LIMIT_HEAD_SECONDS;
    if (!c->body_seconds)
        c->body_seconds = LIMIT_BODY_SECONDS;
    if (!c->idle_seconds)
        c->idle_seconds = LIMIT_IDLE_SECONDS;
}

struct web *web_new(struct net *net, const struct web_config *config) {
    struct web *w = xcalloc(1, sizeof *w);
    w->net = net;
    w->config = *config;
    defaults(&w->config);
    w->body_most = w->config.body_bytes;
    w->router = router_new();
    w->inflater = websocket_inflater_new();
    w->next_request =
        rand_u64() & ~(uint64_t)0xFFFFFFFF; /* loops and restarts don't share numbers */
    list_init(&w->https);
    list_init(&w->lives);
    return w;
}

void web_free(struct web **wp) {
    struct web *w = *wp;
    if (!w)
        return;
    *wp = NULL;
    live_close_all(w);
    list_each (node, &w->https) {
        struct http_conn *h = container_of(node, struct http_conn, node);
        conn_close(h->conn, 0);
    }
    net_reap(w->net);
    CHECK(list_is_empty(&w->https) && list_is_empty(&w->lives));
    router_free(&w->router);
    websocket_inflater_free(&w->inflater);
    free(w);
}

void web_routes(struct web *w, struct str prefix, const struct web_route *table, size_t n) {
    for (size_t i = 0; i < n; i++) {
        router_add(w->router, prefix, &table[i]);
        if (table[i].body_bytes > w->body_most)
            w->body_most = table[i].body_bytes;
    }
}

void web_drain(struct web *w) {
    w->draining = true;
    list_each (node, &w->https)
        http_conn_drain(container_of(node, struct http_conn, node));
    live_drain_all(w);
}

bool web_is_empty(const struct web *w) {
    return list_is_empty(&w->https) && list_is_empty(&w->lives) && w->requests_open == 0;
}

void web_enable_debug_echo(struct web *w) {
    w->echo = true;
}

struct net *web_net(const struct web *w) {
    return w->net;
}

void *web_data(const struct web *w) {
    return w->config.data;
}

const struct web_config *web_config(const struct web *w) {
    return &w->config;
}

const struct web_stats *web_stats(const struct web *w) {
    return &w->stats;
}
