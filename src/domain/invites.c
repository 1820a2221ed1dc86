/* Invite links. Whoever has the secret may come in: into a room, or onto the server.
 *
 * A link holds for as long as its maker may invite: who leaves the room, loses their role or their
 * account takes their links with them. Whoever asks with a secret that was made once learns what
 * became of it; with any other, that there is nothing. */
#include "auth/token.h"
#include "base/clock.h"
#include "base/limits.h"
#include "domain/access.h"
#include "domain/audit.h"
#include "domain/links.h"
#include "domain/lists.h"
#include "domain/rooms.h"
#include "domain/text.h"
#include "domain/view.h"

#define LEAST_SECONDS 60
#define FORGET_AFTER_US (30 * DAY_US)

/* May the maker still invite there? */
static bool maker_may(struct run *r, const struct invite_row *x) {
    struct access_row a;
    if (x->maker.disabled)
        return false;
    if (!x->room)
        return x->maker.role != SERVER_ROLE_MEMBER;
    return data_access(r->tx, x->room, x->maker.id, &a)
        && access_check(&a, ACT_INVITE) == FAIL_NONE;
}

static enum InviteState state_of(struct run *r, const struct invite_row *x) {
    if (x->revoked || !maker_may(r, x))
        return INVITE_STATE_REVOKED;
    if (x->expires_us && x->expires_us <= tx_now_us(r->tx))
        return INVITE_STATE_EXPIRED;
    return x->uses_most && x->uses >= x->uses_most ? INVITE_STATE_USED_UP : INVITE_STATE_STANDING;
}

static void put_invite(
    struct run *r, struct json *j, const struct invite_row *x, struct str token) {
    struct p_user maker = view_user(&x->maker);
    p_invite_put(j,
        &(struct p_invite){.id = x->id,
            .room = x->room,
            .maker = &maker,
            .state = state_of(r, x),
            .created_at = x->created_us / 1000,
            .expires_at = x->expires_us / 1000,
            .uses = x->uses,
            .has_uses_most = x->uses_most > 0,
            .uses_most = x->uses_most,
            .shows = x->shows,
            .token = token});
}

/* Who asks for the links of a room, or of the server. False: said no. `maker` is who asks. */
static bool may_invite(struct run *r, id64 room, struct access_row *a, struct user_row *maker) {
    struct op *op = r->op;
    *a = (struct access_row){0};
    if (!room) {
        if (!access_server(r))
            return false;
        /* What the shell makes is the owner's: somebody must answer for it. */
        *maker = r->user;
        if (!op->operator_name.p || data_user_owner(r->tx, maker))
            return true;
        op_fail(op, FAIL_NOT_FOUND, NULL, "this server has no owner yet");
        return false;
    }
    if (!op->who.user)
        op_fail(op, FAIL_SIGNED_OUT, NULL, NULL);
    else if (access_room(r, room, ACT_INVITE, a))
        *maker = a->user;
    return op->fail == FAIL_NONE;
}

void run_invite_list(struct run *r) {
    struct access_row a;
    struct user_row maker;
    if (!may_invite(r, r->op->in.invite.room, &a, &maker))
        return;
    struct rows rows = {0};
    data_invites(r->tx, r->op->in.invite.room, LIMIT_LIST, &rows);
    struct buf b = {0};
    struct json j;
    list_open(&j, &b);
    for (size_t i = 0; i < rows.n; i++)
        put_invite(r, &j, (struct invite_row *)rows.p + i, (struct str){0});
    list_close(r, &j, (struct str){0});
}

static bool check_bounds(struct op *op) {
    int64_t seconds = op->in.invite.expires_in_s, uses = op->in.invite.uses_most;
    if (seconds && (seconds < LEAST_SECONDS || seconds > LIMIT_INVITE_SECONDS))
        op_fail(op, FAIL_FIELD_INVALID, "expires_in", "a number from %d to %d is expected",
            LEAST_SECONDS, LIMIT_INVITE_SECONDS);
    else if (uses < 0 || uses > LIMIT_INVITE_USES)
        op_fail(op, FAIL_FIELD_INVALID, "uses_most", "a number from 1 to %d is expected",
            LIMIT_INVITE_USES);
    return op->fail == FAIL_NONE;
}

void run_invite_make(struct run *r) {
    struct op *op = r->op;
    struct access_row a;
    struct user_row maker;
    id64 room = op->in.invite.room;
    int64_t now = tx_now_us(r->tx);
    if (!may_invite(r, room, &a, &maker) || !check_bounds(op))
        return;
    data_invites_forget(r->tx, room, now - FORGET_AFTER_US, LIMIT_INVITES);
    if (data_invites_standing(r->tx, room, now) >= LIMIT_INVITES) {
        op_fail(op, FAIL_INVITES_FULL, NULL, NULL);
        return;
    }
    struct str hash, token = link_new(op, &hash);
    struct invite_row x = {.id = id_next(),
        .room = room,
        .maker = maker,
        .created_us = now,
        .expires_us = op->in.invite.expires_in_s ? now + op->in.invite.expires_in_s * SECOND_US : 0,
        .uses_most = op->in.invite.uses_most,
        .shows = op->in.invite.shows};
    data_invite_add(r->tx, &x, hash);
    if (!room)
        audit_add(r, AUDIT_ACT_INVITE_MADE, NULL, NULL, NULL, 0);
    op->created = true;
    struct buf b = {0};
    struct json j = json_into(&b);
    put_invite(r, &j, &x, token);
    op->out = blob_take(&b);
}

void run_invite_revoke(struct run *r) {
    struct op *op = r->op;
    struct access_row a;
    struct user_row maker;
    struct invite_row x;
    id64 room = op->in.invite.room;
    if (!may_invite(r, room, &a, &maker))
        return;
    if (!data_invite_get(r->tx, op->in.invite.invite, &x) || x.room != room) {
        op_fail(op, FAIL_NOT_FOUND, NULL, NULL);
        return;
    }
    if (room && x.maker.id != a.user.id && access_check(&a, ACT_REMOVE) != FAIL_NONE) {
        op_fail(op, FAIL_FORBIDDEN, NULL, NULL);
        return;
    }
    if (x.revoked)
        return;
    data_invite_revoke(r->tx, x.id);
    if (!room)
        audit_add(r, AUDIT_ACT_INVITE_REVOKED, &x.maker, NULL, NULL, 0);
}

/* --- coming by one */

static bool known(struct run *r, struct str token, struct invite_row *ret) {
    struct str hash = link_hash(r->op, token);
    if (hash.p && data_invite_by_token(r->tx, hash, ret))
        return true;
    op_fail(r->op, FAIL_NOT_FOUND, "token", NULL);
    return false;
}

static bool stands(struct run *r, const struct invite_row *x) {
    struct op *op = r->op;
    switch (state_of(r, x)) {
    case INVITE_STATE_STANDING:
        return true;
    case INVITE_STATE_EXPIRED:
        op_fail(op, FAIL_INVITE_EXPIRED, "token", NULL);
        break;
    case INVITE_STATE_USED_UP:
        op_fail(op, FAIL_INVITE_USED_UP, "token", NULL);
        break;
    default:
        op_fail(op, FAIL_INVITE_REVOKED, "token", NULL);
    }
    return false;
}

bool invite_find(struct run *r, struct str token, struct invite_row *ret) {
    return known(r, token, ret) && stands(r, ret);
}

/* Who is in the room already gets there by a link that lets nobody else in any more, too. */
static bool leads(struct run *r, struct str token, struct invite_row *ret, bool *ret_inside) {
    struct member_row member;
    id64 user = r->op->who.user;
    if (!known(r, token, ret))
        return false;
    *ret_inside = user && ret->room && data_member_get(r->tx, ret->room, user, &member, NULL);
    return *ret_inside || stands(r, ret);
}

bool invite_signs_up(struct run *r, const struct invite_row *x) {
    struct p_settings settings = settings_read(r->domain, r->tx, r->op->arena);
    return settings.sign_up == SIGN_UP_MODE_OPEN
        || (settings.sign_up == SIGN_UP_MODE_INVITE
            && (settings.members_invite || x->maker.role != SERVER_ROLE_MEMBER));
}

void run_invite_look(struct run *r) {
    struct op *op = r->op;
    struct invite_row x;
    struct room_row room;
    bool inside;
    if (!link_rate(r) || !leads(r, op->in.invite.token, &x, &inside))
        return;
    struct p_settings settings = settings_read(r->domain, r->tx, op->arena);
    struct p_invitation v = {
        .server = settings.name, .to_room = x.room != 0, .sign_up = invite_signs_up(r, &x)};
    if (x.shows)
        v.by = x.maker.display_name;
    if (inside)
        v.room = x.room;
    if ((x.shows || inside) && x.room && data_room_get(r->tx, x.room, &room)) {
        v.room_name = room.name;
        v.has_member_count = true;
        v.member_count = room.member_count;
    }
    ANSWER(r, p_invitation_put, &v);
}

void invite_come_in(struct run *r, const struct invite_row *x, const struct user_row *user) {
    struct op *op = r->op;
    struct room_row room;
    struct member_row member;
    if (!x->room)
        return;
    if (!data_room_get(r->tx, x->room, &room)) {
        op_fail(op, FAIL_INVITE_REVOKED, "token", NULL);
        return;
    }
    if (data_member_get(r->tx, room.id, user->id, &member, NULL))
        return;
    if (room.member_count >= room_members_most(r)) {
        op_fail(op, FAIL_ROOM_FULL, NULL, NULL);
        return;
    }
    if (!room_may_belong(r, user))
        return;
    data_invite_use(r->tx, x->id);
    notice_add(r, &room, user, NOTICE_KIND_JOINED, NULL, (struct str){0}, -1);
    room_put_member(r, &room, user->id, ROOM_ROLE_MEMBER);
    room_tell_added(r, user->id, room.id);
}

void run_invite_accept(struct run *r) {
    struct op *op = r->op;
    struct invite_row x;
    struct user_row user;
    bool inside;
    if (!link_rate(r) || !leads(r, op->in.invite.token, &x, &inside))
        return;
    if (!data_user_get(r->tx, op->who.user, &user)) {
        op_fail(op, FAIL_SIGNED_OUT, NULL, NULL);
        return;
    }
    invite_come_in(r, &x, &user);
    struct p_accepted v = {.room = x.room};
    ANSWER(r, p_accepted_put, &v);
}
