/* /rooms and their members; /passing. */
#include "api/api_internal.h"
#include "base/limits.h"
#include "event/protocol.h"
#include "routes_gen.h"

#define MEMBERS_MOST 200
#define MEMBERS_DEFAULT 100

void api_rooms_get(struct request *r) {
    api_submit(r, api_op(r, OP_ROOMS_LIST), 200);
}

void api_rooms_open_get(struct request *r) {
    struct op *op = api_op(r, OP_ROOMS_OPEN);
    if (api_query_list(r, op, LIMIT_LIST, LIST_DEFAULT))
        api_submit(r, op, 200);
}

void api_rooms_post(struct request *r) {
    struct op *op = api_op(r, OP_ROOM_CREATE);
    struct decode d;
    enum RoomKind kind = ROOM_KIND_GROUP;
    decode_request(&d, r);
    d.into = op->arena;
    struct str text = decode_str(&d, "kind");
    if (text.p && !room_kind_parse(text, &kind))
        decode_refuse(&d, FAIL_FIELD_INVALID, "kind", "direct, group or open is expected");
    /* What the kind has no use for is looked at as well: of a wrong type it is a mistake. */
    bool direct = kind == ROOM_KIND_DIRECT;
    op->in.room.kind = kind;
    op->in.room.user = direct ? decode_id(&d, "user") : decode_id_optional(&d, "user");
    op->in.room.name = direct ? decode_str_optional(&d, "name") : decode_str(&d, "name");
    op->in.room.topic = decode_str_optional(&d, "topic");
    op->in.room.members =
        decode_ids_optional(&d, "members", LIMIT_ADD_AT_ONCE, &op->in.room.member_count);
    if (api_decoded(r, &d, op))
        api_submit(r, op, 201);
}

static void about_room(struct request *r, enum op_kind kind, int ok) {
    id64 room;
    if (!api_param_id(r, 0, &room))
        return;
    struct op *op = api_op(r, kind);
    op->in.id = room;
    api_submit(r, op, ok);
}

void api_room_get(struct request *r) {
    about_room(r, OP_ROOM_GET, 200);
}

void api_room_entry_get(struct request *r) {
    about_room(r, OP_ROOM_ENTRY, 200);
}

void api_room_delete(struct request *r) {
    about_room(r, OP_ROOM_DELETE, 204);
}

void api_seen_get(struct request *r) {
    about_room(r, OP_SEEN_LIST, 200);
}

void api_room_patch(struct request *r) {
    id64 room;
    if (!api_param_id(r, 0, &room))
        return;
    struct op *op = api_op(r, OP_ROOM_PATCH);
    struct decode d;
    decode_request(&d, r);
    d.into = op->arena;
    op->in.room.room = room;
    op->in.room.name = decode_str_optional(&d, "name");
    op->in.room.topic = decode_str_optional(&d, "topic");
    if (api_decoded(r, &d, op))
        api_submit(r, op, 200);
}

void api_members_get(struct request *r) {
    id64 room;
    if (!api_param_id(r, 0, &room))
        return;
    struct op *op = api_op(r, OP_MEMBERS_LIST);
    op->in.list.room = room;
    if (api_query_list(r, op, MEMBERS_MOST, MEMBERS_DEFAULT))
        api_submit(r, op, 200);
}

void api_members_post(struct request *r) {
    id64 room;
    if (!api_param_id(r, 0, &room))
        return;
    struct op *op = api_op(r, OP_MEMBER_ADD);
    struct decode d;
    decode_request(&d, r);
    op->in.member.room = room;
    op->in.member.user = decode_id(&d, "user");
    if (api_decoded(r, &d, op))
        api_submit(r, op, 200);
}

void api_member_patch(struct request *r) {
    id64 room, user;
    enum RoomRole role = ROOM_ROLE_MEMBER;
    if (!api_param_id(r, 0, &room) || !api_param_id(r, 1, &user))
        return;
    struct op *op = api_op(r, OP_MEMBER_PATCH);
    struct decode d;
    decode_request(&d, r);
    struct str text = decode_str(&d, "role");
    if (text.p && !room_role_parse(text, &role))
        decode_refuse(&d, FAIL_FIELD_INVALID, "role", "owner, admin or member is expected");
    op->in.member.room = room;
    op->in.member.user = user;
    op->in.member.role = role;
    if (api_decoded(r, &d, op))
        api_submit(r, op, 200);
}

void api_member_delete(struct request *r) {
    id64 room, user;
    if (!api_param_id(r, 0, &room) || !api_param_id(r, 1, &user))
        return;
    struct op *op = api_op(r, OP_MEMBER_REMOVE);
    op->in.member.room = room;
    op->in.member.user = user;
    api_submit(r, op, 204);
}

void api_passing_get(struct request *r) {
    api_submit(r, api_op(r, OP_PASSING_LIST), 200);
}

void api_passing_post(struct request *r) {
    struct op *op = api_op(r, OP_PASSING_MAKE);
    struct decode d;
    decode_request(&d, r);
    d.into = op->arena;
    op->in.passing.name = decode_str(&d, "name");
    op->in.passing.listed = decode_bool_optional(&d, "listed", false);
    if (api_decoded(r, &d, op))
        api_submit(r, op, 201);
}
