/* What people put on lines: reactions and pins, which are the room's; stars, which are their own;
 * and lines that they delete for themselves. */
#include <string.h>

#include "base/emoji.h"
#include "base/limits.h"
#include "domain/lines.h"
#include "domain/lists.h"
#include "domain/view.h"

/* Notices carry nothing, and neither do lines that were deleted. */
static bool may_carry(struct run *r, const struct message_row *m) {
    if (m->kind == MESSAGE_KIND_NOTICE)
        op_fail(r->op, FAIL_FORBIDDEN, NULL, "this is no message");
    else if (m->deleted_us)
        op_fail(r->op, FAIL_MESSAGE_DELETED, NULL, NULL);
    return r->op->fail == FAIL_NONE;
}

static bool find(struct run *r, enum act act, struct access_row *a, struct line_row *line) {
    const struct op *op = r->op;
    return line_find(r, op->in.mark.room, op->in.mark.message, act, a, line);
}

/* --- reactions */

static bool check_emoji(struct op *op, struct str *emoji) {
    char text[LIMIT_EMOJI_BYTES];
    size_t n = 0;
    if (!emoji_normal(*emoji, text, &n)) {
        op_fail(op, FAIL_EMOJI_INVALID, "emoji", NULL);
        return false;
    }
    *emoji = arena_str(op->arena, str_make(text, n));
    return true;
}

static void tell_reaction(
    struct run *r, struct access_row *a, const struct message_row *m, struct str emoji, bool on) {
    int64_t seq = line_change(r, a, m, on ? CHANGE_REACTION_ON : CHANGE_REACTION_OFF, emoji);
    struct buf b = {0};
    struct json j = json_into(&b);
    pf_reaction_put(&j,
        &(struct pf_reaction){.room = a->room.id,
            .seq = seq,
            .target = m->seq,
            .actor = a->user.id,
            .emoji = emoji,
            .on = on,
            .at = tx_now_us(r->tx) / 1000});
    tell_room(r, a->room.id, seq, &b);
}

static void reaction_on(
    struct run *r, struct access_row *a, const struct message_row *m, struct str emoji) {
    int64_t seq = a->room.head + 1;
    if (!data_reaction_add(r->tx, a->room.id, m->seq, emoji, a->user.id, seq, tx_now_us(r->tx)))
        return;
    if (data_reaction_count_up(r->tx, a->room.id, m->seq, emoji, seq) == 1
        && data_reaction_kinds(r->tx, a->room.id, m->seq) > LIMIT_REACTION_KINDS) {
        op_fail(r->op, FAIL_REACTIONS_FULL, "emoji", "at most %d different ones on a message",
            LIMIT_REACTION_KINDS);
        return;
    }
    tell_reaction(r, a, m, emoji, true);
}

void run_react(struct run *r) {
    struct op *op = r->op;
    struct access_row a;
    struct line_row line;
    struct str emoji = op->in.mark.emoji;
    if (!check_emoji(op, &emoji) || !find(r, ACT_WRITE, &a, &line) || !may_carry(r, &line.message))
        return;
    if (op->in.mark.on) {
        reaction_on(r, &a, &line.message, emoji);
    } else if (data_reaction_remove(r->tx, a.room.id, line.message.seq, emoji, a.user.id)) {
        data_reaction_count_down(r->tx, a.room.id, line.message.seq, emoji);
        tell_reaction(r, &a, &line.message, emoji, false);
    }
}

/* A cursor that is the number of what came last before; `otherwise` without one. False: said no. */
static bool number_cursor(struct op *op, int64_t otherwise, int64_t *ret) {
    *ret = otherwise;
    if (!op->in.list.cursor.p || (str_to_i64(op->in.list.cursor, ret) == 0 && *ret > 0))
        return true;
    op_fail(op, FAIL_CURSOR_INVALID, "cursor", NULL);
    return false;
}

static struct str number_text(struct op *op, int64_t n) {
    return arena_printf(op->arena, "%lld", (long long)n);
}

void run_reacted_list(struct run *r) {
    struct op *op = r->op;
    struct access_row a;
    struct line_row line;
    int64_t after;
    struct str emoji = op->in.list.emoji, next = {0};
    if (!check_emoji(op, &emoji) || !number_cursor(op, 0, &after)
        || !line_find(r, op->in.list.room, op->in.list.message, ACT_READ, &a, &line))
        return;
    int limit = list_limit(op->in.list.limit, LIST_DEFAULT, LIMIT_LIST);
    struct rows rows = {0};
    data_reacted_list(r->tx, a.room.id, line.message.seq, emoji, after, limit + 1, &rows);
    const struct reacted_row *row = rows.p;
    struct buf b = {0};
    struct json j;
    list_open(&j, &b);
    for (int i = 0; i < (int)rows.n && i < limit; i++) {
        struct p_user user = view_user(&row[i].user);
        p_reacted_put(&j, &(struct p_reacted){&user, row[i].at_us / 1000});
    }
    if ((int)rows.n > limit)
        next = number_text(op, row[limit - 1].seq);
    list_close(r, &j, next);
}

/* --- pins */

static void tell_pin(struct run *r, struct access_row *a, const struct message_row *m, bool on) {
    a->room.pins += on ? 1 : -1;
    int64_t seq = line_change(r, a, m, on ? CHANGE_PIN_ON : CHANGE_PIN_OFF, (struct str){0});
    struct buf b = {0};
    struct json j = json_into(&b);
    pf_pin_put(&j,
        &(struct pf_pin){.room = a->room.id,
            .seq = seq,
            .target = m->seq,
            .actor = a->user.id,
            .on = on,
            .at = tx_now_us(r->tx) / 1000,
            .pins = a->room.pins});
    tell_room(r, a->room.id, seq, &b);
}

void run_pin(struct run *r) {
    struct op *op = r->op;
    struct access_row a;
    struct line_row line;
    if (!find(r, ACT_PIN, &a, &line) || !may_carry(r, &line.message))
        return;
    const struct message_row *m = &line.message;
    if (!op->in.mark.on) {
        if (data_pin_remove(r->tx, a.room.id, m->seq))
            tell_pin(r, &a, m, false);
        return;
    }
    if (!data_pin_add(r->tx, a.room.id, m->seq, a.user.id, a.room.head + 1, tx_now_us(r->tx)))
        return;
    if (a.room.pins >= LIMIT_PINS)
        op_fail(op, FAIL_PINS_FULL, NULL, "at most %d in a room", LIMIT_PINS);
    else
        tell_pin(r, &a, m, true);
}

void run_pins_list(struct run *r) {
    struct access_row a;
    if (!access_room(r, r->op->in.id, ACT_READ, &a))
        return;
    struct rows rows = {0};
    data_pins_list(r->tx, a.room.id, a.user.id, &rows);
    struct buf b = {0};
    struct json j;
    list_open(&j, &b);
    for (size_t i = 0; i < rows.n; i++) {
        const struct pinned_row *row = (const struct pinned_row *)rows.p + i;
        struct p_user user = view_user(&row->line.author), by = view_user(&row->by);
        struct p_message *message = view_message(r->op->arena, &row->line.message, NULL);
        message->pinned = true;
        p_pinned_put(&j,
            &(struct p_pinned){
                .message = message, .user = &user, .by = &by, .at = row->at_us / 1000});
    }
    list_close(r, &j, (struct str){0});
}

/* --- stars */

static bool is_hidden(struct run *r, const struct access_row *a, int64_t seq) {
    struct rows marks = {0};
    data_marks_own(r->tx, a->room.id, a->user.id, seq, seq, &marks);
    for (size_t i = 0; i < marks.n; i++)
        if (((struct mark_row *)marks.p)[i].kind == MARK_HIDDEN)
            return true;
    return false;
}

void run_star(struct run *r) {
    struct op *op = r->op;
    struct access_row a;
    struct line_row line;
    if (!find(r, ACT_READ, &a, &line) || !may_carry(r, &line.message))
        return;
    int64_t seq = line.message.seq;
    if (is_hidden(r, &a, seq)) {
        op_fail(op, FAIL_NOT_FOUND, NULL, NULL);
        return;
    }
    if (!op->in.mark.on) {
        if (data_star_remove(r->tx, a.room.id, a.user.id, seq))
            tell_star(r, a.user.id, a.room.id, seq, false);
    } else if (!data_star_is(r->tx, a.room.id, a.user.id, seq)) {
        int64_t useq = tell_star(r, a.user.id, a.room.id, seq, true);
        data_star_add(r->tx, a.room.id, a.user.id, seq, useq, tx_now_us(r->tx));
    }
}

void run_stars_list(struct run *r) {
    struct op *op = r->op;
    int64_t before;
    struct str next = {0};
    if (!number_cursor(op, INT64_MAX, &before))
        return;
    int limit = list_limit(op->in.list.limit, LIST_DEFAULT, LIMIT_LIST);
    struct rows rows = {0};
    data_stars_list(r->tx, op->who.user, before, limit + 1, &rows);
    const struct starred_row *row = rows.p;
    struct buf b = {0};
    struct json j;
    list_open(&j, &b);
    for (int i = 0; i < (int)rows.n && i < limit; i++) {
        struct p_user user = view_user(&row[i].line.author);
        struct p_message *message = view_message(op->arena, &row[i].line.message, NULL);
        message->starred = true;
        p_starred_put(
            &j, &(struct p_starred){.message = message, .user = &user, .at = row[i].at_us / 1000});
    }
    if ((int)rows.n > limit)
        next = number_text(op, row[limit - 1].useq);
    list_close(r, &j, next);
}

/* --- deleting for oneself */

void run_hide(struct run *r) {
    struct access_row a;
    struct line_row line;
    if (!find(r, ACT_READ, &a, &line))
        return;
    int64_t seq = line.message.seq;
    if (line.message.kind == MESSAGE_KIND_NOTICE) {
        op_fail(r->op, FAIL_FORBIDDEN, NULL, "this is no message");
        return;
    }
    if (!data_hidden_add(r->tx, a.room.id, a.user.id, seq))
        return;
    data_star_remove(r->tx, a.room.id, a.user.id, seq); /* follows for everyone who hears of it */
    struct entry_row entry;
    bool is_in = data_entry(r->tx, a.user.id, a.room.id, &entry);
    tell_hidden(r, a.user.id, a.room.id, seq, is_in ? view_last_after(&entry, seq) : NULL);
}
