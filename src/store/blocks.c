/* Who has blocked whom. */
#include "store/columns.h"

bool data_block_add(struct tx *tx, id64 user, id64 whom, int64_t at_us) {
    if (tx_exec(tx,
            "INSERT INTO blocks (user_id, blocked_id, at) VALUES ($1, $2, $3) ON CONFLICT "
            "(user_id, blocked_id) DO NOTHING",
            "iii", user, whom, at_us)
        != 1)
        return false;
    tx_exec(tx, "UPDATE users SET blocks = blocks + 1 WHERE id = $1", "i", user);
    return true;
}

bool data_block_remove(struct tx *tx, id64 user, id64 whom) {
    if (tx_exec(tx, "DELETE FROM blocks WHERE user_id = $1 AND blocked_id = $2", "ii", user, whom)
        != 1)
        return false;
    tx_exec(tx, "UPDATE users SET blocks = blocks - 1 WHERE id = $1", "i", user);
    return true;
}

static int64_t one_number(struct query *q) {
    int64_t n = query_next(q) ? query_int(q, 0) : 0;
    query_close(q);
    return n;
}

void data_blocked_list(struct tx *tx, id64 user, struct rows *ret) {
    struct query q;
    query_open(&q, tx,
        "SELECT " USER_COLUMNS("u") ", b.at FROM blocks b JOIN users u ON u.id = b.blocked_id "
                                    "WHERE b.user_id = $1 ORDER BY b.at DESC, u.id",
        "i", user);
    while (query_next(&q)) {
        struct blocked_row *row = rows_add(ret, tx->arena, sizeof *row);
        row->at_us = query_int(&q, read_user(&q, 0, &row->user));
    }
    query_close(&q);
}

bool data_is_apart(struct tx *tx, id64 a, id64 b) {
    struct query q;
    query_open(&q, tx, "SELECT " IS_APART("$1", "$2"), "ii", a, b);
    return one_number(&q) != 0;
}

void data_apart(struct tx *tx, id64 user, struct rows *ret) {
    struct query q;
    query_open(&q, tx,
        "SELECT blocked_id FROM blocks WHERE user_id = $1 UNION SELECT user_id FROM blocks WHERE "
        "blocked_id = $1",
        "i", user);
    while (query_next(&q))
        *(id64 *)rows_add(ret, tx->arena, sizeof(id64)) = query_int(&q, 0);
    query_close(&q);
}
