/* Wiring: what is made in which order, and how it ends.
 *
 * Start: limits, database, domain, certificates, listeners, workers; ready only when all of it
 * stands. End: (1) workers stop listening, close live connections with 1001 and answer what is in
 * flight; (2) the writer commits what waits, and its answers still find their loops; (3) loops
 * stop; (4) the database is closed. Each must precede the next, or an acknowledgement could be lost
 * that somebody waits for. */
#include "server/serve.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "bus/bus.h"
#include "domain/domain.h"
#include "event/protocol.h"
#include "hub/presence.h"
#include "media/media.h"
#include "net/address.h"
#include "net/listen.h"
#include "net/peers.h"
#include "net/tls.h"
#include "server/config.h"
#include "server/figures.h"
#include "server/metrics.h"
#include "server/version.h"
#include "server/worker.h"
#include "store/store.h"
#include "web/static.h"

#define WORKERS_MOST 256
#define LISTENS_MOST 64
#define POLL_MS 20 /* how often the end of a drain is looked for */

struct serve {
    const struct config *config;
    struct store *store;
    struct domain *domain;
    struct media *media;
    struct bus *bus;
    struct presence *presence;
    struct tls_context *tls;
    struct static_site *site;
    struct api_shared *shared;
    struct peers *peers;
    struct worker *workers[WORKERS_MOST];
    unsigned worker_count;
    struct listen_address addresses[LISTENS_MOST];
    int unix_fds[LISTENS_MOST]; /* opened once; -1 for TCP */
    unsigned address_count;
    struct address_range *trusted;
    struct str *origins;
    size_t origin_count;
};

static int complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
static int complain(const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    fputs("confab: ", stderr);
    vfprintf(stderr, format, ap);
    fputc('\n', stderr);
    va_end(ap);
    return -EINVAL;
}

/* ----------------------------------------------------------------------------------------------------
 * presence */

static void on_seen_done(struct op *op) {
    op_free(&op);
}

/* On the thread of the loop that noticed. */
static void on_presence(void *arg, id64 user, enum Presence state, int64_t last_seen_us) {
    struct serve *s = arg;
    _cleanup_buf_ struct buf out = {0};
    struct json j = json_into(&out);
    struct p_presence_of of = {
        .user = user, .state = state, .last_seen_at = protocol_ms(last_seen_us)};
    pf_presence_put(&j, &(struct pf_presence){.of = &of, .of_count = 1});
    bus_publish(s->bus, EVENT_WATCHERS, user, buf_str(&out));
    if (state != PRESENCE_OFFLINE)
        return;
    struct op *op = op_new(OP_SEEN_NOW);
    op->who.user = user;
    op->home = worker_mailbox(s->workers[0]);
    op->on_done = on_seen_done;
    domain_submit(s->domain, op);
}

static void on_commit(void *arg, struct commit *commit) {
    struct serve *s = arg;
    bus_publish_commit(s->bus, commit);
}

static void on_passing(void *arg, const struct event *events, unsigned n) {
    struct serve *s = arg;
    bus_publish_events(s->bus, events, n);
}

/* ------------------------------------------------------------------------------------------------------
 * opening */

/* CONFAB_FAULT=name:n, for tests (base/fault.h). Armed last, so that opening has not used it up. */
static int arm_fault(const struct config *c) {
    const char *text = getenv("CONFAB_FAULT");
    struct str rest = str_from(text), name;
    int64_t nth;
    if (!text || !text[0])
        return 0;
    if (!config_is_loopback(c))
        return complain("CONFAB_FAULT is refused unless all listening is on loopback");
    if (!str_next(&rest, ':', &name) || str_to_i64(rest, &nth) < 0 || nth < 1 || nth > INT32_MAX)
        return complain("CONFAB_FAULT is written name:n");
    char *z = str_dup_z(name);
    fault_arm(z, (int)nth);
    free(z);
    log_warn("a fault is armed", "fault=%s", log_quote(str_from(text)));
    return 0;
}

static int open_tls(struct serve *s) {
    char error[256];
    if (!s->config->tls_cert[0]
        || tls_context_new(s->config->tls_cert, s->config->tls_key, &s->tls, error) == 0)
        return 0;
    return complain("%s", error);
}

static int open_data(struct serve *s) {
    _cleanup_buf_ struct buf error = {0};
    struct store_config config = {.dir = s->config->data, .exclusive = true};
    if (store_open(&config, &s->store, &error) < 0)
        return complain("%.*s", STR_ARG(buf_str(&error)));
    s->bus = bus_new();
    s->media = media_new(&(struct media_config){0});
    s->presence = presence_new(&(struct presence_config){on_presence, s});
    s->domain = domain_new(&(struct domain_config){
        .store = s->store,
        .on_commit = on_commit,
        .on_commit_arg = s,
        .on_passing = on_passing,
        .on_passing_arg = s,
        .server_name = str_from(s->config->name),
        .version = STR(CONFAB_VERSION),
        .heartbeat_ms = (int)(s->config->heartbeat / 1000),
        .cheap_passwords = s->config->cheap_passwords,
        .rate_limits = s->config->rate_limits,
        .figures = figures_fill,
    });
    figures_set(s->domain, s->config->data);
    return 0;
}

/* Opens the address once, which finds out what is wrong with it; loops bind it again. */
static int try_address(struct serve *s, struct listen_address *a, const char *spec, bool others) {
    char text[LISTEN_TEXT];
    int fd = s->address_count < LISTENS_MOST ? listen_claim(a) : -ENOSPC;
    if (fd < 0 && others && (fd == -EADDRNOTAVAIL || fd == -EAFNOSUPPORT))
        return 0; /* a host name with an address that this machine does not have */
    if (fd == -EADDRINUSE)
        return complain("can't listen on %s: another program does so already; end it, or choose "
                        "another address with --listen",
            listen_text(a, text));
    if (fd < 0)
        return complain("can't listen on %s (%s): %s", spec, listen_text(a, text), strerror(-fd));
    s->unix_fds[s->address_count] = fd;
    s->addresses[s->address_count++] = *a;
    return 0;
}

static int open_listeners(struct serve *s) {
    for (size_t i = 0; i < s->config->listen.n; i++) {
        const char *spec = s->config->listen.items[i];
        struct listen_address found[LISTEN_ADDRESSES];
        int n = listen_resolve(str_from(spec), found);
        unsigned before = s->address_count;
        if (n < 0)
            return complain("can't listen on %s: %s", spec,
                n == -EINVAL ? "write host:port, the port from 0 to 65535, or unix:/path"
                             : "no such host");
        for (int k = 0; k < n; k++)
            if (try_address(s, &found[k], spec, n > 1) < 0)
                return -EINVAL;
        if (s->address_count == before)
            return complain("can't listen on %s: this machine has none of its addresses", spec);
    }
    return 0;
}

static struct str origin_of(const char *url) {
    struct str s = str_from(url);
    ptrdiff_t scheme = str_find_str(s, STR("://"));
    ptrdiff_t slash = scheme < 0 ? -1 : str_find(str_from_index(s, (size_t)scheme + 3), '/');
    return slash < 0 ? s : str_make(s.p, (size_t)(scheme + 3 + slash));
}

static int make_web_config(struct serve *s, struct web_config *ret_web) {
    const struct config *c = s->config;
    s->trusted = xcalloc(c->trusted_proxies.n, sizeof *s->trusted);
    s->origins = xcalloc(c->origins.n + 1, sizeof *s->origins);
    for (size_t i = 0; i < c->trusted_proxies.n; i++)
        if (address_range_parse(str_from(c->trusted_proxies.items[i]), &s->trusted[i]) < 0)
            return complain("trusted-proxies: %s is no address, no range and not `unix`",
                c->trusted_proxies.items[i]);
    for (size_t i = 0; i < c->origins.n; i++)
        s->origins[s->origin_count++] = origin_of(c->origins.items[i]);
    if (c->public_url[0])
        s->origins[s->origin_count++] = origin_of(c->public_url);
    s->site = static_site_new(static_client_files);
    *ret_web = (struct web_config){
        .trusted = s->trusted,
        .n_trusted = c->trusted_proxies.n,
        .origins = s->origins,
        .n_origins = s->origin_count,
        .body_bytes = (size_t)c->body_bytes,
        .queue_bytes = (size_t)c->queue_bytes,
        .compress = c->compression,
        .site = s->site,
    };
    return 0;
}

/* Each loop has a TCP listener of its own (SO_REUSEPORT); a Unix socket is shared. */
static int make_worker(struct serve *s, const struct web_config *web, unsigned index) {
    struct worker_listen listens[LISTENS_MOST];
    for (unsigned i = 0; i < s->address_count; i++) {
        bool is_unix = s->addresses[i].sa.ss_family == AF_UNIX;
        int fd = index == 0 ? s->unix_fds[i]
            : is_unix       ? dup(s->unix_fds[i])
                            : listen_open(&s->addresses[i]);
        if (fd < 0)
            return complain("can't listen once more for loop %u: %s", index, strerror(-fd));
        listens[i] = (struct worker_listen){fd, is_unix ? NULL : s->tls};
    }
    s->workers[s->worker_count++] = worker_new(&(struct worker_config){
        .index = index,
        .domain = s->domain,
        .media = s->media,
        .bus = s->bus,
        .presence = s->presence,
        .peers = s->peers,
        .shared = s->shared,
        .web = *web,
        .listens = listens,
        .listen_count = s->address_count,
        .heartbeat_ms = (int)(s->config->heartbeat / 1000),
        .command_limits = s->config->rate_limits,
        .debug_echo = s->config->debug_echo,
        .routes = metrics_routes,
        .route_count = metrics_route_count,
    });
    return 0;
}

static int open_all(struct serve *s, unsigned descriptor_limit) {
    struct web_config web;
    if (open_tls(s) < 0 || open_listeners(s) < 0 || open_data(s) < 0
        || make_web_config(s, &web) < 0)
        return -EINVAL;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned count = s->config->threads ? (unsigned)s->config->threads
        : cores > 0                     ? (unsigned)cores
                                        : 1;
    if (count > WORKERS_MOST)
        count = WORKERS_MOST;
    s->shared = api_shared_new(count);
    if (s->config->address_connections)
        s->peers = peers_new((unsigned)s->config->address_connections);
    for (unsigned i = 0; i < count; i++)
        if (make_worker(s, &web, i) < 0)
            return -EINVAL;
    metrics_set(&(struct metrics_sources){
        .workers = s->workers,
        .worker_count = s->worker_count,
        .store = s->store,
        .presence = s->presence,
        .off = strcmp(s->config->metrics, "off") == 0,
        .everyone = strcmp(s->config->metrics, "everyone") == 0,
        .descriptor_limit = descriptor_limit,
    });
    return 0;
}

/* -------------------------------------------------------------------------------------------------------
 * running */

static void tell_ready(const struct serve *s, int64_t began_us) {
    char text[LISTEN_TEXT];
    for (unsigned i = 0; i < s->address_count; i++)
        log_info("listening", "address=%s tls=%s", listen_text(&s->addresses[i], text),
            s->tls ? "yes" : "no");
    log_info("ready", "version=%s threads=%u data=%s ms=%.1f", CONFAB_VERSION, s->worker_count,
        log_quote(str_from(s->config->data)), (double)(clock_mono_us() - began_us) / 1000);
}

static void reload(struct serve *s) {
    char error[256];
    if (!s->tls)
        log_info("nothing to reload", "signal=HUP");
    else if (tls_context_reload(s->tls, error) < 0)
        log_error(
            "certificate not reloaded, the old one stays", "error=%s", log_quote(str_from(error)));
    else
        log_info("certificate reloaded", "file=%s", log_quote(str_from(s->config->tls_cert)));
}

static bool are_empty(const struct serve *s) {
    for (unsigned i = 0; i < s->worker_count; i++)
        if (!worker_is_empty(s->workers[i]))
            return false;
    return true;
}

static void drain(struct serve *s, int signal) {
    int64_t until = clock_mono_us() + s->config->drain;
    metrics_ready(false);
    log_info("draining", "signal=%d", signal);
    for (unsigned i = 0; i < s->worker_count; i++)
        worker_drain(s->workers[i]);
    while (!are_empty(s) && clock_mono_us() < until)
        nanosleep(&(struct timespec){.tv_nsec = POLL_MS * 1000000L}, NULL);
    domain_drain(s->domain);
    for (unsigned i = 0; i < s->worker_count; i++)
        worker_stop(s->workers[i]);
    domain_drain(s->domain); /* what loops cut short have still asked */
}

static void run(struct serve *s, const sigset_t *signals, int64_t began_us) {
    for (unsigned i = 0; i < s->worker_count; i++)
        worker_start(s->workers[i]);
    metrics_ready(true);
    tell_ready(s, began_us);
    const struct timespec second = {.tv_sec = 1};
    for (int signal = 0; signal <= 0 || signal == SIGHUP;) {
        signal = sigtimedwait(signals, NULL, &second);
        if (signal < 0) { /* a second has passed */
            domain_tick(s->domain);
            figures_tick();
        } else if (signal == SIGHUP)
            reload(s);
        else
            drain(s, signal);
    }
}

static void close_all(struct serve *s) {
    media_free(&s->media); /* first: what it ends goes to the workers' mailboxes */
    if (s->domain)
        domain_passing_end(s->domain);
    for (unsigned i = 0; i < s->worker_count; i++)
        worker_free(&s->workers[i]);
    domain_free(&s->domain);
    store_close(&s->store);
    presence_free(&s->presence);
    bus_free(&s->bus);
    api_shared_free(&s->shared);
    peers_free(&s->peers);
    static_site_free(&s->site);
    tls_context_free(&s->tls);
    free(s->trusted);
    free(s->origins);
}

int serve_main(const struct config *config) {
    int64_t began_us = clock_mono_us();
    struct serve *s = xcalloc(1, sizeof *s);
    enum log_level least = LOG_INFO;
    sigset_t signals;

    log_level_parse(str_from(config->log_level), &least);
    log_setup(least, strcmp(config->log_format, "json") == 0 ? LOG_JSON : LOG_LOGFMT);
    /* Blocked before any thread exists, so that all inherit it and only this one waits for them. */
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    CHECK(pthread_sigmask(SIG_BLOCK, &signals, NULL) == 0);
    CHECK(signal(SIGPIPE, SIG_IGN) != SIG_ERR);

    s->config = config;
    int r = open_all(s, net_raise_descriptor_limit());
    if (r == 0)
        r = arm_fault(config);
    if (r == 0)
        run(s, &signals, began_us);
    close_all(s);
    if (r == 0)
        log_info("stopped", "uptime_s=%lld", (long long)((clock_mono_us() - began_us) / SECOND_US));
    free(s);
    return r == 0 ? 0 : 1;
}
