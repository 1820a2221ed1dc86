/* A worker: one loop thread with everything of its own: listeners, connections, hub, API. Workers
 * share the domain, the bus, presence, and nothing else. */
#pragma once

#include <stdbool.h>

#include "api/api.h"
#include "hub/hub.h"
#include "net/listen.h"
#include "web/web.h"

struct worker;

struct worker_listen {
    int fd; /* taken */
    struct tls_context *tls;
};

struct worker_config {
    unsigned index;
    struct domain *domain;
    struct media *media; /* borrowed, like all pointers here */
    struct bus *bus;
    struct presence *presence;
    struct peers *peers; /* NULL: connections are not counted by address */
    struct api_shared *shared;
    struct web_config web; /* `data` and `on_request` are filled in here */
    const struct worker_listen *listens;
    unsigned listen_count;
    int heartbeat_ms;
    bool command_limits, debug_echo;
    /* Routes beside the API's: health, readiness, metrics. */
    const struct web_route *routes;
    size_t route_count;
};

/* What one worker counts, as of its last second. */
struct worker_stats {
    struct web_stats web;
    struct net_stats net;
    unsigned live;
};

/* Makes everything; nothing runs yet. */
struct worker *worker_new(const struct worker_config *config);
void worker_start(struct worker *w);
/* From any thread: listeners close, live connections get 1001, requests in flight are answered. */
void worker_drain(struct worker *w);
/* Drained, and nothing is left. Any thread. */
bool worker_is_empty(const struct worker *w);
/* Ends the loop after one more turn, whatever is left, and joins the thread. */
void worker_stop(struct worker *w);
void worker_free(struct worker **w);
struct mailbox *worker_mailbox(struct worker *w);
/* Any thread. */
struct worker_stats worker_stats(struct worker *w);
