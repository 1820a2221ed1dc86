/* HTTP/1.1 on one connection: idle -> head -> body -> busy (at the handler) -> idle ...
 *
 * One request at a time: the next one is looked at when the one before has been answered, so that
 * answers come in order and pipelined writes take effect in order (RFC 9112 9.3.2). What a client
 * sends meanwhile is held by the connection; beyond one head's worth we stop reading, and so do we
 * when it does not take its answers.
 *
 * Whoever sends something wrong gets its status and the connection is closed: where one request was
 * not understood, nothing says where the next one begins. */
#include <errno.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "net/listen.h"
#include "net/peers.h"
#include "web/web_internal.h"

#define HELD_MOST (LIMIT_HEAD_BYTES * 4)
#define UNTAKEN_ANSWERS_MOST (256 * 1024)
#define LINGER_SECONDS 2

static const struct conn_callbacks http_callbacks;

static struct http_conn *http_of(struct conn *c) {
    return c->owner;
}

static void on_free(struct net_task *t) {
    struct http_conn *h = container_of(t, struct http_conn, free_task);
    arena_free(&h->arena);
    free(h);
}

static void set_state(struct http_conn *h, int state) {
    const struct web_config *config = &h->web->config;
    if ((int)h->state == state || !h->conn)
        return;
    h->state = state;
    conn_deadline(h->conn,
        state == STATE_IDLE       ? config->idle_seconds
            : state == STATE_HEAD ? config->head_seconds
            : state == STATE_BODY ? config->body_seconds
                                  : 0);
}

/* Telling somebody by TLS takes a handshake: only so many in a second. */
static bool may_shake_hands(struct web *w) {
    int64_t second = clock_mono_us() / SECOND_US;
    if (second != w->shook_second) {
        w->shook_second = second;
        w->shook = 0;
    }
    return w->shook++ < LIMIT_TURNED_AWAY_TLS;
}

/* Whom there is no room for hears why, without a look at what they send; but not when many have to
 * be told at once. */
static void turn_away(struct http_conn *h) {
#define WORDS                                                  \
    "{\"type\":\"about:blank\",\"title\":\"" WEB_CROWDED_TITLE \
    "\",\"status\":429,\"code\":\"rate_limited\"}"
    _cleanup_buf_ struct buf out = {0};
    struct web *w = h->web;
    bool secure = conn_is_secure(h->conn);
    h->state = STATE_BUSY;
    if (w->turned_away >= LIMIT_TURNED_AWAY || (secure && !may_shake_hands(w))) {
        conn_close(h->conn, 0);
        return;
    }
    h->turned_away = true;
    w->turned_away++;
    buf_addf(&out,
        "HTTP/1.1 429 Too Many Requests\r\nDate: %s\r\nRetry-After: " WEB_CROWDED_RETRY
        "\r\nContent-Type: application/problem+json\r\nContent-Length: %zu\r\nCache-Control: "
        "no-store\r\nConnection: close\r\n\r\n" WORDS,
        web_date(w), sizeof WORDS - 1);
    conn_send_copy(h->conn, buf_str(&out));
    conn_finish(h->conn, LINGER_SECONDS);
    if (secure) /* which has to say something first */
        conn_deadline(h->conn, LIMIT_TURNED_AWAY_SECONDS);
#undef WORDS
}

void web_accept(void *arg, int fd, struct tls_context *tls) {
    struct web *w = arg;
    struct http_conn *h = xcalloc(1, sizeof *h);
    *h = (struct http_conn){.web = w, .keep_alive = true, .free_task.run = on_free};
    h->conn = conn_new(w->net, fd, tls, &http_callbacks, h);
    if (!h->conn) {
        free(h);
        return;
    }
    http_parser_init(&h->parser, w->config.body_bytes);
    h->parser.head_most = w->body_most;
    list_push_back(&w->https, &h->node);
    w->stats.http_open++;
    conn_deadline(h->conn, w->config.head_seconds);
    char text[CONN_ADDRESS];
    struct str address = str_make(text, conn_address(h->conn, text));
    if (web_is_trusted(w, address) || conn_count(h->conn, peers_key(address)))
        return;
    web_crowded(w, address);
    turn_away(h);
}

/* -------------------------------------------------------------------------------------------------------
 * the end */

static void leave(struct http_conn *h) {
    h->conn = NULL;
    h->web->turned_away -= h->turned_away;
    list_remove(&h->node);
    h->web->stats.http_open--;
    net_at_reap(h->web->net, &h->free_task);
}

struct conn *http_conn_detach(struct http_conn *h) {
    struct conn *c = h->conn;
    h->current = NULL;
    leave(h);
    conn_deadline(c, 0);
    conn_resume(c);
    conn_kick(c);
    return c;
}

static void on_closed(struct conn *c, int error) {
    struct http_conn *h = http_of(c);
    struct http_request *q = h->current;
    if (q) {
        q->r.conn = NULL;
        h->current = NULL;
        if (h->state == STATE_BODY) /* no handler knows of it */
            http_request_free(q);
    }
    leave(h);
}

static void refuse(struct http_conn *h, int status) {
    h->keep_alive = false;
    if (!h->current) {
        struct arena *arena = h->arena ? h->arena : arena_new();
        h->arena = NULL;
        h->current = http_request_new(h->web, h, arena);
        web_identify(h->current);
    }
    set_state(h, STATE_BUSY);
    request_refuse(&h->current->r, status);
}

static void on_timeout(struct conn *c) {
    struct http_conn *h = http_of(c);
    if (h->state == STATE_HEAD || h->state == STATE_BODY) {
        h->web->stats.timeouts++;
        refuse(h, 408);
    } else if (conn_queued(c) && conn_queued(c) != h->untaken) {
        /* Not idle: it takes a long answer, slowly. */
        h->untaken = conn_queued(c);
        conn_deadline(c, h->web->config.idle_seconds);
    } else {
        conn_close(c, 0);
    }
}

/* -------------------------------------------------------------------------------------------------------
 * requests */

void http_conn_responded(struct http_conn *h, bool close_after) {
    h->current = NULL;
    if (close_after || !h->keep_alive || h->web->draining) {
        conn_finish(h->conn, LINGER_SECONDS);
        return;
    }
    set_state(h, STATE_IDLE);
    if (h->in_loop)
        return;
    /* What was sent meanwhile has been held; the same call finds out that nothing was and the peer
     * had finished. */
    conn_resume(h->conn);
    if (conn_held(h->conn))
        conn_kick(h->conn);
    else if (h->ended)
        conn_finish(h->conn, LINGER_SECONDS);
}

void http_conn_drain(struct http_conn *h) {
    h->keep_alive = false;
    if (h->state == STATE_IDLE)
        conn_finish(h->conn, LINGER_SECONDS);
}

/* Most routes take small bodies. Where one takes more, how much memory strangers can hold is
 * bounded by how many such bodies are read at a time. 0, or the status to refuse with. */
static int admit_body(struct http_conn *h, struct http_request *q) {
    struct web *w = h->web;
    size_t usual = w->config.body_bytes;
    h->parser.body_most = usual;
    bool maybe = q->head.has_body && (q->head.length == 0 || q->head.length > usual);
    if (!maybe || w->body_most == usual)
        return 0;
    size_t most = web_body_most(q);
    if (q->head.length > most)
        return 413;
    if (most == usual)
        return 0;
    h->parser.body_most = most;
    return web_admit_large(q);
}

/* The head is whole: on with the body, unless that is refused. */
static void begin_request(struct http_conn *h, const struct http_head *head) {
    struct http_request *q = http_request_new(h->web, h, h->arena);
    h->arena = NULL;
    h->current = q;
    q->head = *head;
    h->keep_alive = head->keep_alive && !h->web->draining;
    set_state(h, STATE_BODY);
    web_identify(q);
    int status = admit_body(h, q);
    if (status)
        refuse(h, status);
    else if (head->expect_continue && head->has_body)
        conn_send_copy(h->conn, STR("HTTP/1.1 100 Continue\r\n\r\n"));
}

static int step_head(struct http_conn *h, char *p, size_t n, size_t *taken) {
    struct http_head head;
    if (!h->arena)
        h->arena = arena_new();
    int r = http_parser_head(&h->parser, h->arena, p, n, taken, &head);
    if (r == 0 && *taken < n) {
        set_state(h, STATE_HEAD);
    } else if (r == 0 && h->state == STATE_IDLE) {
        arena_free(&h->arena); /* idle connections hold nothing */
    } else if (r < 0) {
        refuse(h, -r);
    } else if (r > 0) {
        begin_request(h, &head);
    }
    return r;
}

static int step_body(struct http_conn *h, char *p, size_t n, size_t *taken) {
    struct http_request *q = h->current;
    int r = http_parser_body(&h->parser, p, n, taken, &q->body);
    if (r < 0) {
        refuse(h, -r);
    } else if (r > 0) {
        set_state(h, STATE_BUSY);
        q->r.body = buf_str(&q->body);
        web_dispatch(q);
    }
    return r;
}

/* All that came before the end has been looked at. It may have closed its half only and wait for an
 * answer; what it began and can't end is over. */
static void end_of_input(struct http_conn *h) {
    if (!conn_is_open(h->conn))
        return;
    if (h->state == STATE_HEAD || h->state == STATE_BODY)
        refuse(h, 400);
    else if (h->state == STATE_IDLE)
        conn_finish(h->conn, LINGER_SECONDS);
}

static size_t on_read(struct conn *c, char *p, size_t n) {
    struct http_conn *h = http_of(c);
    size_t at = 0;
    unsigned answered = 0;
    h->in_loop = true;
    while (h->conn && conn_is_open(c)) {
        size_t taken = 0;
        int r;
        if (h->state == STATE_BUSY || (at == n && h->state != STATE_BODY))
            break;
        if (h->state != STATE_BODY
            && (++answered > LIMIT_PIPELINE || conn_queued(c) > UNTAKEN_ANSWERS_MOST)) {
            /* Others have their turn first; or it takes its answers first (on_drained). */
            if (conn_queued(c) > UNTAKEN_ANSWERS_MOST)
                conn_pause(c);
            else
                conn_kick(c);
            break;
        }
        r = h->state == STATE_BODY ? step_body(h, p + at, n - at, &taken)
                                   : step_head(h, p + at, n - at, &taken);
        at += taken;
        if (r == 0)
            break;
    }
    h->in_loop = false;
    if (!h->conn)
        return at; /* handed on: the rest is the new owner's */
    if (n - at > HELD_MOST)
        conn_pause(c);
    if (h->ended && (at == n || h->state == STATE_HEAD))
        end_of_input(h);
    return conn_is_open(c) ? at : n;
}

static void on_drained(struct conn *c) {
    struct http_conn *h = http_of(c);
    if (h->state != STATE_BUSY)
        conn_resume(c);
}

static void on_end(struct conn *c) {
    struct http_conn *h = http_of(c);
    h->ended = true;
    if (h->state == STATE_HEAD && conn_held(c))
        conn_kick(c); /* end_of_input follows */
    else if (!conn_held(c))
        end_of_input(h);
}

static const struct conn_callbacks http_callbacks = {
    .on_read = on_read,
    .on_end = on_end,
    .on_drained = on_drained,
    .on_timeout = on_timeout,
    .on_closed = on_closed,
};
