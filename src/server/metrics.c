#include "server/metrics.h"

#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "hub/presence.h"
#include "server/worker.h"
#include "store/store.h"

static struct metrics_sources sources;
static atomic_bool is_ready;
static int64_t started_us;

void metrics_set(const struct metrics_sources *s) {
    sources = *s;
    started_us = clock_mono_us();
}

void metrics_ready(bool ready) {
    atomic_store(&is_ready, ready);
}

static void on_healthz(struct request *r) {
    request_respond(r, 200, STR("text/plain"), STR("ok\n"));
}

static void on_readyz(struct request *r) {
    bool ready = atomic_load(&is_ready);
    request_respond(
        r, ready ? 200 : 503, STR("text/plain"), ready ? STR("ready\n") : STR("not ready\n"));
}

static void line(
    struct buf *out, const char *name, const char *type, const char *help, double value) {
    buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n%s %.17g\n", name, help, name, type, name, value);
}

int64_t metrics_resident_bytes(void) {
    long pages = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    if (!f)
        return 0;
    if (fscanf(f, "%ld %ld", &pages, &resident) != 2)
        resident = 0;
    fclose(f);
    return resident * sysconf(_SC_PAGESIZE);
}

static struct worker_stats sum_workers(void) {
    struct worker_stats sum = {0};
    for (unsigned i = 0; i < sources.worker_count; i++) {
        struct worker_stats s = worker_stats(sources.workers[i]);
        sum.live += s.live;
        sum.web.requests += s.web.requests;
        for (int class = 0; class < 6; class ++)
            sum.web.responses[class] += s.web.responses[class];
        sum.web.messages_in += s.web.messages_in;
        sum.web.slow_dropped += s.web.slow_dropped;
        sum.web.timeouts += s.web.timeouts;
        sum.web.crowded += s.web.crowded;
        sum.web.http_open += s.web.http_open;
        sum.web.ws_open += s.web.ws_open;
        sum.web.sse_open += s.web.sse_open;
        sum.web.poll_open += s.web.poll_open;
        sum.net.accepted += s.net.accepted;
        sum.net.refused += s.net.refused;
        sum.net.bytes_in += s.net.bytes_in;
        sum.net.bytes_out += s.net.bytes_out;
        sum.net.writes += s.net.writes;
        sum.net.tls_failed += s.net.tls_failed;
    }
    return sum;
}

int64_t metrics_people_online(void) {
    return presence_online(sources.presence);
}

int64_t metrics_live_connections(void) {
    struct worker_stats s = sum_workers();
    return (int64_t)s.web.ws_open + s.web.sse_open + s.web.poll_open;
}

static void add_web(struct buf *out) {
    struct worker_stats s = sum_workers();
    buf_addf(out,
        "# HELP confab_connections Open connections by kind.\n# TYPE confab_connections gauge\n");
    buf_addf(out,
        "confab_connections{kind=\"http\"} %u\nconfab_connections{kind=\"websocket\"} %u\n",
        s.web.http_open, s.web.ws_open);
    buf_addf(out, "confab_connections{kind=\"sse\"} %u\nconfab_connections{kind=\"poll\"} %u\n",
        s.web.sse_open, s.web.poll_open);
    buf_addf(out,
        "# HELP confab_responses_total HTTP responses by class.\n# TYPE confab_responses_total "
        "counter\n");
    for (int class = 1; class < 6; class ++)
        buf_addf(out, "confab_responses_total{class=\"%dxx\"} %llu\n", class,
            (unsigned long long)s.web.responses[class]);
    line(out, "confab_requests_total", "counter", "HTTP requests.", (double)s.web.requests);
    line(out, "confab_messages_in_total", "counter", "WebSocket messages received.",
        (double)s.web.messages_in);
    line(out, "confab_slow_dropped_total", "counter",
        "Live connections dropped for reading too slowly.", (double)s.web.slow_dropped);
    line(out, "confab_timeouts_total", "counter", "Requests that came too slowly.",
        (double)s.web.timeouts);
    line(out, "confab_accepted_total", "counter", "Connections accepted.", (double)s.net.accepted);
    line(out, "confab_refused_total", "counter",
        "Connections closed at once for want of descriptors.", (double)s.net.refused);
    line(out, "confab_crowded_total", "counter",
        "Connections refused because their address had too many.", (double)s.web.crowded);
    line(out, "confab_bytes_in_total", "counter", "Bytes received.", (double)s.net.bytes_in);
    line(out, "confab_bytes_out_total", "counter", "Bytes sent.", (double)s.net.bytes_out);
    line(out, "confab_writes_total", "counter", "System calls that sent them.",
        (double)s.net.writes);
    line(out, "confab_tls_failed_total", "counter", "TLS handshakes that failed.",
        (double)s.net.tls_failed);
}

static void add_store(struct buf *out) {
    struct store_stats s = store_stats(sources.store);
    line(out, "confab_commits_total", "counter", "Group commits.", (double)s.commits);
    line(out, "confab_commands_total", "counter", "Commands run by the writer.", (double)s.jobs);
    line(out, "confab_reads_total", "counter", "Reads run.", (double)s.reads);
    line(out, "confab_failed_commits_total", "counter", "Commits that failed.",
        (double)s.failed_commits);
    line(out, "confab_refused_commands_total", "counter",
        "Commands refused because too many waited.", (double)s.refused);
    line(out, "confab_commands_waiting", "gauge", "Commands in the writer's queue.",
        (double)s.waiting);
    line(out, "confab_commit_batch_max", "gauge", "Most commands in one commit.",
        (double)s.batch_max);
    line(out, "confab_commit_seconds_total", "counter", "Time spent in COMMIT.",
        (double)s.commit_total_us / 1e6);
    line(out, "confab_commit_seconds_max", "gauge", "Longest COMMIT.",
        (double)s.commit_max_us / 1e6);
}

static bool may_read(const struct request *r) {
    bool is_local = str_has_prefix(r->address, STR("127.")) || str_eq(r->address, STR("::1"))
        || r->address.n == 0 || str_eq(r->address, STR("unix"));
    /* Behind a proxy that is not trusted, everybody looks local: what it says of them is enough to
     * refuse. */
    bool is_forwarded =
        request_header(r, STR("x-forwarded-for")).n || request_header(r, STR("forwarded")).n;
    return !sources.off && (sources.everyone || (is_local && !is_forwarded));
}

static void on_metrics(struct request *r) {
    _cleanup_buf_ struct buf out = {0};
    if (!may_read(r)) {
        request_refuse(r, 404);
        return;
    }
    line(&out, "confab_uptime_seconds", "gauge", "Time since start.",
        (double)(clock_mono_us() - started_us) / 1e6);
    line(&out, "confab_people_online", "gauge", "People with a live connection.",
        presence_online(sources.presence));
    line(&out, "confab_resident_bytes", "gauge", "Resident memory.",
        (double)metrics_resident_bytes());
    line(&out, "confab_descriptors_open", "gauge", "Connections' descriptors.",
        net_descriptors_open());
    line(&out, "confab_descriptors_limit", "gauge", "Descriptors that the process may open.",
        sources.descriptor_limit);
    add_web(&out);
    add_store(&out);
    request_respond(r, 200, STR("text/plain; version=0.0.4"), buf_str(&out));
}

const struct web_route metrics_routes[] = {
    {METHOD_GET, "/healthz", on_healthz, 0},
    {METHOD_GET, "/readyz", on_readyz, 0},
    {METHOD_GET, "/metrics", on_metrics, 0},
};
const size_t metrics_route_count = sizeof metrics_routes / sizeof *metrics_routes;
