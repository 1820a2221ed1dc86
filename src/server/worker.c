/* The loop turn is the product's story; it runs before every sleep, whatever woke the loop (bytes,
 * letters, time):
 *
 *     drain the mailbox   answers of operations become responses; commits become queued frames
 *                         must precede the flush, so that all that a turn brought leaves in one
 * write per socket flush               one writev per connection that has something must precede
 * reaping, so that a last frame and a close still leave reap                what was closed is
 * freed; its on_closed runs here and nowhere else must come last: until here every pointer that a
 * callback held is good sleep               only when none of these made new work
 */
#include "server/worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/log.h"
#include "bus/bus.h"
#include "hub/presence.h"

#define TURNS_AT_ONCE 16 /* then the loop looks at its sockets again, without sleeping */
#define SECOND_MS 1000

struct worker {
    struct worker_config config;
    pthread_t thread;
    uv_loop_t loop;
    uv_prepare_t turn;
    uv_idle_t awake; /* active while the loop must not sleep */
    uv_timer_t second;
    struct mailbox *mailbox;
    struct net *net;
    struct web *web;
    struct hub *hub;
    struct api *api;
    struct listener **listeners;
    struct letter drain, stop;
    atomic_bool empty;
    bool draining, stopping;
    pthread_mutex_t stats_lock; /* a leaf */
    struct worker_stats stats;
};

static void on_awake(uv_idle_t *idle) {
    (void)idle;
}

static void on_turn(uv_prepare_t *turn) {
    struct worker *w = turn->data;
    for (int i = 0; i < TURNS_AT_ONCE; i++) {
        mailbox_drain(w->mailbox);
        net_flush(w->net);
        net_reap(w->net);
        if (!net_has_work(w->net))
            break;
    }
    if (net_has_work(w->net))
        uv_idle_start(&w->awake, on_awake);
    else
        uv_idle_stop(&w->awake);
    if (w->draining && web_is_empty(w->web))
        atomic_store(&w->empty, true);
    if (w->stopping)
        uv_stop(&w->loop);
}

static void on_second(uv_timer_t *timer) {
    struct worker *w = timer->data;
    hub_tick(w->hub);
    if (w->config.index == 0)
        presence_tick(w->config.presence);
    pthread_mutex_lock(&w->stats_lock);
    w->stats = (struct worker_stats){*web_stats(w->web), w->net->stats, hub_connections(w->hub)};
    pthread_mutex_unlock(&w->stats_lock);
}

static void on_drain(struct letter *letter) {
    struct worker *w = container_of(letter, struct worker, drain);
    for (unsigned i = 0; i < w->config.listen_count; i++)
        listener_close(&w->listeners[i]);
    web_drain(w->web);
    w->draining = true;
}

static void on_stop(struct letter *letter) {
    struct worker *w = container_of(letter, struct worker, stop);
    w->stopping = true;
}

struct worker *worker_new(const struct worker_config *config) {
    struct worker *w = xcalloc(1, sizeof *w);
    struct worker_listen *listens = xcalloc(config->listen_count, sizeof *listens);
    memcpy(listens, config->listens, config->listen_count * sizeof *listens);
    w->config = *config;
    w->config.listens = listens;
    CHECK(uv_loop_init(&w->loop) == 0);
    pthread_mutex_init(&w->stats_lock, NULL);
    w->mailbox = mailbox_new(&w->loop);
    w->net = net_new(&w->loop);
    w->net->peers = config->peers;
    w->hub = hub_new(&(struct hub_config){config->domain, config->bus, w->mailbox, config->presence,
        config->heartbeat_ms, config->index});
    w->api = api_new(&(struct api_config){config->domain, w->hub, config->media, w->mailbox,
        config->shared, config->index, config->command_limits});
    w->config.web.data = w->api;
    w->config.web.on_request = api_on_request;
    w->web = web_new(w->net, &w->config.web);
    web_routes(w->web, STR(""), config->routes, config->route_count);
    api_routes(w->api, w->web);
    if (config->debug_echo)
        web_enable_debug_echo(w->web);
    w->listeners = xcalloc(config->listen_count, sizeof *w->listeners);
    w->drain.on_arrive = on_drain;
    w->stop.on_arrive = on_stop;
    w->turn.data = w->second.data = w;
    CHECK(uv_prepare_init(&w->loop, &w->turn) == 0 && uv_prepare_start(&w->turn, on_turn) == 0);
    CHECK(uv_idle_init(&w->loop, &w->awake) == 0);
    CHECK(uv_timer_init(&w->loop, &w->second) == 0);
    CHECK(uv_timer_start(&w->second, on_second, SECOND_MS, SECOND_MS) == 0);
    return w;
}

static void *run(void *arg) {
    struct worker *w = arg;
    for (unsigned i = 0; i < w->config.listen_count; i++)
        w->listeners[i] = listener_start(
            w->net, w->config.listens[i].fd, w->config.listens[i].tls, web_accept, w->web);
    uv_run(&w->loop, UV_RUN_DEFAULT);
    return NULL;
}

void worker_start(struct worker *w) {
    CHECK(pthread_create(&w->thread, NULL, run, w) == 0);
}

void worker_drain(struct worker *w) {
    mailbox_post(w->mailbox, &w->drain);
}

bool worker_is_empty(const struct worker *w) {
    return atomic_load(&w->empty);
}

void worker_stop(struct worker *w) {
    mailbox_post(w->mailbox, &w->stop);
    CHECK(pthread_join(w->thread, NULL) == 0);
}

/* The thread is over; what is left is taken down on the caller's. */
void worker_free(struct worker **wp) {
    struct worker *w = *wp;
    *wp = NULL;
    if (!w)
        return;
    for (unsigned i = 0; i < w->config.listen_count; i++)
        listener_close(&w->listeners[i]);
    mailbox_drain(w->mailbox);
    web_free(&w->web);
    /* Closing told the hub, and may have started operations; their answers come back before the
     * domain is gone. */
    mailbox_drain(w->mailbox);
    uv_close((uv_handle_t *)&w->turn, NULL);
    uv_close((uv_handle_t *)&w->awake, NULL);
    uv_close((uv_handle_t *)&w->second, NULL);
    mailbox_free(&w->mailbox);
    net_free(&w->net);
    uv_run(&w->loop, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&w->loop) == 0);
    api_free(&w->api);
    hub_free(&w->hub);
    pthread_mutex_destroy(&w->stats_lock);
    free(w->listeners);
    free((void *)w->config.listens);
    free(w);
}

struct mailbox *worker_mailbox(struct worker *w) {
    return w->mailbox;
}

struct worker_stats worker_stats(struct worker *w) {
    pthread_mutex_lock(&w->stats_lock);
    struct worker_stats stats = w->stats;
    pthread_mutex_unlock(&w->stats_lock);
    return stats;
}
