/* What people put on messages: /rooms/{room}/messages/{message}/reactions, pin, star, hidden; and
 * the lists of them. */
#include "api/api_internal.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "routes_gen.h"

/* An operation about the message that the path names; NULL: refused already. */
static struct op *about_mark(struct request *r, enum op_kind kind, bool on) {
    id64 room, message;
    if (!api_param_id(r, 0, &room) || !api_param_id(r, 1, &message))
        return NULL;
    struct op *op = api_op(r, kind);
    op->in.mark.room = room;
    op->in.mark.message = message;
    op->in.mark.on = on;
    return op;
}

static void mark(struct request *r, enum op_kind kind, bool on) {
    struct op *op = about_mark(r, kind, on);
    if (op)
        api_submit(r, op, 204);
}

/* The emoji of the query. False: refused already, and the op is freed. */
static bool query_emoji(struct request *r, struct op *op, struct str *ret_emoji) {
    struct str text;
    if (request_query(r, STR("emoji"), &text) && utf8_valid(text)) {
        *ret_emoji = arena_str(op->arena, text);
        return true;
    }
    api_refuse(r, FAIL_FIELD_MISSING, "emoji", (struct str){0}, 0);
    op_free(&op);
    return false;
}

void api_message_reactions_get(struct request *r) {
    id64 room, message;
    if (!api_param_id(r, 0, &room) || !api_param_id(r, 1, &message))
        return;
    struct op *op = api_op(r, OP_REACTED_LIST);
    op->in.list.room = room;
    op->in.list.message = message;
    if (api_query_list(r, op, LIMIT_LIST, LIST_DEFAULT) && query_emoji(r, op, &op->in.list.emoji))
        api_submit(r, op, 200);
}

void api_message_reactions_put(struct request *r) {
    struct op *op = about_mark(r, OP_REACT, true);
    struct decode d;
    if (!op)
        return;
    decode_request(&d, r);
    d.into = op->arena;
    op->in.mark.emoji = decode_str(&d, "emoji");
    if (api_decoded(r, &d, op))
        api_submit(r, op, 204);
}

void api_message_reactions_delete(struct request *r) {
    struct op *op = about_mark(r, OP_REACT, false);
    if (op && query_emoji(r, op, &op->in.mark.emoji))
        api_submit(r, op, 204);
}

static void report(struct request *r, enum op_kind kind) {
    id64 room, message;
    struct decode d;
    if (!api_param_id(r, 0, &room) || !api_param_id(r, 1, &message))
        return;
    struct op *op = api_op(r, kind);
    op->in.report.room = room;
    op->in.report.message = message;
    decode_request(&d, r);
    d.into = op->arena;
    op->in.report.reason = decode_str(&d, "reason");
    if (api_decoded(r, &d, op))
        api_submit(r, op, 204);
}

void api_message_report_post(struct request *r) {
    report(r, OP_REPORT);
}

void api_whisper_report_post(struct request *r) {
    report(r, OP_WHISPER_REPORT);
}

void api_message_pin_put(struct request *r) {
    mark(r, OP_PIN, true);
}

void api_message_pin_delete(struct request *r) {
    mark(r, OP_PIN, false);
}

void api_pins_get(struct request *r) {
    id64 room;
    if (!api_param_id(r, 0, &room))
        return;
    struct op *op = api_op(r, OP_PINS_LIST);
    op->in.id = room;
    api_submit(r, op, 200);
}

void api_message_star_put(struct request *r) {
    mark(r, OP_STAR, true);
}

void api_message_star_delete(struct request *r) {
    mark(r, OP_STAR, false);
}

void api_me_stars_get(struct request *r) {
    struct op *op = api_op(r, OP_STARS_LIST);
    if (api_query_list(r, op, LIMIT_LIST, LIST_DEFAULT))
        api_submit(r, op, 200);
}

void api_me_mentions_get(struct request *r) {
    struct op *op = api_op(r, OP_MENTIONS_LIST);
    if (api_query_list(r, op, LIMIT_LIST, LIST_DEFAULT))
        api_submit(r, op, 200);
}

void api_message_hidden_put(struct request *r) {
    mark(r, OP_HIDE, true);
}
