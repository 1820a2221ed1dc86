/* Blocking: two people who are to have nothing to do with each other in private. Only who blocks
 * knows of it; the other one is told no more than that they can't write there. What holds between
 * the two stands in access.c (writing), whispers.c, rooms.c (new conversations, and who brings whom
 * into a room) and people.c (presence). */
#include "base/limits.h"
#include "domain/core.h"
#include "domain/lists.h"
#include "domain/view.h"

void run_block(struct run *r) {
    struct op *op = r->op;
    struct user_row whom, self;
    id64 me = op->who.user;
    bool on = op->in.block.on;
    if (!data_user_get(r->tx, op->in.block.user, &whom)) {
        op_fail(op, FAIL_NOT_FOUND, "user", NULL);
        return;
    }
    if (whom.id == me) {
        op_fail(op, FAIL_FORBIDDEN, "user", "nobody blocks themselves");
        return;
    }
    if (!(on ? data_block_add(r->tx, me, whom.id, tx_now_us(r->tx))
             : data_block_remove(r->tx, me, whom.id)))
        return;
    if (on && data_user_get(r->tx, me, &self) && self.blocks > LIMIT_BLOCKED)
        op_fail(op, FAIL_BLOCKS_FULL, NULL, "at most %d", LIMIT_BLOCKED);
    else
        tell_blocked(r, me, &whom, on);
}

void run_blocked_list(struct run *r) {
    struct rows rows = {0};
    data_blocked_list(r->tx, r->op->who.user, &rows);
    struct buf b = {0};
    struct json j;
    list_open(&j, &b);
    for (size_t i = 0; i < rows.n; i++) {
        const struct blocked_row *row = (const struct blocked_row *)rows.p + i;
        struct p_user user = view_user(&row->user);
        p_blocked_put(&j, &(struct p_blocked){&user, row->at_us / 1000});
    }
    list_close(r, &j, (struct str){0});
}
