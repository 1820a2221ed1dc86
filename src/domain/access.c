#include "domain/access.h"

bool access_over(int mine, int theirs) {
    return mine < theirs && mine != ROOM_ROLE_MEMBER;
}

enum fail access_check(const struct access_row *a, enum act act) {
    bool open = a->room.kind == ROOM_KIND_OPEN;
    bool direct = a->room.kind == ROOM_KIND_DIRECT;
    bool admin = a->is_member && a->member.role != ROOM_ROLE_MEMBER;
    bool owner = a->is_member && a->member.role == ROOM_ROLE_OWNER;
    if (!a->is_member && !open)
        return FAIL_NOT_FOUND;
    bool may = false;
    switch (act) {
    case ACT_SEE:
        may = true;
        break;
    case ACT_READ:
    case ACT_WRITE:
        return a->is_member ? FAIL_NONE : FAIL_NOT_FOUND;
    case ACT_JOIN:
        may = open;
        break;
    case ACT_LEAVE:
        if (!a->is_member)
            return FAIL_NOT_FOUND;
        may = !direct;
        break;
    case ACT_ADD:
        may = !direct && (open ? a->is_member : admin);
        break;
    case ACT_NAME:
    case ACT_REMOVE:
        may = !direct && admin;
        break;
    case ACT_DELETE:
    case ACT_ROLE:
        may = !direct && owner;
        break;
    case ACT_DELETE_OTHERS:
        may = !direct && admin;
        break;
    case ACT_PIN:
        may = direct || admin;
        break;
    }
    return may ? FAIL_NONE : FAIL_FORBIDDEN;
}

enum fail access_passing(const struct access_passing *a, enum act act) {
    switch (act) {
    case ACT_JOIN:
        return FAIL_NONE;
    case ACT_SEE:
        return a->listed || a->is_in ? FAIL_NONE : FAIL_NOT_FOUND;
    case ACT_READ:
    case ACT_WRITE:
    case ACT_LEAVE:
        return a->is_in ? FAIL_NONE : FAIL_NOT_FOUND;
    default:
        return FAIL_FORBIDDEN;
    }
}

enum fail access_passing_make(
    const struct user_row *user, bool listed, const struct p_settings *settings) {
    bool may = !listed || settings->members_open_rooms || user->role != SERVER_ROLE_MEMBER;
    return may ? FAIL_NONE : FAIL_FORBIDDEN;
}

bool access_server(struct run *r) {
    struct op *op = r->op;
    if (op->operator_name.p)
        return true;
    if (!op->who.user || (!r->identified && !data_user_get(r->tx, op->who.user, &r->user))
        || r->user.disabled)
        op_fail(op, FAIL_SIGNED_OUT, NULL, NULL);
    else if (r->user.role == SERVER_ROLE_MEMBER)
        op_fail(op, FAIL_FORBIDDEN, NULL, NULL);
    return op->fail == FAIL_NONE;
}

bool access_room(struct run *r, id64 room, enum act act, struct access_row *ret) {
    enum fail fail = FAIL_NOT_FOUND;
    if (data_access(r->tx, room, r->op->who.user, ret))
        fail = ret->user.disabled ? FAIL_SIGNED_OUT : access_check(ret, act);
    if (fail != FAIL_NONE)
        op_fail(r->op, fail, NULL, NULL);
    return fail == FAIL_NONE;
}
