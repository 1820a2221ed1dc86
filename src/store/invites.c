/* Links that let people in: invites, and those for a new password. */
#include "store/columns.h"
#include "store/data_admin.h"

#define INVITE_SELECT                                                                              \
    "SELECT i.id, i.room_id, i.created_at, i.expires_at, i.uses, i.uses_most, i.shows, i.revoked," \
    " " USER_COLUMNS("u") " FROM invites i JOIN users u ON u.id = i.maker_id WHERE "

static void read_invite(struct query *q, struct invite_row *ret) {
    *ret = (struct invite_row){.id = query_int(q, 0),
        .room = query_int(q, 1),
        .created_us = query_int(q, 2),
        .expires_us = query_int(q, 3),
        .uses = query_int(q, 4),
        .uses_most = query_int(q, 5),
        .shows = query_int(q, 6) != 0,
        .revoked = query_int(q, 7) != 0};
    read_user(q, 8, &ret->maker);
}

static bool one_invite(struct query *q, struct invite_row *ret) {
    bool found = query_next(q);
    if (found)
        read_invite(q, ret);
    query_close(q);
    return found;
}

void data_invite_add(struct tx *tx, const struct invite_row *x, struct str hash) {
    tx_exec(tx,
        "INSERT INTO invites (id, token_hash, room_id, maker_id, created_at, expires_at, uses_most,"
        " shows) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        "ibiiiiii", x->id, hash, x->room, x->maker.id, x->created_us, x->expires_us, x->uses_most,
        (int64_t)x->shows);
}

bool data_invite_get(struct tx *tx, id64 invite, struct invite_row *ret) {
    struct query q;
    query_open(&q, tx, INVITE_SELECT "i.id = $1", "i", invite);
    return one_invite(&q, ret);
}

bool data_invite_by_token(struct tx *tx, struct str hash, struct invite_row *ret) {
    struct query q;
    query_open(&q, tx, INVITE_SELECT "i.token_hash = $1", "b", hash);
    return one_invite(&q, ret);
}

void data_invites(struct tx *tx, id64 room, int limit, struct rows *ret) {
    struct query q;
    query_open(&q, tx, INVITE_SELECT "i.room_id = $1 AND i.revoked = 0 ORDER BY i.id DESC LIMIT $2",
        "ii", room, (int64_t)limit);
    while (query_next(&q))
        read_invite(&q, rows_add(ret, tx->arena, sizeof(struct invite_row)));
    query_close(&q);
}

#define STANDING "(expires_at = 0 OR expires_at > $2) AND (uses_most = 0 OR uses < uses_most)"

int64_t data_invites_standing(struct tx *tx, id64 room, int64_t now_us) {
    struct query q;
    query_open(&q, tx,
        "SELECT count(*) FROM invites WHERE room_id = $1 AND revoked = 0 AND " STANDING, "ii", room,
        now_us);
    int64_t n = query_next(&q) ? query_int(&q, 0) : 0;
    query_close(&q);
    return n;
}

void data_invites_forget(struct tx *tx, id64 room, int64_t before_us, int limit) {
    tx_exec(tx,
        "DELETE FROM invites WHERE id IN (SELECT id FROM invites WHERE room_id = $1 AND created_at "
        "< $3 AND (revoked = 1 OR NOT (" STANDING ")) ORDER BY id LIMIT $4)",
        "iiii", room, tx->now_us, before_us, (int64_t)limit);
}

void data_invite_revoke(struct tx *tx, id64 invite) {
    tx_exec(tx, "UPDATE invites SET revoked = 1 WHERE id = $1", "i", invite);
}

void data_invite_use(struct tx *tx, id64 invite) {
    tx_exec(tx, "UPDATE invites SET uses = uses + 1 WHERE id = $1", "i", invite);
}

/* --- links for a new password */

void data_reset_put(struct tx *tx, id64 user, struct str hash, int64_t expires_us) {
    tx_exec(tx,
        "INSERT INTO resets (user_id, token_hash, expires_at) VALUES ($1, $2, $3) ON CONFLICT "
        "(user_id) DO UPDATE SET token_hash = excluded.token_hash, expires_at = "
        "excluded.expires_at",
        "ibi", user, hash, expires_us);
}

bool data_reset_by_token(
    struct tx *tx, struct str hash, int64_t now_us, struct user_row *ret_user) {
    struct query q;
    query_open(&q, tx,
        "SELECT " USER_COLUMNS("u") " FROM resets x JOIN users u ON u.id = x.user_id WHERE "
                                    "x.token_hash = $1 AND x.expires_at > $2 AND u.disabled = 0",
        "bi", hash, now_us);
    bool found = query_next(&q);
    if (found)
        read_user(&q, 0, ret_user);
    query_close(&q);
    return found;
}

void data_reset_remove(struct tx *tx, id64 user) {
    tx_exec(tx, "DELETE FROM resets WHERE user_id = $1", "i", user);
}
