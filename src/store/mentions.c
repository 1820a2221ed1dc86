/* Whom lines call: for finding what one was called in. */
#include "store/columns.h"

void data_mention_add(struct tx *tx, const struct message_row *m, id64 user) {
    tx_exec(tx,
        "INSERT INTO mentions (room_id, user_id, target, message_id, author_id) VALUES ($1, $2, "
        "$3, $4, $5) ON CONFLICT DO NOTHING",
        "iiiii", m->room, user, m->seq, m->id, m->author);
}

void data_mention_remove(struct tx *tx, const struct message_row *m, id64 user) {
    tx_exec(tx, "DELETE FROM mentions WHERE room_id = $1 AND user_id = $2 AND target = $3", "iii",
        m->room, user, m->seq);
}

void data_mentions_list(struct tx *tx, id64 user, id64 before, int limit, struct rows *ret) {
    struct query q;
    /* The memberships decide: what one was called in, in a room that one has left, is not told. */
    query_open(&q, tx,
        "SELECT " LINE_COLUMNS
        " FROM (SELECT message_id FROM mentions WHERE user_id = $1 AND message_id < $2"
        " UNION SELECT e.message_id FROM members mm JOIN mentions e ON e.room_id = mm.room_id AND "
        "e.user_id = 0 WHERE mm.user_id = $1 AND e.message_id < $2 AND e.author_id <> $1) found"
        " JOIN messages m ON m.id = found.message_id JOIN members here ON here.room_id = m.room_id "
        "AND "
        "here.user_id = $1" LINE_JOINS
        "WHERE NOT EXISTS (SELECT 1 FROM hidden h WHERE h.room_id = m.room_id AND h.user_id = $1 "
        "AND h.target = m.seq) ORDER BY m.id DESC LIMIT $3",
        "iii", user, before, (int64_t)limit);
    while (query_next(&q))
        read_line(&q, 0, rows_add(ret, tx->arena, sizeof(struct line_row)));
    query_close(&q);
}
