/* What people tell of themselves: name, text, e-mail address, status; and the pages of people.
 *
 * A change is numbered in the person's own sequence (`me`) and told, without a number, to those who
 * have the person before their eyes: who watches them. Whoever is away at that moment learns it
 * from `rev`, by what they watch when they come back. So a change costs what it shows, and not a
 * line in every room that the person is in. */
#include <string.h>

#include "base/clock.h"
#include "base/emoji.h"
#include "base/limits.h"
#include "domain/access.h"
#include "domain/lists.h"
#include "domain/sessions.h"
#include "domain/text.h"
#include "domain/view.h"

#define STATUS_LONGEST_US (366 * DAY_US)

bool user_begin_change(struct run *r, struct limit *limit, struct user_row *ret) {
    struct op *op = r->op;
    if (!data_user_get(r->tx, op->who.user, ret) || ret->disabled) {
        op_fail(op, FAIL_SIGNED_OUT, NULL, NULL);
        return false;
    }
    return rate_take(r, limit, str_make((const char *)&op->who.user, sizeof op->who.user));
}

void user_answer(struct run *r, const struct user_row *user) {
    struct p_user view = view_user(user);
    ANSWER(r, p_user_put, &view);
}

static bool check(
    struct run *r, struct user_row *user, struct profile_row *profile, bool *ret_renamed) {
    struct op *op = r->op;
    struct str display = user->display_name;
    if ((op->in.profile.display_name.p
            && !text_check_display_name(op, op->in.profile.display_name, &display))
        || (op->in.profile.about.p && !text_check_about(op, op->in.profile.about, &profile->about))
        || (op->in.profile.email.p && !text_check_email(op, op->in.profile.email, &profile->email)))
        return false;
    *ret_renamed = !str_eq(display, user->display_name);
    user->display_name = display;
    if (op->in.profile.has_email_visible)
        profile->email_visible = op->in.profile.email_visible;
    return true;
}

void run_me_patch(struct run *r) {
    struct op *op = r->op;
    struct user_row user;
    struct profile_row before, profile;
    bool renamed;
    if (!user_begin_change(r, r->domain->profile_change, &user))
        return;
    data_profile_get(r->tx, user.id, &before);
    profile = before;
    if (!check(r, &user, &profile, &renamed))
        return;
    if (!str_eq(profile.about, before.about) || !str_eq(profile.email, before.email)
        || profile.email_visible != before.email_visible)
        data_profile_set(r->tx, user.id, &profile);
    if (renamed) {
        user_fill_names(op->arena, &user);
        data_user_set_names(r->tx, &user);
        tell_me(r, &user);
    }
    user_answer(r, &user);
}

/* --- status */

static bool check_status(struct run *r, struct user_row *user) {
    struct op *op = r->op;
    struct str emoji = op->in.profile.status_emoji, text = op->in.profile.status_text;
    char normal[LIMIT_EMOJI_BYTES];
    size_t n = 0;
    int64_t until_us = 0, now = tx_now_us(r->tx);
    if (emoji.n && !emoji_normal(emoji, normal, &n)) {
        op_fail(op, FAIL_EMOJI_INVALID, "emoji", NULL);
        return false;
    }
    if (!text_check_status(op, text.p ? text : STR(""), &text))
        return false;
    if (op->in.profile.has_until) {
        int64_t ms = op->in.profile.status_until_ms;
        until_us = ms > 0 && ms < INT64_MAX / 1000 ? ms * 1000 : 0;
        if (until_us <= now || until_us > now + STATUS_LONGEST_US) {
            op_fail(op, FAIL_STATUS_INVALID, "until", "a time in the future, within a year");
            return false;
        }
    }
    if (!n && !text.n) {
        op_fail(op, FAIL_STATUS_INVALID, "text", "an emoji or a text is expected");
        return false;
    }
    user->status_emoji = n ? arena_str(op->arena, str_make(normal, n)) : (struct str){0};
    user->status_text = text;
    user->status_until_us = until_us;
    return true;
}

void run_status_set(struct run *r) {
    struct user_row user;
    if (!user_begin_change(r, r->domain->profile_change, &user) || !check_status(r, &user))
        return;
    data_user_set_status(r->tx, &user);
    tell_me(r, &user);
    user_answer(r, &user);
}

void run_status_clear(struct run *r) {
    struct user_row user;
    if (!user_begin_change(r, r->domain->profile_change, &user))
        return;
    if (user.status_text.p) {
        user.status_emoji = user.status_text = (struct str){0};
        user.status_until_us = 0;
        data_user_set_status(r->tx, &user);
        tell_me(r, &user);
    }
    user_answer(r, &user);
}

/* --- pages of people */

void run_profile_get(struct run *r) {
    struct op *op = r->op;
    struct user_row user;
    struct profile_row profile;
    if (!data_user_get(r->tx, op->in.id ? op->in.id : op->who.user, &user)) {
        op_fail(op, FAIL_NOT_FOUND, NULL, NULL);
        return;
    }
    data_profile_get(r->tx, user.id, &profile);
    bool sees = access_email(&op->who, &user, &profile);
    struct p_user view = view_user(&user);
    struct p_profile page = {.user = &view,
        .about = profile.about,
        .email = sees && profile.email.n ? profile.email : (struct str){0},
        .email_visible = profile.email_visible && access_email_unseen(&op->who, &user),
        .created_at = user.created_us / 1000};
    ANSWER(r, p_profile_put, &page);
}

void run_rooms_shared(struct run *r) {
    struct op *op = r->op;
    struct user_row user;
    struct rows rows = {0};
    struct str next = {0};
    id64 before = 0;
    if (op->in.list.cursor.p && !id_parse(op->in.list.cursor, &before)) {
        op_fail(op, FAIL_CURSOR_INVALID, "cursor", NULL);
        return;
    }
    if (!data_user_get(r->tx, op->in.list.user, &user)) {
        op_fail(op, FAIL_NOT_FOUND, NULL, NULL);
        return;
    }
    int limit = list_limit(op->in.list.limit, LIST_DEFAULT, LIMIT_LIST);
    data_rooms_shared(r->tx, op->who.user, user.id, before, limit + 1, &rows);
    const struct room_row *row = rows.p;
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
        next = arena_str(op->arena, str_make(text, ID_TEXT));
    }
    list_close(r, &j, next);
}
