/* /rooms/{room}/messages. */
#include "api/api_internal.h"
#include "base/limits.h"
#include "event/protocol.h"
#include "routes_gen.h"

#define SEQ_MOST (INT64_C(1) << 53)

void api_messages_get(struct request *r) {
    id64 room;
    int64_t before, after, around, limit;
    struct str text;
    id64 whisper = 0;
    if (!api_param_id(r, 0, &room) || !api_query_int(r, "before", 0, SEQ_MOST, -1, &before)
        || !api_query_int(r, "after", 0, SEQ_MOST, -1, &after)
        || !api_query_int(r, "around", 0, SEQ_MOST, -1, &around)
        || !api_query_int(r, "limit", 1, LIMIT_PAGE, PAGE_DEFAULT, &limit))
        return;
    if ((before >= 0) + (after >= 0) + (around >= 0) > 1) {
        api_refuse(r, FAIL_FIELD_INVALID, "before",
            STR("only one of before, after and around may be given"), 0);
        return;
    }
    if (request_query(r, STR("whisper"), &text)
        && (!id_parse(text, &whisper) || (before < 0 && after < 0))) {
        api_refuse(r, FAIL_FIELD_INVALID, "whisper",
            STR("the id of a whisper is expected, with before or after"), 0);
        return;
    }
    struct op *op = api_op(r, OP_MESSAGES_PAGE);
    op->in.page.whisper = whisper;
    op->in.page.room = room;
    op->in.page.before = before;
    op->in.page.after = after;
    op->in.page.around = around;
    op->in.page.limit = (int)limit;
    api_submit(r, op, 200);
}

void api_messages_post(struct request *r) {
    id64 room;
    enum MessageKind kind = MESSAGE_KIND_TEXT;
    if (!api_param_id(r, 0, &room))
        return;
    struct op *op = api_op(r, OP_MESSAGE_SEND);
    struct decode d;
    decode_request(&d, r);
    d.into = op->arena;
    struct str text = decode_str_optional(&d, "kind");
    if (text.p && (!message_kind_parse(text, &kind) || kind == MESSAGE_KIND_NOTICE))
        decode_refuse(&d, FAIL_FIELD_INVALID, "kind", "text or action is expected");
    op->in.message.room = room;
    op->in.message.client_id = decode_str(&d, "client_id");
    op->in.message.text = decode_str(&d, "text");
    op->in.message.kind = kind;
    op->in.message.reply_to = decode_int_optional(&d, "reply_to", 0);
    if (api_decoded(r, &d, op))
        api_submit(r, op, 201);
}

/* An operation about the message that the path names; NULL: refused already. */
static struct op *about_message(struct request *r, enum op_kind kind) {
    id64 room, message;
    if (!api_param_id(r, 0, &room) || !api_param_id(r, 1, &message))
        return NULL;
    struct op *op = api_op(r, kind);
    op->in.message.room = room;
    op->in.message.message = message;
    return op;
}

static void ask_about_message(struct request *r, enum op_kind kind, int ok) {
    struct op *op = about_message(r, kind);
    if (op)
        api_submit(r, op, ok);
}

void api_message_get(struct request *r) {
    ask_about_message(r, OP_MESSAGE_GET, 200);
}

void api_message_delete(struct request *r) {
    ask_about_message(r, OP_MESSAGE_DELETE, 204);
}

void api_message_edits_get(struct request *r) {
    ask_about_message(r, OP_MESSAGE_EDITS, 200);
}

void api_message_patch(struct request *r) {
    struct op *op = about_message(r, OP_MESSAGE_EDIT);
    struct decode d;
    if (!op)
        return;
    decode_request(&d, r);
    d.into = op->arena;
    op->in.message.text = decode_str(&d, "text");
    if (api_decoded(r, &d, op))
        api_submit(r, op, 200);
}

/* --- whispers */

static void read_kind(struct decode *d, struct op *op) {
    struct str text = decode_str_optional(d, "kind");
    enum MessageKind kind = MESSAGE_KIND_TEXT;
    if (text.p && (!message_kind_parse(text, &kind) || kind == MESSAGE_KIND_NOTICE))
        decode_refuse(d, FAIL_FIELD_INVALID, "kind", "text or action is expected");
    op->in.message.kind = kind;
}

void api_whispers_post(struct request *r) {
    id64 room;
    struct decode d;
    if (!api_param_id(r, 0, &room))
        return;
    struct op *op = api_op(r, OP_WHISPER);
    decode_request(&d, r);
    d.into = op->arena;
    read_kind(&d, op);
    op->in.message.room = room;
    op->in.message.to = decode_id(&d, "to");
    op->in.message.client_id = decode_str(&d, "client_id");
    op->in.message.text = decode_str(&d, "text");
    if (api_decoded(r, &d, op))
        api_submit(r, op, 201);
}

void api_whisper_get(struct request *r) {
    struct op *op = about_message(r, OP_WHISPER_GET);
    if (op)
        api_submit(r, op, 200);
}

void api_whisper_patch(struct request *r) {
    struct op *op = about_message(r, OP_WHISPER_EDIT);
    struct decode d;
    if (!op)
        return;
    decode_request(&d, r);
    d.into = op->arena;
    op->in.message.text = decode_str(&d, "text");
    if (api_decoded(r, &d, op))
        api_submit(r, op, 200);
}

void api_whisper_delete(struct request *r) {
    struct op *op = about_message(r, OP_WHISPER_DELETE);
    if (op)
        api_submit(r, op, 204);
}

void api_whispers_read_put(struct request *r) {
    id64 room;
    struct decode d;
    if (!api_param_id(r, 0, &room))
        return;
    struct op *op = api_op(r, OP_WHISPERS_READ);
    decode_request(&d, r);
    op->in.read.room = room;
    op->in.read.seq = decode_int(&d, "read");
    if (api_decoded(r, &d, op))
        api_submit(r, op, 204);
}
