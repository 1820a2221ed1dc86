/* From a request to an operation, and from its answer to the response. */
#include "api/api_internal.h"
#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "domain/domain.h"
#include "event/protocol.h"

#define COOKIE "confab_session"
#define COOKIE_SECONDS (30 * 24 * 3600) /* as long as a session lasts unused */

struct blob *api_problem(enum fail fail, const char *field, struct str detail, int retry_after) {
    _cleanup_buf_ struct buf out = {0}, type = {0};
    struct json j = json_into(&out);
    buf_add_str(&type, STR("about:blank#"));
    buf_add_str(&type, fail_code(fail));
    p_problem_put(&j,
        &(struct p_problem){
            .type = buf_str(&type),
            .title = fail_title(fail),
            .status = fail_status(fail),
            .code = fail_code(fail),
            .detail = detail.n ? detail : (struct str){0},
            .field = str_from(field),
            .has_retry_after = retry_after > 0,
            .retry_after = retry_after,
        });
    return blob_new(buf_str(&out));
}

void api_refuse(
    struct request *r, enum fail fail, const char *field, struct str detail, int retry_after) {
    struct blob *body = api_problem(fail, field, detail, retry_after);
    request_add_header(r, STR("cache-control"), STR("no-store"));
    if (retry_after > 0)
        request_add_header(r, STR("retry-after"), arena_printf(r->arena, "%d", retry_after));
    if (fail == FAIL_SIGNED_OUT)
        request_add_header(r, STR("www-authenticate"), STR("Bearer"));
    request_respond_blob(r, fail_status(fail), STR("application/problem+json"), body);
    blob_unref(&body);
}

struct str api_token(const struct request *r) {
    struct str authorization = request_header(r, STR("authorization")), cookie;
    if (authorization.n > 7 && str_eq_nocase(str_make(authorization.p, 7), STR("bearer ")))
        return str_trim(str_from_index(authorization, 7));
    return request_cookie(r, STR(COOKIE), &cookie) ? cookie : (struct str){0};
}

struct op *api_op(struct request *r, enum op_kind kind) {
    struct op *op = op_new(kind);
    struct str token = api_token(r), agent = request_header(r, STR("user-agent"));
    op->home = api_of(r)->config.home;
    op->request = r->id;
    if (token.n)
        op->token = arena_str(op->arena, token);
    op->address = arena_str(op->arena, r->address);
    op->agent = arena_str(op->arena, agent);
    return op;
}

static void set_cookie(struct request *r, struct str token, int seconds) {
    struct str value =
        arena_printf(r->arena, COOKIE "=%.*s; Path=/; Max-Age=%d; HttpOnly; SameSite=Lax%s",
            STR_ARG(token), seconds, r->secure ? "; Secure" : "");
    request_add_header(r, STR("set-cookie"), value);
}

void api_answer(struct request *r, struct op *op, int ok) {
    if (op->fail != FAIL_NONE) {
        if (op->kind == OP_SESSION_GET && op->fail == FAIL_SIGNED_OUT)
            set_cookie(r, STR(""), 0); /* it names nothing: the next time nobody is asked for */
        api_refuse(r, op->fail, op->field, op->detail, op->retry_after);
        op_free(&op);
        return;
    }
    bool signs_in = op->kind == OP_SIGN_IN || op->kind == OP_ACCOUNT_CREATE;
    if ((signs_in && !op->in.account.want_token) || op->kind == OP_RESET_USE)
        set_cookie(r, op->new_token, COOKIE_SECONDS);
    if (op->kind == OP_SIGN_OUT)
        set_cookie(r, STR(""), 0);
    request_add_header(r, STR("cache-control"), STR("no-store"));
    int status = ok == 201 && !op->created ? 200 : ok;
    if (op->out && status != 204)
        request_respond_blob(r, status, STR("application/json"), op->out);
    else
        request_respond(r, status == 204 ? 204 : status, STR(""), STR(""));
    op_free(&op);
}

static void on_done(struct op *op) {
    struct request *r = op->data;
    api_answer(r, op, (int)(intptr_t)r->data);
}

void api_submit(struct request *r, struct op *op, int ok) {
    r->data = (void *)(intptr_t)ok;
    op->data = r;
    op->on_done = on_done;
    domain_submit(api_of(r)->config.domain, op);
}

/* A page of another site can make a browser send our cookie along: SameSite=Lax keeps it from
 * unsafe requests of such pages, and what the browser says of the request's origin is checked on
 * top. Bearer tokens are never sent by a browser itself. */
static bool is_cross_site(struct request *r) {
    bool is_unsafe =
        r->method != METHOD_GET && r->method != METHOD_HEAD && r->method != METHOD_OPTIONS;
    if (!is_unsafe || request_header(r, STR("authorization")).n
        || !str_has_prefix(r->path, STR("/api/")))
        return false;
    struct str site = request_header(r, STR("sec-fetch-site"));
    bool is_foreign = site.n && !str_eq(site, STR("same-origin")) && !str_eq(site, STR("none"));
    /* An origin that the operator allows is another site to the browser, but not to us. */
    return !request_origin_allowed(r) || (is_foreign && !request_header(r, STR("origin")).n);
}

/* Who shows no token is asked to sign in before anything is said of what else they sent. Whether a
 * token is good, the domain knows. */
bool api_on_request(struct request *r) {
    const struct web_route *route = request_route(r);
    enum fail fail = is_cross_site(r)                                    ? FAIL_CROSS_SITE
        : route && route->access != ACCESS_PUBLIC && api_token(r).n == 0 ? FAIL_SIGNED_OUT
                                                                         : FAIL_NONE;
    if (fail != FAIL_NONE)
        api_refuse(r, fail, NULL, (struct str){0}, 0);
    return fail == FAIL_NONE;
}

bool api_query_int(struct request *r, const char *name, int64_t least, int64_t most,
    int64_t otherwise, int64_t *ret_value) {
    struct str text;
    *ret_value = otherwise;
    if (!request_query(r, str_from(name), &text))
        return true;
    if (str_to_i64(text, ret_value) == 0 && *ret_value >= least && *ret_value <= most)
        return true;
    struct str detail = arena_printf(r->arena, "a whole number from %lld to %lld is expected",
        (long long)least, (long long)most);
    api_refuse(r, FAIL_FIELD_INVALID, name, detail, 0);
    return false;
}

bool api_param_id(struct request *r, unsigned i, id64 *ret_id) {
    if (id_parse(r->param[i], ret_id))
        return true;
    api_refuse(r, FAIL_NOT_FOUND, NULL, (struct str){0}, 0);
    return false;
}

bool api_query_list(struct request *r, struct op *op, int most, int otherwise) {
    int64_t limit;
    struct str text;
    if (!api_query_int(r, "limit", 1, most, otherwise, &limit)) {
        op_free(&op);
        return false;
    }
    op->in.list.limit = (int)limit;
    if (request_query(r, STR("q"), &text))
        op->in.list.q = arena_str(op->arena, text);
    if (request_query(r, STR("cursor"), &text))
        op->in.list.cursor = arena_str(op->arena, text);
    if (utf8_valid(op->in.list.q) && utf8_count(op->in.list.q) <= LIMIT_QUERY_CHARS
        && utf8_valid(op->in.list.cursor))
        return true;
    api_refuse(r, FAIL_FIELD_INVALID, "q", STR("at most 200 characters of UTF-8 are expected"), 0);
    op_free(&op);
    return false;
}

bool api_decoded(struct request *r, struct decode *d, struct op *op) {
    decode_close(d);
    if (!decode_failed(d))
        return true;
    op_free(&op);
    api_refuse(r, d->fail, d->field, d->detail, 0);
    return false;
}

void api_wrong(struct op *op, enum fail fail, const char *field, struct str detail) {
    if (op->wrong.fail != FAIL_NONE)
        return;
    op->wrong.fail = fail;
    op->wrong.field = field;
    op->wrong.detail = detail.n ? arena_str(op->arena, detail) : (struct str){0};
}

void api_submit_checked(struct request *r, struct decode *d, struct op *op, int ok) {
    if (d) {
        decode_close(d);
        if (decode_failed(d))
            api_wrong(op, d->fail, d->field, d->detail);
    }
    api_submit(r, op, ok);
}
