/* The live endpoints: /api/v1/socket, /events, /poll, and POST /commands for the transports that
 * can't send.
 *
 * Whoever connects is asked for first (one read of the session); then the connection is accepted
 * and given to the hub. A connection belongs to the loop that accepted it, and its name tells which
 * one that is: a command over HTTP that comes in on another loop is carried there and back by
 * letter. */
#include <stdlib.h>

#include "api/api_internal.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/rand.h"
#include "domain/domain.h"
#include "event/protocol.h"
#include "routes_gen.h"
#include "web/live.h"

#define BURST (LIMIT_COMMANDS_PER_SECOND * 4)

/* One live connection. Goes when it has closed and no operation of its is on the way. */
struct client {
    struct api *api;
    struct live *live; /* NULL once closed */
    struct hub_conn *conn;
    int64_t refilled_us;
    uint16_t allowance; /* commands that it may send at once */
    uint16_t pending;   /* operations on their way */
    bool paused;
};

/* What an operation's answer must be sent back with; in the op's arena. */
struct asked {
    struct client *client;
    struct str id;
};

static void client_release(struct client *c) {
    if (!c->live && c->pending == 0)
        free(c);
}

static void send_json(struct client *c, struct buf *json) {
    struct frame *f = frame_new(buf_str(json));
    live_send(c->live, f);
    frame_unref(&f);
}

static void send_error(struct client *c, struct str id, enum fail fail, const char *field,
    struct str detail, int retry_after) {
    _cleanup_buf_ struct buf out = {0};
    struct json j = json_into(&out);
    struct blob *problem = api_problem(fail, field, detail, retry_after);
    json_obj_open(&j);
    json_key(&j, STR("type"));
    json_str(&j, STR("error"));
    if (id.n) {
        json_key(&j, STR("id"));
        json_str(&j, id);
    }
    json_key(&j, STR("problem"));
    json_raw(&j, blob_str(problem));
    json_obj_close(&j);
    blob_unref(&problem);
    send_json(c, &out);
}

static void send_reply(struct client *c, struct str id, struct str result) {
    _cleanup_buf_ struct buf out = {0};
    struct json j = json_into(&out);
    if (!id.n)
        return;
    pf_reply_put(&j, &(struct pf_reply){.id = id, .result = result});
    send_json(c, &out);
}

static void on_op_done(struct op *op) {
    struct asked *asked = op->data;
    struct client *c = asked->client;
    c->pending--;
    if (c->live && op->fail != FAIL_NONE)
        send_error(c, asked->id, op->fail, op->field, op->detail, op->retry_after);
    else if (c->live)
        send_reply(c, asked->id, blob_str(op->out));
    if (c->live && c->paused && c->pending <= LIMIT_PENDING_COMMANDS / 2) {
        c->paused = false;
        live_pause(c->live, false);
    }
    client_release(c);
    op_free(&op);
}

/* Operations in which the connection itself takes part. */
static bool is_of_connection(enum op_kind kind) {
    return kind == OP_PASSING_ENTER || kind == OP_PASSING_EXIT;
}

static void submit(struct client *c, const struct command *command) {
    struct op *op = command->op;
    struct asked *asked = arena_new_of(op->arena, struct asked);
    *asked = (struct asked){c, arena_str(op->arena, command->id)};
    op->home = c->api->config.home;
    op->who = *hub_who(c->conn);
    if (is_of_connection(op->kind))
        op->in.passing.connection = hub_name(c->conn);
    op->data = asked;
    op->on_done = on_op_done;
    if (++c->pending >= LIMIT_PENDING_COMMANDS && !c->paused) {
        c->paused = true;
        live_pause(c->live, true);
    }
    domain_submit(c->api->config.domain, op);
}

/* A bucket that fills with LIMIT_COMMANDS_PER_SECOND. */
static bool may_send(struct client *c) {
    if (!c->api->config.command_limits)
        return true;
    int64_t now = clock_mono_us(),
            earned = (now - c->refilled_us) * LIMIT_COMMANDS_PER_SECOND / SECOND_US;
    if (earned > 0) {
        c->allowance = (uint16_t)(c->allowance + earned > BURST ? BURST : c->allowance + earned);
        c->refilled_us = now;
    }
    if (c->allowance == 0)
        return false;
    c->allowance--;
    return true;
}

static void take_command(struct client *c, struct decode *d) {
    struct command command;
    command_read(d, &command);
    if (decode_failed(d)) {
        send_error(c, command.id, d->fail, d->field, d->detail, 0);
        return;
    }
    bool hello = command.kind == COMMAND_HELLO;
    if (hello == hub_said_hello(c->conn)) {
        const char *why = hello ? "hello was said already" : "the first command is hello";
        send_error(c, command.id, FAIL_BAD_REQUEST, "type", str_from(why), 0);
        op_free(&command.op);
        return;
    }
    if (!may_send(c)) {
        send_error(c, command.id, FAIL_RATE_LIMITED, NULL, (struct str){0}, 1);
        op_free(&command.op);
        return;
    }
    if (command.op) {
        submit(c, &command);
        return;
    }
    if (hello) {
        hub_hello(c->conn, command.epoch, command.useq, command.cursors, command.n);
        return;
    }
    enum fail fail = command_apply(c->conn, &command);
    if (fail != FAIL_NONE)
        send_error(c, command.id, fail, NULL, (struct str){0}, 0);
    else
        send_reply(c, command.id, STR("{}"));
}

static void on_message(struct live *l, struct str text) {
    struct client *c = live_data(l);
    struct arena *arena = arena_new();
    struct decode d;
    log_context.user = hub_who(c->conn)->user;
    decode_open(&d, arena, text);
    take_command(c, &d);
    decode_close(&d);
    arena_free(&arena);
    log_context.user = 0;
}

static void on_closed(struct live *l) {
    struct client *c = live_data(l);
    c->live = NULL;
    if (c->conn)
        hub_disconnect(&c->conn);
    client_release(c);
}

static const struct live_callbacks callbacks = {.on_message = on_message, .on_closed = on_closed};

/* -------------------------------------------------------------------------------------------------
 * connecting */

static void make_name(const struct api *a, char name[static ID_TEXT]) {
    id64 id = (id64)(rand_u64() >> 1);
    id_put((id & ~(id64)((1 << HUB_LOOP_BITS) - 1)) | a->config.loop, name);
}

static struct live *accept_as(struct request *r, enum live_kind kind, struct client *c) {
    switch (kind) {
    case LIVE_WS:
        return live_accept_ws(r, &callbacks, c);
    case LIVE_SSE:
        return live_accept_sse(r, &callbacks, c);
    case LIVE_POLL:
        return live_accept_poll(r, &callbacks, c);
    }
    return NULL;
}

/* The request is consumed. NULL: it was refused. */
static struct client *connect_client(
    struct request *r, enum live_kind kind, const struct who *who) {
    struct client *c = xcalloc(1, sizeof *c);
    char name[ID_TEXT];
    c->api = api_of(r);
    c->allowance = BURST;
    c->refilled_us = clock_mono_us();
    c->live = accept_as(r, kind, c);
    if (!c->live) {
        free(c);
        return NULL;
    }
    make_name(c->api, name);
    c->conn = hub_connect(c->api->config.hub, c->live, who, str_make(name, ID_TEXT));
    if (!c->conn) {
        live_close(c->live, 1008, STR("too many connections"));
        return NULL;
    }
    return c;
}

/* What waits for the answer to "who is this?"; in the op's arena. */
struct arrival {
    struct request *r;
    enum live_kind kind;
    struct command hello; /* SSE and long poll */
};

static void on_arrival(struct op *op) {
    struct arrival *a = op->data;
    if (op->fail != FAIL_NONE) {
        api_answer(a->r, op, 200);
        return;
    }
    struct client *c = connect_client(a->r, a->kind, &op->who);
    if (c && a->kind != LIVE_WS)
        hub_hello(c->conn, a->hello.epoch, a->hello.useq, a->hello.cursors, a->hello.n);
    op_free(&op);
}

static void arrive(struct request *r, enum live_kind kind) {
    struct op *op = api_op(r, OP_SESSION_GET);
    struct arrival *a = arena_new_of(op->arena, struct arrival);
    struct str text = STR("{}");
    struct decode d;
    *a = (struct arrival){.r = r, .kind = kind};
    if (kind != LIVE_WS) {
        request_query(r, STR("hello"), &text);
        decode_open(&d, op->arena, text);
        command_read_hello(&d, &a->hello);
        if (!api_decoded(r, &d, op))
            return;
    }
    op->data = a;
    op->on_done = on_arrival;
    domain_submit(api_of(r)->config.domain, op);
}

static void api_socket(struct request *r) {
    arrive(r, LIVE_WS);
}

static void api_events(struct request *r) {
    arrive(r, LIVE_SSE);
}

/* ---------------------------------------------------------------------------- requests about
 * another connection */

/* Travels from the loop of a request to the loop of a connection and back. */
struct errand {
    struct letter letter;
    struct request *r; /* touched at home only */
    struct api *home, *there;
    struct op *op;   /* whose arena everything lives in; says who asks */
    struct str name; /* of the connection */
    struct command command;
    struct op *wish;         /* NULL, or the command, where it is one for the writer */
    struct live_taker taker; /* polls */
    struct str frames;       /* polls: a JSON array, on the heap */
    bool is_poll;
    enum fail fail;
};

static void errand_free(struct errand *e) {
    struct op *op = e->op;
    free((char *)e->frames.p);
    op_free(&e->wish);
    op_free(&op);
}

/* The command is an operation, which says itself who asks; the errand is over. */
static void submit_wish(struct errand *e) {
    struct request *r = e->r;
    struct op *op = e->op, *wish = e->wish;
    e->wish = NULL;
    wish->home = op->home;
    wish->request = op->request;
    if (op->token.n)
        wish->token = arena_str(wish->arena, op->token);
    wish->address = arena_str(wish->arena, op->address);
    wish->agent = arena_str(wish->arena, op->agent);
    errand_free(e);
    api_submit(r, wish, 200);
}

static void on_errand_home(struct letter *letter) {
    struct errand *e = container_of(letter, struct errand, letter);
    struct request *r = e->r;
    if (e->fail == FAIL_NONE && e->wish) {
        submit_wish(e);
        return;
    }
    if (e->fail != FAIL_NONE) {
        api_refuse(r, e->fail, NULL, (struct str){0}, e->fail == FAIL_RATE_LIMITED ? 1 : 0);
    } else {
        request_add_header(r, STR("cache-control"), STR("no-store"));
        request_respond(r, 200, STR("application/json"), e->is_poll ? e->frames : STR("{}"));
    }
    errand_free(e);
}

static void send_home(struct errand *e, enum fail fail) {
    e->fail = fail;
    e->letter.on_arrive = on_errand_home;
    mailbox_post(e->home->config.home, &e->letter);
}

static void on_frames(struct live_taker *taker, struct str json) {
    struct errand *e = container_of(taker, struct errand, taker);
    e->frames = str_make(str_dup_z(json), json.n);
    send_home(e, FAIL_NONE);
}

static void on_errand_there(struct letter *letter) {
    struct errand *e = container_of(letter, struct errand, letter);
    struct hub_conn *conn = hub_find(e->there->config.hub, e->name, e->op->who.user);
    if (!conn) {
        send_home(e, FAIL_CONNECTION_UNKNOWN);
    } else if (!e->is_poll && !may_send(live_data(hub_live(conn)))) {
        send_home(e, FAIL_RATE_LIMITED);
    } else if (e->wish) {
        send_home(e, FAIL_NONE); /* it is theirs */
    } else if (!e->is_poll) {
        send_home(e, command_apply(conn, &e->command));
    } else if (live_kind(hub_live(conn)) != LIVE_POLL) {
        send_home(e, FAIL_CONNECTION_UNKNOWN);
    } else {
        e->taker.on_frames = on_frames;
        live_poll_take(hub_live(conn), &e->taker);
    }
}

static void on_errand_who(struct op *op) {
    struct errand *e = op->data;
    const struct api_shared *shared = e->home->config.shared;
    id64 name;
    if (op->fail == FAIL_NONE && !e->is_poll && e->command.kind == COMMAND_PING) {
        send_home(e, FAIL_NONE); /* needs no connection */
        return;
    }
    if (op->fail == FAIL_NONE && (!id_parse(e->name, &name) || hub_loop_of(name) >= shared->loops))
        op_fail(op, FAIL_CONNECTION_UNKNOWN, "connection", NULL);
    if (op->fail != FAIL_NONE) {
        op_free(&e->wish);
        api_answer(e->r, op, 200);
        return;
    }
    if (e->wish)
        e->wish->in.passing.connection = name;
    e->there = shared->apis[hub_loop_of(name)];
    e->letter.on_arrive = on_errand_there;
    mailbox_post(e->there->config.home, &e->letter);
}

static struct errand *errand_new(struct request *r) {
    struct op *op = api_op(r, OP_SESSION_GET);
    struct errand *e = arena_new_of(op->arena, struct errand);
    struct str name;
    e->r = r;
    e->home = api_of(r);
    e->op = op;
    if (request_query(r, STR("connection"), &name))
        e->name = arena_str(op->arena, name);
    op->data = e;
    op->on_done = on_errand_who;
    return e;
}

static void api_poll(struct request *r) {
    struct str name;
    if (!request_query(r, STR("connection"), &name)) {
        arrive(r, LIVE_POLL);
        return;
    }
    struct errand *e = errand_new(r);
    e->is_poll = true;
    domain_submit(e->home->config.domain, e->op);
}

void api_commands_post(struct request *r) {
    struct errand *e = errand_new(r);
    struct decode d;
    decode_request(&d, r);
    d.into = e->op->arena;
    command_read(&d, &e->command);
    if (!decode_failed(&d) && e->command.kind == COMMAND_HELLO)
        decode_refuse(&d, FAIL_COMMAND_UNKNOWN, "type", "hello opens a connection");
    e->wish = e->command.op;
    if (!api_decoded(r, &d, e->op))
        return;
    if (e->wish && !is_of_connection(e->wish->kind))
        submit_wish(e);
    else
        domain_submit(e->home->config.domain, e->op);
}

const struct web_route api_live_routes[] = {
    {METHOD_GET, "/api/v1/socket", api_socket, ACCESS_USER},
    {METHOD_GET, "/api/v1/events", api_events, ACCESS_USER},
    {METHOD_GET, "/api/v1/poll", api_poll, ACCESS_USER},
};
const size_t api_live_routes_n = sizeof api_live_routes / sizeof *api_live_routes;
