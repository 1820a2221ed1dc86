/* What administrators do with rooms, and with messages that must go. They see what a room is and
 * who is in it; what is said there is for its members, administrators or not. */
#include "base/limits.h"
#include "domain/access.h"
#include "domain/audit.h"
#include "domain/lines.h"
#include "domain/lists.h"
#include "domain/rooms.h"
#include "domain/text.h"
#include "domain/view.h"
#include "store/data_admin.h"

static void put_managed(struct json *j, const struct managed_room *m) {
    struct p_room room = view_room(&m->room);
    struct p_user owner = view_user(&m->owner);
    p_managed_room_put(
        j, &(struct p_managed_room){.room = &room, .owner = m->owner.id ? &owner : NULL});
}

static void answer_managed(struct run *r, id64 room) {
    struct managed_room m;
    if (!data_managed_room(r->tx, room, &m)) {
        op_fail(r->op, FAIL_NOT_FOUND, NULL, NULL);
        return;
    }
    struct buf b = {0};
    struct json j = json_into(&b);
    put_managed(&j, &m);
    r->op->out = blob_take(&b);
}

void run_manage_rooms(struct run *r) {
    struct op *op = r->op;
    id64 before = INT64_MAX;
    if (!access_server(r))
        return;
    if (op->in.manage.cursor.p && !id_parse(op->in.manage.cursor, &before)) {
        op_fail(op, FAIL_CURSOR_INVALID, "cursor", NULL);
        return;
    }
    int limit = list_limit(op->in.manage.limit, LIST_DEFAULT, LIMIT_LIST);
    struct rows rows = {0};
    data_managed_rooms(
        r->tx, list_query_of(op, op->in.manage.q), op->in.manage.kind, before, limit + 1, &rows);
    const struct managed_room *m = rows.p;
    struct str next = {0};
    struct buf b = {0};
    struct json j;
    list_open(&j, &b);
    for (int i = 0; i < (int)rows.n && i < limit; i++)
        put_managed(&j, &m[i]);
    if ((int)rows.n > limit)
        next = list_id_cursor(op->arena, m[limit - 1].room.id);
    list_close(r, &j, next);
}

static bool find_room(struct run *r, struct room_row *ret) {
    return access_shared_room(r, r->op->in.manage.room, r->op->in.manage.handle, ret);
}

void run_manage_room_get(struct run *r) {
    struct room_row room;
    if (find_room(r, &room))
        answer_managed(r, room.id);
}

void run_manage_members(struct run *r) {
    struct room_row room;
    if (access_shared_room(r, r->op->in.list.room, (struct str){0}, &room))
        members_answer(r, room.id);
}

/* --- changing one */

static bool rename_room(struct run *r, struct room_row *room) {
    struct op *op = r->op;
    struct str name = room->name, topic = room->topic;
    if ((op->in.manage.name.p && !text_check_room_name(op, op->in.manage.name, &name))
        || (op->in.manage.topic.p && !text_check_topic(op, op->in.manage.topic, &topic)))
        return false;
    struct p_audit_change changes[2];
    size_t n = 0;
    bool renamed = !str_eq(name, room->name), described = !str_eq(topic, room->topic);
    if (renamed)
        changes[n++] = (struct p_audit_change){STR("name"), room->name, name};
    if (described)
        changes[n++] = (struct p_audit_change){STR("topic"), room->topic, topic};
    if (n == 0)
        return true;
    audit_add(r, AUDIT_ACT_ROOM_CHANGED, NULL, room, changes, n);
    room->name = name;
    room->topic = topic;
    room_fill_names(op->arena, room);
    if (!data_room_set_names(r->tx, room)) {
        op_fail(op, FAIL_ROOM_NAME_TAKEN, "name", NULL);
        return false;
    }
    if (renamed)
        notice_add(r, room, &r->user, NOTICE_KIND_RENAMED, NULL, name, -1);
    if (described)
        notice_add(r, room, &r->user, NOTICE_KIND_DESCRIBED, NULL, topic, -1);
    return true;
}

static void archive_room(struct run *r, struct room_row *room) {
    int archived = r->op->in.manage.archived;
    if (archived < 0 || archived == room->archived)
        return;
    room->archived = archived != 0;
    data_room_set_archived(r->tx, room->id, room->archived);
    notice_add(r, room, &r->user, archived ? NOTICE_KIND_ARCHIVED : NOTICE_KIND_RESTORED, NULL,
        (struct str){0}, -1);
    audit_add(r, archived ? AUDIT_ACT_ROOM_ARCHIVED : AUDIT_ACT_ROOM_RESTORED, NULL, room, NULL, 0);
}

static bool hand_over(struct run *r, struct room_row *room) {
    struct op *op = r->op;
    struct member_row member, old;
    struct user_row user, before;
    struct managed_room m;
    struct str hash;
    id64 owner = op->in.manage.owner;
    if (!owner && !op->in.manage.owner_handle.p)
        return true;
    if (!owner
        && data_user_by_name(r->tx, text_fold(op->arena, op->in.manage.owner_handle), &user, &hash))
        owner = user.id;
    if (!owner || !data_member_get(r->tx, room->id, owner, &member, &user) || user.disabled) {
        op_fail(op, FAIL_FIELD_INVALID, "owner", "the new owner must be a member");
        return false;
    }
    if (member.role == ROOM_ROLE_OWNER)
        return true;
    bool had = data_managed_room(r->tx, room->id, &m) && m.owner.id
        && data_member_get(r->tx, room->id, m.owner.id, &old, &before);
    data_member_set_role(r->tx, room->id, user.id, ROOM_ROLE_OWNER);
    notice_add(r, room, &r->user, NOTICE_KIND_ROLE, &user, (struct str){0}, ROOM_ROLE_OWNER);
    if (had) {
        data_member_set_role(r->tx, room->id, before.id, ROOM_ROLE_ADMIN);
        notice_add(r, room, &r->user, NOTICE_KIND_ROLE, &before, (struct str){0}, ROOM_ROLE_ADMIN);
    }
    audit_add_one(r, AUDIT_ACT_ROOM_OWNER, &user, room, "owner",
        had ? before.name : (struct str){0}, user.name);
    return true;
}

/* From the shell there is nobody in whose name a room's members could be told: the owner's. */
static bool teller(struct run *r) {
    if (!r->op->operator_name.p || data_user_owner(r->tx, &r->user))
        return true;
    op_fail(r->op, FAIL_NOT_FOUND, NULL, "this server has no owner yet");
    return false;
}

void run_manage_room_patch(struct run *r) {
    struct room_row room;
    if (!find_room(r, &room) || !teller(r))
        return;
    if (!rename_room(r, &room) || !hand_over(r, &room))
        return;
    archive_room(r, &room);
    answer_managed(r, room.id);
}

void run_manage_room_delete(struct run *r) {
    struct room_row room;
    if (!find_room(r, &room))
        return;
    audit_add(r, AUDIT_ACT_ROOM_DELETED, NULL, &room, NULL, 0);
    room_remove(r, room.id);
}

/* --- messages */

static bool find_line(struct run *r, struct access_row *a, struct line_row *line) {
    id64 room = r->op->in.manage.room, message = r->op->in.manage.message;
    if (access_reported(r, room, message, a) && data_message_get(r->tx, room, message, line))
        return true;
    return line_find(r, room, message, ACT_MODERATE, a, line);
}

/* Told to the author in their own sequence, and kept: they read why for as long as the place
 * stands. */
void run_manage_remove(struct run *r) {
    struct op *op = r->op;
    struct access_row a;
    struct line_row line;
    struct str reason;
    if (!access_server(r) || !find_line(r, &a, &line)
        || !text_check_reason(op, op->in.manage.reason, &reason))
        return;
    const struct message_row *m = &line.message;
    if (m->kind == MESSAGE_KIND_NOTICE || !access_removes(&r->user, &line.author)) {
        op_fail(op, FAIL_FORBIDDEN, NULL, NULL);
        return;
    }
    if (m->deleted_us)
        return;
    line_delete(r, &a, m);
    if (data_reports_remove(r->tx, m->id) > 0)
        tell_reports(r);
    data_removal_add(r->tx, a.room.id, m->seq, m->author, reason);
    if (line.author.kind == USER_KIND_PERSON)
        tell_removed(r, m->author, a.room.id, m->seq, reason);
    audit_add_one(
        r, AUDIT_ACT_MESSAGE_REMOVED, &line.author, &a.room, "reason", (struct str){0}, reason);
}
