#include "domain/access.h"

#include "base/limits.h"
#include "domain/text.h"
#include "store/data_admin.h"
#include "store/data_search.h"

bool access_over(int mine, int theirs) {
    return mine < theirs && mine != ROOM_ROLE_MEMBER;
}

/* What may be done in an archived room, too: it goes on standing for those who are in it. */
static bool reads(enum act act) {
    return act == ACT_SEE || act == ACT_READ || act == ACT_LEAVE || act == ACT_DELETE
        || act == ACT_MODERATE;
}

enum fail access_check(const struct access_row *a, enum act act) {
    bool open = a->room.kind == ROOM_KIND_OPEN;
    bool direct = a->room.kind == ROOM_KIND_DIRECT;
    bool admin = a->is_member && a->member.role != ROOM_ROLE_MEMBER;
    bool owner = a->is_member && a->member.role == ROOM_ROLE_OWNER;
    bool operator= a->user.role != SERVER_ROLE_MEMBER;
    if (!a->is_member && (!open || (a->room.archived && act != ACT_MODERATE)))
        return FAIL_NOT_FOUND;
    bool may = false;
    switch (act) {
    case ACT_SEE:
        may = true;
        break;
    case ACT_READ:
    case ACT_WRITE:
    case ACT_UNSAY:
        may = a->is_member;
        if (!may)
            return FAIL_NOT_FOUND;
        if (a->apart && act == ACT_WRITE)
            return FAIL_WRITE_REFUSED;
        break;
    case ACT_WHISPER:
        if (!a->is_member)
            return FAIL_NOT_FOUND;
        may = !direct;
        break;
    case ACT_JOIN:
        may = open;
        break;
    case ACT_LEAVE:
        if (!a->is_member)
            return FAIL_NOT_FOUND;
        may = !direct;
        break;
    case ACT_MODERATE:
        if (!operator)
            return FAIL_NOT_FOUND;
        may = !direct;
        break;
    case ACT_ADD:
    case ACT_INVITE:
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
    case ACT_CALL_ALL:
        may =
            !direct && (admin || (a->is_member && a->room.member_count <= LIMIT_CALL_ALL_MEMBERS));
        break;
    case ACT_PIN:
        may = direct || admin;
        if (may && a->apart)
            return FAIL_WRITE_REFUSED;
        break;
    }
    if (may && a->room.archived && !reads(act))
        return FAIL_ROOM_ARCHIVED;
    return may ? FAIL_NONE : FAIL_FORBIDDEN;
}

enum fail access_passing(const struct access_passing *a, enum act act) {
    switch (act) {
    case ACT_JOIN:
        return a->out ? FAIL_FORBIDDEN : FAIL_NONE;
    case ACT_SEE:
        return (a->listed && !a->out) || a->is_in ? FAIL_NONE : FAIL_NOT_FOUND;
    case ACT_READ:
    case ACT_WRITE:
    case ACT_LEAVE:
    case ACT_UNSAY:
        return a->is_in ? FAIL_NONE : FAIL_NOT_FOUND;
    case ACT_DELETE_OTHERS:
    case ACT_REMOVE:
        return !a->is_in ? FAIL_NOT_FOUND : a->rules ? FAIL_NONE : FAIL_FORBIDDEN;
    default:
        return FAIL_FORBIDDEN;
    }
}

enum fail access_passing_make(
    const struct user_row *user, bool listed, const struct p_settings *settings) {
    bool may = !listed || settings->members_open_rooms || user->role != SERVER_ROLE_MEMBER;
    return may ? FAIL_NONE : FAIL_FORBIDDEN;
}

bool access_email_unseen(const struct who *who, const struct user_row *of) {
    return who->user == of->id || who->role != SERVER_ROLE_MEMBER;
}

bool access_email(
    const struct who *who, const struct user_row *of, const struct profile_row *profile) {
    return profile->email_visible || access_email_unseen(who, of);
}

void access_readable(struct run *r, struct rows *ret) {
    data_rooms_of(r->tx, r->op->who.user, ret);
}

void access_moderated(struct run *r, struct rows *ret) {
    data_rooms_moderated(r->tx, r->op->who.user, ret);
}

bool access_reported(struct run *r, id64 room, id64 message, struct access_row *ret) {
    return data_access(r->tx, room, r->op->who.user, ret) && !ret->user.disabled
        && ret->user.role != SERVER_ROLE_MEMBER && ret->room.kind != ROOM_KIND_DIRECT
        && data_is_reported(r->tx, message);
}

bool access_removes(const struct user_row *admin, const struct user_row *author) {
    return author->role != SERVER_ROLE_OWNER || admin->role == SERVER_ROLE_OWNER;
}

bool access_server(struct run *r) {
    struct op *op = r->op;
    if (op->operator_name.p)
        return true;
    if (!op->who.user || (!r->identified && !data_user_get(r->tx, op->who.user, &r->user))
        || r->user.disabled)
        op_fail(op, FAIL_SIGNED_OUT, NULL, NULL);
    else if (r->user.role == SERVER_ROLE_MEMBER)
        op_fail(op, FAIL_NOT_FOUND, NULL, NULL);
    return op->fail == FAIL_NONE;
}

bool access_account(struct run *r, id64 user, struct str handle, struct user_row *ret) {
    struct op *op = r->op;
    struct str hash;
    if (!access_server(r))
        return false;
    bool shell = op->operator_name.p != NULL;
    bool found = user ? data_user_get(r->tx, user, ret)
                      : handle.p && data_user_by_name(r->tx, handle, ret, &hash);
    if (!found || ret->kind != USER_KIND_PERSON)
        op_fail(op, FAIL_NOT_FOUND, NULL, NULL);
    else if (!shell
        && (ret->id == r->user.id
            || (r->user.role != SERVER_ROLE_OWNER && ret->role != SERVER_ROLE_MEMBER)))
        op_fail(op, FAIL_FORBIDDEN, NULL, NULL);
    return op->fail == FAIL_NONE;
}

bool access_roles(struct run *r) {
    if (!access_server(r))
        return false;
    if (!r->op->operator_name.p && r->user.role != SERVER_ROLE_OWNER)
        op_fail(r->op, FAIL_FORBIDDEN, "role", "roles are the owner's to give");
    return r->op->fail == FAIL_NONE;
}

static bool is_shared(struct run *r, id64 room, struct room_row *ret) {
    return data_room_get(r->tx, room, ret) && ret->kind != ROOM_KIND_DIRECT;
}

/* The room of this name; where none has it, the one whose name differs from it in case alone. */
static bool is_named(struct run *r, struct str name, struct room_row *ret) {
    struct op *op = r->op;
    struct str folded = text_fold(op->arena, name);
    struct rows rows = {0};
    int exact = 0, close = 0;
    data_rooms_named(r->tx, text_search(op->arena, name, STR("")), LIMIT_LIST, &rows);
    const struct room_row *room = rows.p;
    for (size_t i = 0; i < rows.n; i++) {
        bool is_exact = str_eq(room[i].name, name);
        if (!is_exact && !str_eq(text_fold(op->arena, room[i].name), folded))
            continue;
        if (is_exact ? exact++ == 0 : close++ == 0 && exact == 0)
            *ret = room[i];
    }
    if (exact + close == 0)
        op_fail(op, FAIL_NOT_FOUND, "room", "no group or open room has this name or id");
    else if (exact != 1 && exact + close > 1)
        op_fail(op, FAIL_FIELD_INVALID, "room",
            "more than one room has this name; `confab room list` tells their ids");
    return op->fail == FAIL_NONE;
}

bool access_shared_room(struct run *r, id64 room, struct str handle, struct room_row *ret) {
    id64 id = room;
    if (!access_server(r))
        return false;
    if ((id || id_parse(handle, &id)) && is_shared(r, id, ret))
        return true;
    if (!room)
        return is_named(r, handle, ret);
    op_fail(r->op, FAIL_NOT_FOUND, NULL, NULL);
    return false;
}

bool access_room(struct run *r, id64 room, enum act act, struct access_row *ret) {
    enum fail fail = FAIL_NOT_FOUND;
    if (data_access(r->tx, room, r->op->who.user, ret))
        fail = ret->user.disabled ? FAIL_SIGNED_OUT : access_check(ret, act);
    if (fail != FAIL_NONE)
        op_fail(r->op, fail, NULL, NULL);
    return fail == FAIL_NONE;
}
