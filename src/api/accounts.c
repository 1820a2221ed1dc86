/* /server, /accounts, /session, /me: who one is; profiles.c has what one tells of oneself. */
#include "api/api_internal.h"
#include "domain/domain.h"
#include "routes_gen.h"

/* For whoever asks: a stale cookie must not stand in the way here, nor when signing in. */
static struct op *anybodys_op(struct request *r, enum op_kind kind) {
    struct op *op = api_op(r, kind);
    op->token = (struct str){0};
    return op;
}

void api_server_get(struct request *r) {
    api_submit(r, anybodys_op(r, OP_SERVER_GET), 200);
}

static void sign_in(struct request *r, enum op_kind kind, int ok) {
    struct op *op = anybodys_op(r, kind);
    struct decode d;
    decode_request(&d, r);
    d.into = op->arena;
    op->in.account.name = decode_str(&d, "name");
    op->in.account.password = decode_str(&d, "password");
    op->in.account.want_token = decode_bool_optional(&d, "token", false);
    op->in.account.label = decode_str_optional(&d, "label");
    if (kind == OP_ACCOUNT_CREATE) {
        op->in.account.display_name = decode_str_optional(&d, "display_name");
        op->in.account.invite = decode_str_optional(&d, "invite");
    }
    if (api_decoded(r, &d, op))
        api_submit(r, op, ok);
}

void api_accounts_post(struct request *r) {
    sign_in(r, OP_ACCOUNT_CREATE, 201);
}

void api_session_post(struct request *r) {
    sign_in(r, OP_SIGN_IN, 200);
}

void api_resets_look(struct request *r) {
    struct op *op = anybodys_op(r, OP_RESET_LOOK);
    struct decode d;
    decode_request(&d, r);
    d.into = op->arena;
    op->in.reset.token = decode_str(&d, "token");
    if (api_decoded(r, &d, op))
        api_submit(r, op, 200);
}

void api_resets_post(struct request *r) {
    struct op *op = anybodys_op(r, OP_RESET_USE);
    struct decode d;
    decode_request(&d, r);
    d.into = op->arena;
    op->in.reset.token = decode_str(&d, "token");
    op->in.reset.password = decode_str(&d, "password");
    if (api_decoded(r, &d, op))
        api_submit(r, op, 200);
}

/* Nobody is no failure here: whoever opens the page for the first time asks this first. */
void api_session_get(struct request *r) {
    if (api_token(r).n) {
        api_submit(r, api_op(r, OP_SESSION_GET), 200);
        return;
    }
    request_add_header(r, STR("cache-control"), STR("no-store"));
    request_respond(r, 204, STR(""), STR(""));
}

void api_session_delete(struct request *r) {
    api_submit(r, api_op(r, OP_SIGN_OUT), 204);
}

static void on_me(struct op *op) {
    struct request *r = op->data;
    id64 me = op->who.user;
    if (op->fail != FAIL_NONE) {
        api_answer(r, op, 200);
        return;
    }
    op_free(&op);
    op = api_op(r, OP_USER_GET);
    op->in.id = me;
    api_submit(r, op, 200);
}

/* Who one is comes from the session; the person is then read like any other. */
void api_me_get(struct request *r) {
    struct op *op = api_op(r, OP_SESSION_GET);
    op->data = r;
    op->on_done = on_me;
    domain_submit(api_of(r)->config.domain, op);
}

void api_me_password_put(struct request *r) {
    struct op *op = api_op(r, OP_PASSWORD_CHANGE);
    struct decode d;
    decode_request(&d, r);
    d.into = op->arena;
    op->in.password.current = decode_str(&d, "current");
    op->in.password.fresh = decode_str(&d, "password");
    if (api_decoded(r, &d, op))
        api_submit(r, op, 204);
}

void api_me_sessions_get(struct request *r) {
    api_submit(r, api_op(r, OP_SESSIONS_LIST), 200);
}

void api_me_sessions_delete(struct request *r) {
    api_submit(r, api_op(r, OP_SESSIONS_END), 204);
}

void api_me_session_delete(struct request *r) {
    id64 id;
    if (!api_param_id(r, 0, &id))
        return;
    struct op *op = api_op(r, OP_SESSION_END);
    op->in.id = id;
    api_submit(r, op, 204);
}
