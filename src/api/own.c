/* What people set for themselves in a room: /rooms/{room}/notify, draft, read, unread; /me/blocked.
 */
#include "api/api_internal.h"
#include "routes_gen.h"

/* An operation about the room that the path names; NULL: refused already. */
static struct op *about_own(struct request *r, enum op_kind kind) {
    id64 room;
    if (!api_param_id(r, 0, &room))
        return NULL;
    struct op *op = api_op(r, kind);
    op->in.own.room = room;
    return op;
}

void api_notify_put(struct request *r) {
    struct op *op = about_own(r, OP_NOTIFY);
    struct decode d;
    if (!op)
        return;
    decode_request(&d, r);
    op->in.own.level = command_read_level(&d);
    if (api_decoded(r, &d, op))
        api_submit(r, op, 204);
}

void api_draft_put(struct request *r) {
    struct op *op = about_own(r, OP_DRAFT);
    struct decode d;
    if (!op)
        return;
    decode_request(&d, r);
    d.into = op->arena;
    command_read_draft(&d, op);
    if (api_decoded(r, &d, op))
        api_submit(r, op, 200);
}

/* The read marker, forward or back. */
static void move_marker(struct request *r, enum op_kind kind) {
    id64 room;
    if (!api_param_id(r, 0, &room))
        return;
    struct op *op = api_op(r, kind);
    struct decode d;
    decode_request(&d, r);
    op->in.read.room = room;
    op->in.read.seq = decode_int(&d, "seq");
    if (api_decoded(r, &d, op))
        api_submit(r, op, 200);
}

void api_read_put(struct request *r) {
    move_marker(r, OP_READ);
}

void api_unread_put(struct request *r) {
    move_marker(r, OP_UNREAD);
}

/* --- /me/blocked */

static void block(struct request *r, bool on) {
    id64 user;
    if (!api_param_id(r, 0, &user))
        return;
    struct op *op = api_op(r, OP_BLOCK);
    op->in.block.user = user;
    op->in.block.on = on;
    api_submit(r, op, 204);
}

void api_me_block_put(struct request *r) {
    block(r, true);
}

void api_me_block_delete(struct request *r) {
    block(r, false);
}

void api_me_blocked_get(struct request *r) {
    api_submit(r, api_op(r, OP_BLOCKED_LIST), 200);
}
