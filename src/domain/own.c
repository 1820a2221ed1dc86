/* What people set for themselves in a room. Nobody else hears of it; all their devices do (law 2).
 */
#include "domain/access.h"
#include "domain/text.h"
#include "domain/view.h"

void run_notify(struct run *r) {
    struct op *op = r->op;
    struct access_row a;
    int level = op->in.own.level;
    if (!access_room(r, op->in.own.room, ACT_READ, &a) || a.member.notify == level)
        return;
    data_member_set_notify(r->tx, a.room.id, a.user.id, level);
    tell_notify(r, a.user.id, a.room.id, level);
}

static bool same(const struct draft_row *a, const struct draft_row *b) {
    return str_eq(a->text, b->text) && a->reply_to == b->reply_to;
}

/* Devices come back in any order with what they kept while they were away; their clocks may be
 * wrong, but how long ago something was written they know. What was written last holds. */
void run_draft(struct run *r) {
    struct op *op = r->op;
    struct access_row a;
    struct draft_row now = {.text = STR("")};
    if ((op->in.own.text.n && !text_check_message(op, op->in.own.text))
        || !access_room(r, op->in.own.room, ACT_READ, &a))
        return;
    int64_t age_ms = op->in.own.age_ms, most_ms = tx_now_us(r->tx) / 1000;
    struct draft_row fresh = {.text = op->in.own.text.n ? op->in.own.text : STR(""),
        .reply_to = op->in.own.text.n ? op->in.own.reply_to : 0,
        .at_us = tx_now_us(r->tx) - (age_ms < most_ms ? age_ms : most_ms) * 1000};
    bool any = data_draft_get(r->tx, a.room.id, a.user.id, &now);
    if (!any || fresh.at_us >= now.at_us) {
        bool told = same(&now, &fresh);
        data_draft_put(r->tx, a.room.id, a.user.id, &fresh);
        if (!told)
            tell_draft(r, a.user.id, a.room.id, &fresh);
        now = fresh;
    }
    struct p_draft view = view_draft(&now);
    ANSWER(r, p_draft_put, &view);
}
