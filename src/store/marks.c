/* What people put on lines: reactions, pins, stars; and lines that someone has deleted for
 * themselves. */
#include "store/columns.h"

/* --- reactions */

bool data_reaction_add(struct tx *tx, id64 room, int64_t target, struct str emoji, id64 user,
    int64_t seq, int64_t at_us) {
    return tx_exec(tx,
               "INSERT INTO reactions (room_id, target, emoji, user_id, seq, at) VALUES ($1, $2, "
               "$3, $4, $5, $6)"
               " ON CONFLICT (room_id, target, emoji, user_id) DO NOTHING",
               "iisiii", room, target, emoji, user, seq, at_us)
        == 1;
}

bool data_reaction_remove(struct tx *tx, id64 room, int64_t target, struct str emoji, id64 user) {
    return tx_exec(tx,
               "DELETE FROM reactions WHERE room_id = $1 AND target = $2 AND emoji = $3 AND "
               "user_id = $4",
               "iisi", room, target, emoji, user)
        == 1;
}

static int64_t one_number(struct query *q) {
    int64_t n = query_next(q) ? query_int(q, 0) : 0;
    query_close(q);
    return n;
}

int64_t data_reaction_count_up(
    struct tx *tx, id64 room, int64_t target, struct str emoji, int64_t seq) {
    struct query q;
    query_open(&q, tx,
        "INSERT INTO reaction_counts (room_id, target, emoji, count, since) VALUES ($1, $2, $3, 1, "
        "$4)"
        " ON CONFLICT (room_id, target, emoji) DO UPDATE SET count = reaction_counts.count + 1 "
        "RETURNING count",
        "iisi", room, target, emoji, seq);
    return one_number(&q);
}

void data_reaction_count_down(struct tx *tx, id64 room, int64_t target, struct str emoji) {
    struct query q;
    query_open(&q, tx,
        "UPDATE reaction_counts SET count = count - 1 WHERE room_id = $1 AND target = $2 AND emoji "
        "= $3 RETURNING count",
        "iis", room, target, emoji);
    if (one_number(&q) <= 0)
        tx_exec(tx, "DELETE FROM reaction_counts WHERE room_id = $1 AND target = $2 AND emoji = $3",
            "iis", room, target, emoji);
}

int64_t data_reaction_kinds(struct tx *tx, id64 room, int64_t target) {
    struct query q;
    query_open(&q, tx, "SELECT count(*) FROM reaction_counts WHERE room_id = $1 AND target = $2",
        "ii", room, target);
    return one_number(&q);
}

void data_reacted_list(struct tx *tx, id64 room, int64_t target, struct str emoji, int64_t after,
    int limit, struct rows *ret) {
    struct query q;
    query_open(&q, tx,
        "SELECT r.seq, r.at, " USER_COLUMNS(
            "u") " FROM reactions r JOIN users u ON u.id = r.user_id"
                 " WHERE r.room_id = $1 AND r.target = $2 AND r.emoji = $3 AND r.seq > $4 ORDER BY "
                 "r.seq LIMIT $5",
        "iisii", room, target, emoji, after, (int64_t)limit);
    while (query_next(&q)) {
        struct reacted_row *row = rows_add(ret, tx->arena, sizeof *row);
        row->seq = query_int(&q, 0);
        row->at_us = query_int(&q, 1);
        read_user(&q, 2, &row->user);
    }
    query_close(&q);
}

/* --- pins */

bool data_pin_add(struct tx *tx, id64 room, int64_t target, id64 user, int64_t seq, int64_t at_us) {
    if (tx_exec(tx,
            "INSERT INTO pins (room_id, target, seq, user_id, at) VALUES ($1, $2, $3, $4, $5)"
            " ON CONFLICT (room_id, target) DO NOTHING",
            "iiiii", room, target, seq, user, at_us)
        != 1)
        return false;
    tx_exec(tx, "UPDATE rooms SET pins = pins + 1 WHERE id = $1", "i", room);
    return true;
}

bool data_pin_remove(struct tx *tx, id64 room, int64_t target) {
    if (tx_exec(tx, "DELETE FROM pins WHERE room_id = $1 AND target = $2", "ii", room, target) != 1)
        return false;
    tx_exec(tx, "UPDATE rooms SET pins = pins - 1 WHERE id = $1", "i", room);
    return true;
}

void data_pins_list(struct tx *tx, id64 room, id64 user, struct rows *ret) {
    struct query q;
    query_open(&q, tx,
        "SELECT x.at, " USER_COLUMNS(
            "b") ", " LINE_COLUMNS " FROM pins x JOIN users b ON b.id = x.user_id"
                 " JOIN messages m ON m.room_id = x.room_id AND m.seq = "
                 "x.target" LINE_JOINS "WHERE x.room_id = $1 AND NOT EXISTS (SELECT 1 FROM "
                 "hidden h WHERE h.room_id = x.room_id"
                 " AND h.user_id = $2 AND h.target = x.target) ORDER BY "
                 "x.seq DESC",
        "ii", room, user);
    while (query_next(&q)) {
        struct pinned_row *row = rows_add(ret, tx->arena, sizeof *row);
        row->at_us = query_int(&q, 0);
        read_line(&q, read_user(&q, 1, &row->by), &row->line);
    }
    query_close(&q);
}

/* --- stars and what is hidden */

bool data_star_is(struct tx *tx, id64 room, id64 user, int64_t target) {
    struct query q;
    query_open(&q, tx, "SELECT 1 FROM stars WHERE room_id = $1 AND user_id = $2 AND target = $3",
        "iii", room, user, target);
    return one_number(&q) == 1;
}

void data_star_add(
    struct tx *tx, id64 room, id64 user, int64_t target, int64_t useq, int64_t at_us) {
    tx_exec(tx,
        "INSERT INTO stars (room_id, user_id, target, useq, at) VALUES ($1, $2, $3, $4, $5)",
        "iiiii", room, user, target, useq, at_us);
}

bool data_star_remove(struct tx *tx, id64 room, id64 user, int64_t target) {
    return tx_exec(tx, "DELETE FROM stars WHERE room_id = $1 AND user_id = $2 AND target = $3",
               "iii", room, user, target)
        == 1;
}

void data_stars_list(struct tx *tx, id64 user, int64_t before, int limit, struct rows *ret) {
    struct query q;
    /* The memberships decide: a star in a room that one has left is not told. */
    query_open(&q, tx,
        "SELECT x.useq, x.at, " LINE_COLUMNS
        " FROM stars x JOIN members mm ON mm.room_id = x.room_id AND mm.user_id = x.user_id"
        " JOIN messages m ON m.room_id = x.room_id AND m.seq = x.target" LINE_JOINS
        "WHERE x.user_id = $1 AND x.useq < $2 AND m.deleted_at IS NULL ORDER BY x.useq DESC LIMIT "
        "$3",
        "iii", user, before, (int64_t)limit);
    while (query_next(&q)) {
        struct starred_row *row = rows_add(ret, tx->arena, sizeof *row);
        row->useq = query_int(&q, 0);
        row->at_us = query_int(&q, 1);
        read_line(&q, 2, &row->line);
    }
    query_close(&q);
}

bool data_hidden_add(struct tx *tx, id64 room, id64 user, int64_t target) {
    return tx_exec(tx,
               "INSERT INTO hidden (room_id, user_id, target) VALUES ($1, $2, $3)"
               " ON CONFLICT (room_id, user_id, target) DO NOTHING",
               "iii", room, user, target)
        == 1;
}

/* --- all that stands on a stretch of lines */

static void read_marks(struct query *q, struct arena *a, struct rows *ret) {
    while (query_next(q))
        *(struct mark_row *)rows_add(ret, a, sizeof(struct mark_row)) =
            (struct mark_row){.target = query_int(q, 0),
                .kind = (int)query_int(q, 1),
                .emoji = query_str(q, 3),
                .count = query_int(q, 4),
                .mine = query_int(q, 5) != 0};
    query_close(q);
}

#define OWN_MARKS                                                                            \
    "SELECT target, 3 AS kind, 0 AS place, NULL AS emoji, 0 AS count, 0 AS mine FROM stars " \
    "WHERE room_id = $1 AND user_id = $2 AND target BETWEEN $3 AND $4"                       \
    " UNION ALL SELECT target, 4, 0, NULL, 0, 0 FROM hidden WHERE room_id = $1 AND user_id " \
    "= $2 AND target BETWEEN $3 AND $4"                                                      \
    " UNION ALL SELECT target, 5, 0, reason, 0, 0 FROM removals WHERE room_id = $1 AND "     \
    "author_id = $2 AND target BETWEEN $3 AND $4"

void data_marks(struct tx *tx, id64 room, id64 user, int64_t from, int64_t to, struct rows *ret) {
    struct query q;
    query_open(&q, tx,
        OWN_MARKS " UNION ALL SELECT target, 2, 0, NULL, 0, 0 FROM pins WHERE room_id = $1 AND "
                  "target BETWEEN $3 AND $4"
                  " UNION ALL SELECT c.target, 1, c.since, c.emoji, c.count, EXISTS (SELECT 1 FROM "
                  "reactions r"
                  " WHERE r.room_id = c.room_id AND r.target = c.target AND r.emoji = c.emoji AND "
                  "r.user_id = $2)"
                  " FROM reaction_counts c WHERE c.room_id = $1 AND c.target BETWEEN $3 AND $4"
                  " ORDER BY target, place",
        "iiii", room, user, from, to);
    read_marks(&q, tx->arena, ret);
}

void data_marks_own(
    struct tx *tx, id64 room, id64 user, int64_t from, int64_t to, struct rows *ret) {
    struct query q;
    query_open(&q, tx, OWN_MARKS " ORDER BY target, place", "iiii", room, user, from, to);
    read_marks(&q, tx->arena, ret);
}

void data_removal_add(struct tx *tx, id64 room, int64_t target, id64 author, struct str reason) {
    tx_exec(tx, "INSERT INTO removals (room_id, target, author_id, reason) VALUES ($1, $2, $3, $4)",
        "iiis", room, target, author, reason);
}

struct str data_removal(struct tx *tx, id64 room, int64_t target) {
    struct query q;
    struct str reason = {0};
    query_open(&q, tx, "SELECT reason FROM removals WHERE room_id = $1 AND target = $2", "ii", room,
        target);
    if (query_next(&q))
        reason = query_str(&q, 0);
    query_close(&q);
    return reason;
}

bool data_marks_clear(struct tx *tx, id64 room, int64_t target) {
    tx_exec(tx, "DELETE FROM reactions WHERE room_id = $1 AND target = $2", "ii", room, target);
    tx_exec(
        tx, "DELETE FROM reaction_counts WHERE room_id = $1 AND target = $2", "ii", room, target);
    return data_pin_remove(tx, room, target);
}
