/* Members. The order in which changes are told: who comes in is told after the line that says so
 * (their entry has it already), who goes is told before it (it is not theirs to read any more). */
#include "base/limits.h"
#include "domain/access.h"
#include "domain/lists.h"
#include "domain/rooms.h"
#include "domain/view.h"

static void answer_member(
    struct run *r, const struct user_row *user, const struct member_row *member) {
    struct p_user u = view_user(user);
    struct p_member m = {&u, (enum RoomRole)member->role, member->joined_us / 1000};
    ANSWER(r, p_member_put, &m);
}

void run_members_list(struct run *r) {
    struct access_row a;
    if (access_room(r, r->op->in.list.room, ACT_READ, &a))
        members_answer(r, a.room.id);
}

void members_answer(struct run *r, id64 room) {
    struct op *op = r->op;
    struct user_place after;
    if (!list_user_place(r, &after))
        return;
    int limit = list_limit(op->in.list.limit, 100, 200);
    struct rows rows = {0};
    data_members_list(r->tx, room, list_query(r), &after, limit + 1, &rows);
    const struct listed_member *row = rows.p;
    struct str next = {0};
    struct buf b = {0};
    struct json j;
    list_open(&j, &b);
    for (int i = 0; i < (int)rows.n && i < limit; i++) {
        struct p_user u = view_user(&row[i].user);
        p_member_put(&j,
            &(struct p_member){
                &u, (enum RoomRole)row[i].member.role, row[i].member.joined_us / 1000});
    }
    if ((int)rows.n > limit)
        next = list_user_cursor(op->arena, &row[limit - 1].user, 0);
    list_close(r, &j, next);
}

static void come_in(struct run *r, struct access_row *a, const struct user_row *user) {
    bool self = user->id == r->op->who.user;
    /* A room that nobody is in belongs to who comes first. */
    int role = a->room.member_count == 0 ? ROOM_ROLE_OWNER : ROOM_ROLE_MEMBER;
    if (self)
        notice_add(r, &a->room, &a->user, NOTICE_KIND_JOINED, NULL, (struct str){0}, -1);
    else
        notice_add(r, &a->room, &a->user, NOTICE_KIND_ADDED, user, (struct str){0}, role);
    room_put_member(r, &a->room, user->id, role);
    room_tell_added(r, user->id, a->room.id);
    r->op->created = true;
}

void run_member_add(struct run *r) {
    struct op *op = r->op;
    struct access_row a;
    id64 id = op->in.member.user;
    bool self = id == op->who.user;
    if (!access_room(r, op->in.member.room, ACT_SEE, &a))
        return;
    struct member_row member;
    struct user_row user;
    /* Whoever may read may also learn that somebody is there already. */
    if (a.is_member && data_member_get(r->tx, a.room.id, id, &member, &user)) {
        answer_member(r, &user, &member);
        return;
    }
    enum fail fail = access_check(&a, self ? ACT_JOIN : ACT_ADD);
    if (fail == FAIL_NONE && !data_user_get(r->tx, id, &user))
        fail = FAIL_NOT_FOUND;
    if (fail == FAIL_NONE && a.room.member_count >= room_members_most(r))
        fail = FAIL_ROOM_FULL;
    if (fail != FAIL_NONE) {
        op_fail(op, fail, NULL, NULL);
        return;
    }
    if (!room_may_add(r, &a.user, &user))
        return;
    come_in(r, &a, &user);
    if (data_member_get(r->tx, a.room.id, id, &member, &user))
        answer_member(r, &user, &member);
}

void run_member_patch(struct run *r) {
    struct op *op = r->op;
    struct access_row a;
    struct member_row member;
    struct user_row user;
    int role = op->in.member.role;
    if (!access_room(r, op->in.member.room, ACT_ROLE, &a))
        return;
    if (!data_member_get(r->tx, a.room.id, op->in.member.user, &member, &user)) {
        op_fail(op, FAIL_NOT_FOUND, "user", NULL);
        return;
    }
    if (member.role != role) {
        if (user.id == op->who.user) {
            op_fail(op, FAIL_FORBIDDEN, "role",
                "make somebody else owner: a room is never without one");
            return;
        }
        data_member_set_role(r->tx, a.room.id, user.id, role);
        notice_add(r, &a.room, &a.user, NOTICE_KIND_ROLE, &user, (struct str){0}, role);
        if (role == ROOM_ROLE_OWNER) {
            data_member_set_role(r->tx, a.room.id, a.user.id, ROOM_ROLE_ADMIN);
            notice_add(
                r, &a.room, &a.user, NOTICE_KIND_ROLE, &a.user, (struct str){0}, ROOM_ROLE_ADMIN);
        }
        member.role = role;
    }
    answer_member(r, &user, &member);
}

static void leave(struct run *r, struct access_row *a) {
    struct user_row heir;
    bool was_owner = a->member.role == ROOM_ROLE_OWNER;
    bool heir_there = was_owner && data_member_heir(r->tx, a->room.id, a->user.id, &heir);
    tell_room_removed(r, a->user.id, a->room.id);
    if (a->room.kind == ROOM_KIND_GROUP && a->room.member_count <= 1) {
        data_room_delete(r->tx, a->room.id);
        r->room_deleted = true;
        return;
    }
    data_member_remove(r->tx, a->room.id, a->user.id);
    notice_add(r, &a->room, &a->user, NOTICE_KIND_LEFT, NULL, (struct str){0}, -1);
    if (heir_there) {
        data_member_set_role(r->tx, a->room.id, heir.id, ROOM_ROLE_OWNER);
        notice_add(
            r, &a->room, &a->user, NOTICE_KIND_ROLE, &heir, (struct str){0}, ROOM_ROLE_OWNER);
    }
}

void run_member_remove(struct run *r) {
    struct op *op = r->op;
    struct access_row a;
    struct member_row member;
    struct user_row user;
    bool self = op->in.member.user == op->who.user;
    if (!access_room(r, op->in.member.room, self ? ACT_LEAVE : ACT_REMOVE, &a))
        return;
    if (self) {
        leave(r, &a);
        return;
    }
    if (!data_member_get(r->tx, a.room.id, op->in.member.user, &member, &user)) {
        op_fail(op, FAIL_NOT_FOUND, "user", NULL);
        return;
    }
    if (!access_over(a.member.role, member.role)) {
        op_fail(op, FAIL_FORBIDDEN, NULL, NULL);
        return;
    }
    tell_room_removed(r, user.id, a.room.id);
    data_member_remove(r->tx, a.room.id, user.id);
    notice_add(r, &a.room, &a.user, NOTICE_KIND_REMOVED, &user, (struct str){0}, -1);
}
