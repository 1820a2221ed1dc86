/* /admin: people, rooms, messages, and how the server is. */
#include "api/admin_query.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "event/protocol.h"
#include "routes_gen.h"

#define MEMBERS_MOST 200
#define MEMBERS_DEFAULT 100

struct str admin_query_text(struct request *r, struct op *op, const char *name) {
    struct str text;
    if (!request_query(r, str_from(name), &text))
        return (struct str){0};
    if (utf8_valid(text))
        return arena_str(op->arena, text);
    api_wrong(op, FAIL_FIELD_INVALID, name, STR("UTF-8 is expected"));
    return (struct str){0};
}

int admin_query_limit(struct request *r, struct op *op, int most, int otherwise) {
    struct str text = admin_query_text(r, op, "limit");
    int64_t limit = otherwise;
    if (text.p && (str_to_i64(text, &limit) < 0 || limit < 1 || limit > most))
        api_wrong(op, FAIL_FIELD_INVALID, "limit",
            arena_printf(op->arena, "a whole number from 1 to %d is expected", most));
    return op->wrong.fail == FAIL_NONE ? (int)limit : otherwise;
}

static struct str query_q(struct request *r, struct op *op) {
    struct str q = admin_query_text(r, op, "q");
    if (q.p && utf8_count(q) > LIMIT_QUERY_CHARS)
        api_wrong(op, FAIL_FIELD_INVALID, "q", STR("at most 200 characters are expected"));
    return q;
}

static struct op *manage(struct request *r, enum op_kind kind) {
    struct op *op = api_op(r, kind);
    op->in.manage.role = op->in.manage.kind = -1;
    op->in.manage.disabled = op->in.manage.archived = -1;
    return op;
}

/* About the account, or the room, that the path names; NULL: refused already. */
static struct op *manage_user(struct request *r, enum op_kind kind) {
    id64 user;
    if (!api_param_id(r, 0, &user))
        return NULL;
    struct op *op = manage(r, kind);
    op->in.manage.user = user;
    return op;
}

static struct op *manage_room(struct request *r, enum op_kind kind) {
    id64 room;
    if (!api_param_id(r, 0, &room))
        return NULL;
    struct op *op = manage(r, kind);
    op->in.manage.room = room;
    return op;
}

/* 1, 0, or -1 where it is not given. */
static int decode_flag(struct decode *d, const char *name) {
    bool yes = decode_bool_optional(d, name, true), no = !decode_bool_optional(d, name, false);
    return yes == no ? -1 : yes; /* one answer whatever the default: it is there */
}

static int decode_role(struct decode *d) {
    enum ServerRole role = SERVER_ROLE_MEMBER;
    struct str text = decode_str_optional(d, "role");
    if (!text.p)
        return -1;
    if (!server_role_parse(text, &role))
        decode_refuse(d, FAIL_FIELD_INVALID, "role", "owner, admin or member is expected");
    return (int)role;
}

void api_admin_figures_get(struct request *r) {
    api_submit(r, api_op(r, OP_FIGURES), 200);
}

/* --- people */

void api_admin_users_get(struct request *r) {
    struct op *op = manage(r, OP_MANAGE_USERS);
    enum UserSort sort = USER_SORT_NAME;
    struct str text = admin_query_text(r, op, "sort");
    if (text.p && !user_sort_parse(text, &sort))
        api_wrong(op, FAIL_FIELD_INVALID, "sort", STR("name, created or seen is expected"));
    op->in.manage.sort = (int)sort;
    op->in.manage.q = query_q(r, op);
    op->in.manage.cursor = admin_query_text(r, op, "cursor");
    op->in.manage.limit = admin_query_limit(r, op, LIMIT_LIST, LIST_DEFAULT);
    api_submit(r, op, 200);
}

void api_admin_users_post(struct request *r) {
    struct op *op = manage(r, OP_MANAGE_USER_ADD);
    struct decode d;
    decode_request(&d, r);
    d.into = op->arena;
    op->in.manage.name = decode_str(&d, "name");
    op->in.manage.display_name = decode_str_optional(&d, "display_name");
    op->in.manage.role = decode_role(&d);
    api_submit_checked(r, &d, op, 201);
}

void api_admin_user_get(struct request *r) {
    struct op *op = manage_user(r, OP_MANAGE_USER_GET);
    if (op)
        api_submit(r, op, 200);
}

void api_admin_user_patch(struct request *r) {
    struct op *op = manage_user(r, OP_MANAGE_USER_PATCH);
    struct decode d;
    if (!op)
        return;
    decode_request(&d, r);
    d.into = op->arena;
    op->in.manage.name = decode_str_optional(&d, "name");
    op->in.manage.display_name = decode_str_optional(&d, "display_name");
    op->in.manage.role = decode_role(&d);
    op->in.manage.disabled = decode_flag(&d, "disabled");
    api_submit_checked(r, &d, op, 200);
}

void api_admin_user_reset_post(struct request *r) {
    struct op *op = manage_user(r, OP_MANAGE_RESET);
    if (op)
        api_submit(r, op, 201);
}

void api_admin_user_sessions_get(struct request *r) {
    struct op *op = manage_user(r, OP_MANAGE_SESSIONS);
    if (op)
        api_submit(r, op, 200);
}

void api_admin_user_sessions_delete(struct request *r) {
    struct op *op = manage_user(r, OP_MANAGE_SESSIONS_END);
    if (op)
        api_submit(r, op, 204);
}

void api_admin_user_session_delete(struct request *r) {
    id64 session;
    if (!api_param_id(r, 1, &session))
        return;
    struct op *op = manage_user(r, OP_MANAGE_SESSIONS_END);
    if (!op)
        return;
    op->in.manage.session = session;
    api_submit(r, op, 204);
}

/* --- rooms */

void api_admin_rooms_get(struct request *r) {
    struct op *op = manage(r, OP_MANAGE_ROOMS);
    enum RoomKind kind;
    struct str text = admin_query_text(r, op, "kind");
    if (text.p && !room_kind_parse(text, &kind))
        api_wrong(op, FAIL_FIELD_INVALID, "kind", STR("group or open is expected"));
    else if (text.p)
        op->in.manage.kind = (int)kind;
    op->in.manage.q = query_q(r, op);
    op->in.manage.cursor = admin_query_text(r, op, "cursor");
    op->in.manage.limit = admin_query_limit(r, op, LIMIT_LIST, LIST_DEFAULT);
    api_submit(r, op, 200);
}

void api_admin_room_get(struct request *r) {
    struct op *op = manage_room(r, OP_MANAGE_ROOM_GET);
    if (op)
        api_submit(r, op, 200);
}

void api_admin_room_patch(struct request *r) {
    struct op *op = manage_room(r, OP_MANAGE_ROOM_PATCH);
    struct decode d;
    if (!op)
        return;
    decode_request(&d, r);
    d.into = op->arena;
    op->in.manage.name = decode_str_optional(&d, "name");
    op->in.manage.topic = decode_str_optional(&d, "topic");
    op->in.manage.archived = decode_flag(&d, "archived");
    op->in.manage.owner = decode_id_optional(&d, "owner");
    api_submit_checked(r, &d, op, 200);
}

void api_admin_room_delete(struct request *r) {
    struct op *op = manage_room(r, OP_MANAGE_ROOM_DELETE);
    if (op)
        api_submit(r, op, 204);
}

void api_admin_room_members_get(struct request *r) {
    id64 room;
    if (!api_param_id(r, 0, &room))
        return;
    struct op *op = api_op(r, OP_MANAGE_MEMBERS);
    op->in.list.room = room;
    op->in.list.q = query_q(r, op);
    op->in.list.cursor = admin_query_text(r, op, "cursor");
    op->in.list.limit = admin_query_limit(r, op, MEMBERS_MOST, MEMBERS_DEFAULT);
    api_submit(r, op, 200);
}

void api_admin_messages_get(struct request *r) {
    struct op *op = api_op(r, OP_MANAGE_MESSAGES);
    struct str room = admin_query_text(r, op, "room");
    if (room.p && !id_parse(room, &op->in.search.room))
        api_wrong(op, FAIL_NOT_FOUND, "room", (struct str){0});
    op->in.search.q = query_q(r, op);
    op->in.search.cursor = admin_query_text(r, op, "cursor");
    op->in.search.limit = admin_query_limit(r, op, LIMIT_LIST, LIST_DEFAULT);
    api_submit(r, op, 200);
}

void api_admin_reports_get(struct request *r) {
    struct op *op = manage(r, OP_MANAGE_REPORTS);
    op->in.manage.cursor = admin_query_text(r, op, "cursor");
    op->in.manage.limit = admin_query_limit(r, op, LIMIT_LIST, LIST_DEFAULT);
    api_submit(r, op, 200);
}

void api_admin_report_delete(struct request *r) {
    id64 report;
    if (!api_param_id(r, 0, &report))
        return;
    struct op *op = manage(r, OP_MANAGE_REPORT_SETTLE);
    op->in.manage.report = report;
    api_submit(r, op, 204);
}

void api_admin_room_message_delete(struct request *r) {
    id64 message;
    struct decode d;
    if (!api_param_id(r, 1, &message))
        return;
    struct op *op = manage_room(r, OP_MANAGE_REMOVE);
    if (!op)
        return;
    op->in.manage.message = message;
    decode_request(&d, r);
    d.into = op->arena;
    op->in.manage.reason = decode_str(&d, "reason");
    api_submit_checked(r, &d, op, 204);
}
