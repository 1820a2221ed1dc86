/* Invite links: of rooms, of the server, and coming in by one. */
#include "api/api_internal.h"
#include "base/limits.h"
#include "routes_gen.h"

static void read_bounds(struct decode *d, struct op *op) {
    op->in.invite.expires_in_s = decode_int_optional(d, "expires_in", 0);
    op->in.invite.uses_most = decode_int_optional(d, "uses_most", 0);
    op->in.invite.shows = decode_bool_optional(d, "shows", true);
}

static struct op *about_room(struct request *r, enum op_kind kind) {
    id64 room;
    if (!api_param_id(r, 0, &room))
        return NULL;
    struct op *op = api_op(r, kind);
    op->in.invite.room = room;
    return op;
}

void api_room_invites_get(struct request *r) {
    struct op *op = about_room(r, OP_INVITE_LIST);
    if (op)
        api_submit(r, op, 200);
}

void api_room_invites_post(struct request *r) {
    struct op *op = about_room(r, OP_INVITE_MAKE);
    struct decode d;
    if (!op)
        return;
    decode_request(&d, r);
    d.into = op->arena;
    read_bounds(&d, op);
    if (api_decoded(r, &d, op))
        api_submit(r, op, 201);
}

void api_room_invite_delete(struct request *r) {
    id64 invite;
    if (!api_param_id(r, 1, &invite))
        return;
    struct op *op = about_room(r, OP_INVITE_REVOKE);
    if (!op)
        return;
    op->in.invite.invite = invite;
    api_submit(r, op, 204);
}

void api_admin_invites_get(struct request *r) {
    api_submit(r, api_op(r, OP_INVITE_LIST), 200);
}

void api_admin_invites_post(struct request *r) {
    struct op *op = api_op(r, OP_INVITE_MAKE);
    struct decode d;
    decode_request(&d, r);
    d.into = op->arena;
    read_bounds(&d, op);
    api_submit_checked(r, &d, op, 201);
}

void api_admin_invite_delete(struct request *r) {
    id64 invite;
    if (!api_param_id(r, 0, &invite))
        return;
    struct op *op = api_op(r, OP_INVITE_REVOKE);
    op->in.invite.invite = invite;
    api_submit(r, op, 204);
}

static void by_token(struct request *r, struct op *op) {
    struct decode d;
    decode_request(&d, r);
    d.into = op->arena;
    op->in.invite.token = decode_str(&d, "token");
    if (api_decoded(r, &d, op))
        api_submit(r, op, 200);
}

/* For whoever has the link: a stale cookie must not stand in the way. */
void api_invites_look(struct request *r) {
    struct op *op = api_op(r, OP_INVITE_LOOK);
    op->stranger = true;
    by_token(r, op);
}

void api_invites_accept(struct request *r) {
    by_token(r, api_op(r, OP_INVITE_ACCEPT));
}
