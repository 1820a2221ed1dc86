/* Rooms: list, make, name, delete. */
#include "base/limits.h"
#include "domain/access.h"
#include "domain/lists.h"
#include "domain/rooms.h"
#include "domain/text.h"
#include "domain/view.h"

void run_rooms_list(struct run *r) {
    struct rows rows = {0};
    data_entries(r->tx, r->op->who.user, &rows);
    struct buf b = {0};
    struct json j;
    list_open(&j, &b);
    for (size_t i = 0; i < rows.n; i++)
        p_room_entry_put(&j, view_entry(r->op->arena, (struct entry_row *)rows.p + i));
    list_close(r, &j, (struct str){0});
}

/* "<members>.<id>" */
static bool open_place(struct run *r, int64_t *ret_members, id64 *ret_id) {
    struct str rest = r->op->in.list.cursor, part;
    *ret_members = 0;
    *ret_id = 0;
    if (!rest.p
        || (str_next(&rest, '.', &part) && str_to_i64(part, ret_members) == 0
            && id_parse(rest, ret_id)))
        return true;
    op_fail(r->op, FAIL_CURSOR_INVALID, "cursor", NULL);
    return false;
}

void run_rooms_open(struct run *r) {
    struct op *op = r->op;
    int64_t members;
    id64 id;
    if (!open_place(r, &members, &id))
        return;
    int limit = list_limit(op->in.list.limit, LIST_DEFAULT, LIMIT_LIST);
    struct rows rows = {0};
    data_rooms_open(r->tx, list_query(r), members, id, limit + 1, &rows);
    const struct room_row *row = rows.p;
    struct str next = {0};
    struct buf b = {0};
    struct json j;
    list_open(&j, &b);
    for (int i = 0; i < (int)rows.n && i < limit; i++) {
        struct p_room room = view_room(&row[i]);
        p_room_put(&j, &room);
    }
    if ((int)rows.n > limit) {
        char text[ID_TEXT];
        id_put(row[limit - 1].id, text);
        next = arena_printf(
            op->arena, "%lld.%.*s", (long long)row[limit - 1].member_count, ID_TEXT, text);
    }
    list_close(r, &j, next);
}

void run_room_get(struct run *r) {
    struct access_row a;
    if (!access_room(r, r->op->in.id, ACT_SEE, &a))
        return;
    struct p_room room = view_room(&a.room);
    ANSWER(r, p_room_put, &room);
}

void room_answer_entry(struct run *r, id64 room) {
    struct entry_row entry;
    if (!data_entry(r->tx, r->op->who.user, room, &entry)) {
        op_fail(r->op, FAIL_NOT_FOUND, NULL, NULL);
        return;
    }
    ANSWER(r, p_room_entry_put, view_entry(r->op->arena, &entry));
}

void run_room_entry(struct run *r) {
    struct access_row a;
    if (access_room(r, r->op->in.id, ACT_READ, &a))
        room_answer_entry(r, a.room.id);
}

/* --- making */

void room_tell_added(struct run *r, id64 user, id64 room) {
    struct entry_row entry;
    if (data_entry(r->tx, user, room, &entry))
        tell_room_added(r, user, &entry);
}

bool room_may_belong(struct run *r, const struct user_row *user) {
    if (user->kind != USER_KIND_PERSON || user->disabled) {
        op_fail(r->op, FAIL_FORBIDDEN, "user", "nobody can sign in with this account");
        return false;
    }
    if (data_rooms_count(r->tx, user->id) >= LIMIT_ROOMS_PER_USER) {
        op_fail(r->op, FAIL_ROOM_FULL, "user",
            "this person is in %d rooms, and more are not possible", LIMIT_ROOMS_PER_USER);
        return false;
    }
    return true;
}

bool room_may_add(struct run *r, const struct user_row *by, const struct user_row *user) {
    /* Most people have blocked nobody: then nothing need be looked up. */
    if (by->blocks + user->blocks > 0 && data_is_apart(r->tx, by->id, user->id)) {
        op_fail(r->op, FAIL_ADD_REFUSED, "user", NULL);
        return false;
    }
    return room_may_belong(r, user);
}

int64_t room_members_most(struct run *r) {
    return settings_now(r->domain, r->op->arena).room_members;
}

void room_put_member(struct run *r, struct room_row *room, id64 user, int role) {
    struct member_row m = {.room = room->id,
        .user = user,
        .role = role,
        .joined_us = tx_now_us(r->tx),
        .joined_seq = room->head,
        .read_seq = room->head,
        .read_ordinal = room->count};
    if (data_member_add(r->tx, &m))
        room->member_count++;
}

static void create_direct(struct run *r) {
    struct op *op = r->op;
    id64 me = op->who.user, other = op->in.room.user;
    struct user_row peer, self;
    if (!data_user_get(r->tx, other, &peer) || !data_user_get(r->tx, me, &self)) {
        op_fail(op, FAIL_NOT_FOUND, "user", NULL);
        return;
    }
    id64 low = me < other ? me : other, high = me < other ? other : me, known;
    if (data_room_find_direct(r->tx, low, high, &known)) {
        room_answer_entry(r, known);
        return;
    }
    if (data_is_apart(r->tx, me, other)) {
        op_fail(op, FAIL_WRITE_REFUSED, "user", NULL);
        return;
    }
    if (!room_may_belong(r, &peer) || (me != other && !room_may_belong(r, &self)))
        return;
    struct room_row room = {.id = id_next(),
        .kind = ROOM_KIND_DIRECT,
        .name = STR(""),
        .topic = STR(""),
        .search = STR(""),
        .low = low,
        .high = high,
        .created_by = me,
        .created_us = tx_now_us(r->tx)};
    data_room_add(r->tx, &room);
    room_put_member(r, &room, low, ROOM_ROLE_MEMBER);
    if (low != high)
        room_put_member(r, &room, high, ROOM_ROLE_MEMBER);
    room_tell_added(r, low, room.id);
    if (low != high)
        room_tell_added(r, high, room.id);
    op->created = true;
    room_answer_entry(r, room.id);
}

void room_fill_names(struct arena *a, struct room_row *room) {
    room->name_key = room->kind == ROOM_KIND_OPEN ? text_fold(a, room->name) : (struct str){0};
    room->search = text_search(a, room->name, room->topic);
}

static bool seen_before(const id64 *ids, size_t n, id64 id) {
    for (size_t i = 0; i < n; i++)
        if (ids[i] == id)
            return true;
    return false;
}

/* Those to add at once: without the maker and without doubles. NULL: said no. */
static struct user_row *first_members(struct run *r, const struct user_row *me, size_t *ret_n) {
    struct op *op = r->op;
    size_t n = op->in.room.member_count;
    if (n > LIMIT_ADD_AT_ONCE) {
        op_fail(op, FAIL_FIELD_INVALID, "members", "at most %d at once", LIMIT_ADD_AT_ONCE);
        return NULL;
    }
    struct user_row *users = arena_new_n(op->arena, struct user_row, n + 1);
    *ret_n = 0;
    for (size_t i = 0; i < n; i++) {
        id64 id = op->in.room.members[i];
        if (id == op->who.user || seen_before(op->in.room.members, i, id))
            continue;
        if (!data_user_get(r->tx, id, &users[*ret_n])) {
            op_fail(op, FAIL_NOT_FOUND, "members", NULL);
            return NULL;
        }
        if (!room_may_add(r, me, &users[*ret_n]))
            return NULL;
        ++*ret_n;
    }
    return users;
}

/* What administrators have set about rooms. */
static bool may_make(struct run *r, const struct user_row *me, int kind, size_t members) {
    struct p_settings settings = settings_now(r->domain, r->op->arena);
    if ((int64_t)members > settings.room_members)
        op_fail(r->op, FAIL_ROOM_FULL, "members", NULL);
    else if (kind == ROOM_KIND_OPEN && !settings.members_open_rooms
        && me->role == SERVER_ROLE_MEMBER)
        op_fail(r->op, FAIL_FORBIDDEN, "kind", "only administrators make open rooms here");
    return r->op->fail == FAIL_NONE;
}

void run_room_create(struct run *r) {
    struct op *op = r->op;
    if (op->in.room.kind == ROOM_KIND_DIRECT) {
        create_direct(r);
        return;
    }
    struct room_row room = {.id = id_next(),
        .kind = op->in.room.kind,
        .created_by = op->who.user,
        .created_us = tx_now_us(r->tx)};
    struct user_row me, *users;
    size_t n = 0;
    if (!text_check_room_name(op, op->in.room.name, &room.name)
        || !text_check_topic(op, op->in.room.topic.p ? op->in.room.topic : STR(""), &room.topic)
        || !data_user_get(r->tx, op->who.user, &me) || !(users = first_members(r, &me, &n))
        || !room_may_belong(r, &me) || !may_make(r, &me, room.kind, n + 1))
        return;
    room_fill_names(op->arena, &room);
    if (!data_room_add(r->tx, &room)) {
        op_fail(op, FAIL_ROOM_NAME_TAKEN, "name", NULL);
        return;
    }
    /* Lines first, so that each one's entry has the whole room, and everything is read by those who
     * start in it. */
    notice_add(r, &room, &me, NOTICE_KIND_CREATED, NULL, room.name, -1);
    for (size_t i = 0; i < n; i++)
        notice_add(r, &room, &me, NOTICE_KIND_ADDED, &users[i], (struct str){0}, ROOM_ROLE_MEMBER);
    room_put_member(r, &room, me.id, ROOM_ROLE_OWNER);
    for (size_t i = 0; i < n; i++)
        room_put_member(r, &room, users[i].id, ROOM_ROLE_MEMBER);
    room_tell_added(r, me.id, room.id);
    for (size_t i = 0; i < n; i++)
        room_tell_added(r, users[i].id, room.id);
    op->created = true;
    room_answer_entry(r, room.id);
}

/* --- naming, deleting */

void run_room_patch(struct run *r) {
    struct op *op = r->op;
    struct access_row a;
    if (!access_room(r, op->in.room.room, ACT_NAME, &a))
        return;
    struct room_row *room = &a.room;
    struct str name = room->name, topic = room->topic;
    if ((op->in.room.name.p && !text_check_room_name(op, op->in.room.name, &name))
        || (op->in.room.topic.p && !text_check_topic(op, op->in.room.topic, &topic)))
        return;
    bool renamed = !str_eq(name, room->name), described = !str_eq(topic, room->topic);
    room->name = name;
    room->topic = topic;
    room_fill_names(op->arena, room);
    if ((renamed || described) && !data_room_set_names(r->tx, room)) {
        op_fail(op, FAIL_ROOM_NAME_TAKEN, "name", NULL);
        return;
    }
    if (renamed)
        notice_add(r, room, &a.user, NOTICE_KIND_RENAMED, NULL, name, -1);
    if (described)
        notice_add(r, room, &a.user, NOTICE_KIND_DESCRIBED, NULL, topic, -1);
    struct p_room view = view_room(room);
    ANSWER(r, p_room_put, &view);
}

void run_room_delete(struct run *r) {
    struct access_row a;
    if (access_room(r, r->op->in.id, ACT_DELETE, &a))
        room_remove(r, a.room.id);
}

void room_remove(struct run *r, id64 room) {
    struct rows ids = {0};
    data_member_ids(r->tx, room, &ids);
    data_room_delete(r->tx, room);
    for (size_t i = 0; i < ids.n; i++)
        tell_room_removed(r, ((id64 *)ids.p)[i], room);
    r->room_deleted = true;
}
