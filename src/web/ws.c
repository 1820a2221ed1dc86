/* WebSocket connections. A close goes three ways:
 *
 *     ours       close frame queued behind what waits; the peer has LIVE_CLOSE_SECONDS to take all
 * and answer theirs     answered with the same code; then the server ends TCP first (RFC
 * 6455 7.1.1) a mistake  close frame with the code that names it; what comes after is not looked at
 *
 * In each case on_closed is told at the end of the turn: the upper layers never see a connection
 * that is half there. */
#include <stdlib.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/log.h"
#include "web/live_internal.h"

#define ECHO_MESSAGE_BYTES (64u * 1024 * 1024) /* conformance suites send 16 MB */
#define ECHO_QUEUE_BYTES (1024 * 1024)

static struct live_ws *ws_of(struct conn *c) {
    return c->owner;
}

static void end(struct live *l, int code, struct str reason) {
    struct blob *b = websocket_frame_close(code, reason);
    if (!l->closing)
        conn_send(l->conn, b);
    blob_unref(&b);
    l->closing = true;
    conn_finish(l->conn, LIVE_CLOSE_SECONDS);
    live_tell_closed(l);
}

void live_ws_close(struct live *l, int code, struct str reason) {
    struct blob *b = websocket_frame_close(code, reason);
    conn_send(l->conn, b);
    blob_unref(&b);
    conn_resume(l->conn); /* its answer must be read, also when commands were paused */
    conn_deadline(l->conn, LIVE_CLOSE_SECONDS);
}

static void echo(struct live *l, const struct websocket_event *e) {
    struct blob *b = NULL;
    if (l->deflate && e->payload.n >= WS_DEFLATE_LEAST)
        b = websocket_frame_deflated(e->opcode, e->payload);
    if (!b)
        b = websocket_frame(e->opcode, e->payload);
    conn_send(l->conn, b);
    blob_unref(&b);
    if (conn_queued(l->conn) > ECHO_QUEUE_BYTES)
        live_pause(l, true); /* until on_drained */
}

static void on_ping(struct live *l, struct str payload) {
    struct blob *b = websocket_frame(WS_PONG, payload);
    size_t bound = l->echo ? ECHO_MESSAGE_BYTES : l->web->config.queue_bytes;
    if (!l->closing && conn_queued(l->conn) + b->n <= bound)
        conn_send(l->conn, b);
    blob_unref(&b);
}

static void on_event(struct live *l, const struct websocket_event *e) {
    switch (e->opcode) {
    case WS_PING:
        on_ping(l, e->payload);
        return;
    case WS_PONG:
        return;
    case WS_CLOSE:
        end(l, e->code, (struct str){0});
        return;
    default:
        break;
    }
    if (l->closing)
        return;
    if (!l->heard)
        conn_deadline(l->conn, 0);
    l->heard = true;
    l->web->stats.messages_in++;
    if (l->echo)
        echo(l, e);
    else
        l->cb->on_message(l, e->payload);
}

static size_t on_read(struct conn *c, char *p, size_t n) {
    struct live_ws *ws = ws_of(c);
    struct live *l = &ws->l;
    struct websocket_limits limits = {
        .message_bytes = l->echo ? ECHO_MESSAGE_BYTES : l->web->config.message_bytes,
        .text_only = !l->echo,
    };
    struct log_context before = log_context;
    log_context = (struct log_context){.conn = c->id};
    char *at = p;
    size_t left = n;
    while (conn_is_open(c) && !(l->paused && !l->closing)) {
        struct websocket_event e;
        int r = websocket_parser_feed(&ws->parser, l->web->inflater, &limits, &at, &left, &e);
        if (r == 0)
            break;
        if (r < 0)
            end(l, -r, (struct str){0});
        else
            on_event(l, &e);
    }
    log_context = before;
    return conn_is_open(c) ? n - left : n;
}

static void on_drained(struct conn *c) {
    struct live *l = &ws_of(c)->l;
    if (l->echo && l->paused)
        live_pause(l, false);
}

static void on_timeout(struct conn *c) {
    struct live *l = &ws_of(c)->l;
    if (l->closing)
        conn_close(c, 0); /* it did not answer our close */
    else
        end(l, WS_CLOSE_PROTOCOL, STR("nothing was said"));
}

static void on_closed(struct conn *c, int error) {
    struct live *l = &ws_of(c)->l;
    l->conn = NULL;
    live_free(l);
}

static const struct conn_callbacks ws_callbacks = {
    .on_read = on_read,
    .on_drained = on_drained,
    .on_timeout = on_timeout,
    .on_closed = on_closed,
};

void live_ws_fini(struct live *l) {
    websocket_parser_fini(&container_of(l, struct live_ws, l)->parser);
}

/* -------------------------------------------------------------------------------------------------------
 * handshake */

static bool header_has(struct request *r, struct str name, struct str token) {
    return http_head_has_token(&http_request_of(r)->head, name, token);
}

/* 0, or the status to refuse with (RFC 6455 4.2.1). */
static int check_handshake(struct request *r) {
    struct http_request *q = http_request_of(r);
    if (r->method != METHOD_GET || q->head.minor == 0)
        return 400;
    if (!header_has(r, STR("upgrade"), STR("websocket"))
        || !header_has(r, STR("connection"), STR("upgrade"))) {
        request_add_header(r, STR("Upgrade"), STR("websocket"));
        return 426;
    }
    if (!str_eq(request_header(r, STR("sec-websocket-version")), STR("13"))) {
        request_add_header(r, STR("Sec-WebSocket-Version"), STR("13"));
        request_add_header(r, STR("Upgrade"), STR("websocket"));
        return 426;
    }
    if (!websocket_key_is_valid(request_header(r, STR("sec-websocket-key"))) || r->body.n > 0)
        return 400;
    return request_origin_allowed(r) ? 0 : 403;
}

static void send_handshake(struct request *r, struct live *l) {
    struct http_request *q = http_request_of(r);
    _cleanup_buf_ struct buf out = {0};
    _cleanup_buf_ struct buf extensions = {0};
    char accept[WS_ACCEPT];
    websocket_accept_key(request_header(r, STR("sec-websocket-key")), accept);
    struct str offers = request_header(r, STR("sec-websocket-extensions"));
    l->deflate = r->web->config.compress && websocket_negotiate_deflate(offers, &extensions);
    q->has_cache_control = true;
    http_response_begin(q, 101, &out);
    buf_addf(&out, "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %.*s\r\n",
        WS_ACCEPT, accept);
    if (l->deflate)
        buf_addf(&out, "Sec-WebSocket-Extensions: %.*s\r\n", STR_ARG(buf_str(&extensions)));
    buf_add_str(&out, STR("\r\n"));
    conn_send_copy(l->conn, buf_str(&out));
}

struct live *live_ws_accept(
    struct request *r, const struct live_callbacks *cb, void *data, bool echo_messages) {
    struct http_request *q = http_request_of(r);
    struct web *w = r->web;
    if (!r->conn) {
        http_request_free(q);
        return NULL;
    }
    int refused = check_handshake(r);
    if (refused == 403) {
        request_problem(r, 403, STR("cross_site"), STR("This request came from another site"));
        return NULL;
    }
    if (refused || w->draining) {
        request_refuse(r, refused ? refused : 503);
        return NULL;
    }
    if (!web_admit_live(r))
        return NULL;
    struct live_ws *ws = xcalloc(1, sizeof *ws);
    struct live *l = &ws->l;
    live_init(l, w, LIVE_WS, cb, data);
    l->echo = echo_messages;
    l->conn = http_conn_detach(r->conn);
    conn_set_owner(l->conn, &ws_callbacks, ws);
    conn_deadline(l->conn, LIMIT_HELLO_SECONDS);
    send_handshake(r, l);
    websocket_parser_init(&ws->parser, l->deflate);
    w->stats.requests++;
    w->stats.responses[1]++;
    http_request_log(q, 101, 0);
    http_request_free(q);
    if (l->conn->ended) /* it had finished before it was accepted */
        conn_close(l->conn, 0);
    return l;
}

struct live *live_accept_ws(struct request *r, const struct live_callbacks *cb, void *data) {
    return live_ws_accept(r, cb, data, false);
}

/* -------------------------------------------------------------------------------------------------------
 * origin */

static struct str without_scheme(struct str origin, bool *ret_secure) {
    *ret_secure = str_has_prefix(origin, STR("https://"));
    if (*ret_secure)
        return str_from_index(origin, 8);
    return str_has_prefix(origin, STR("http://")) ? str_from_index(origin, 7) : (struct str){0};
}

static struct str without_port(struct str host, struct str port) {
    return str_has_suffix(host, port) ? str_make(host.p, host.n - port.n) : host;
}

bool request_origin_allowed(const struct request *r) {
    struct str origin = request_header(r, STR("origin"));
    const struct web_config *config = &r->web->config;
    bool secure;
    if (!origin.p) /* programs send none */
        return true;
    for (size_t i = 0; i < config->n_origins; i++)
        if (str_eq_nocase(origin, config->origins[i]))
            return true;
    /* The scheme is compared only where we know it: behind a proxy that is not trusted we see plain
     * HTTP. */
    struct str host = without_scheme(origin, &secure);
    if (host.n == 0 || r->host.n == 0 || (r->secure && !secure))
        return false;
    struct str port = secure ? STR(":443") : STR(":80");
    return str_eq_nocase(without_port(host, port), without_port(r->host, port));
}
