/* Timelines: lines, edits, changes. */
#include <string.h>

#include "store/columns.h"
#include "store/data_search.h"

int read_message(struct query *q, int at, struct message_row *ret) {
    memset(ret, 0, sizeof *ret);
    ret->id = query_int(q, at);
    if (ret->id) {
        ret->room = query_int(q, at + 1);
        ret->seq = query_int(q, at + 2);
        ret->ordinal = query_int(q, at + 3);
        ret->kind = (int)query_int(q, at + 4);
        ret->author = query_int(q, at + 5);
        ret->at_us = query_int(q, at + 6);
        ret->text = query_str(q, at + 7);
        ret->client_id = query_str(q, at + 8);
        ret->reply_to = query_int(q, at + 9);
        ret->edited_us = query_int(q, at + 10);
        ret->deleted_us = query_int(q, at + 11);
        ret->notice = query_null(q, at + 12) ? -1 : (int)query_int(q, at + 12);
        ret->subject = query_int(q, at + 13);
        ret->value = query_str(q, at + 14);
        ret->role = query_null(q, at + 15) ? -1 : (int)query_int(q, at + 15);
        ret->mentions = query_str(q, at + 16);
    }
    return at + 17;
}

int read_line(struct query *q, int at, struct line_row *ret) {
    at = read_message(q, at, &ret->message);
    at = read_user(q, at, &ret->author);
    return read_user(q, at, &ret->subject);
}

bool data_message_add(struct tx *tx, const struct message_row *m) {
    /* Two texts, so that the plain message, by far the most frequent, binds only what it has. */
    if (m->notice < 0) {
        if (tx_exec(tx,
                "INSERT INTO messages (id, room_id, seq, ordinal, kind, author_id, at, text, "
                "client_id, reply_to, mentions)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
                " ON CONFLICT (author_id, client_id) WHERE client_id IS NOT NULL DO NOTHING",
                "iiiiiiissos", m->id, m->room, m->seq, m->ordinal, (int64_t)m->kind, m->author,
                m->at_us, m->text, m->client_id, m->reply_to, m->mentions)
            != 1)
            return false;
        search_add(tx, m);
        return true;
    }
    /* Roles are stored one up, for 'o' binds 0 as NULL; the statement takes it back. */
    return tx_exec(tx,
               "INSERT INTO messages (id, room_id, seq, ordinal, kind, author_id, at, text, "
               "notice, subject_id, value, "
               "role)"
               " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12 - 1)",
               "iiiiiiisioso", m->id, m->room, m->seq, m->ordinal, (int64_t)m->kind, m->author,
               m->at_us, m->text, (int64_t)m->notice, m->subject, m->value, (int64_t)m->role + 1)
        == 1;
}

static bool one_line(struct query *q, struct line_row *ret) {
    bool found = query_next(q);
    if (found)
        read_line(q, 0, ret);
    query_close(q);
    return found;
}

bool data_message_by_client(
    struct tx *tx, id64 author, struct str client_id, struct line_row *ret) {
    struct query q;
    query_open(&q, tx,
        "SELECT " LINE_COLUMNS " FROM messages m" LINE_JOINS
        "WHERE m.author_id = $1 AND m.client_id = $2",
        "is", author, client_id);
    return one_line(&q, ret);
}

bool data_message_get(struct tx *tx, id64 room, id64 message, struct line_row *ret) {
    struct query q;
    query_open(&q, tx,
        "SELECT " LINE_COLUMNS " FROM messages m" LINE_JOINS "WHERE m.id = $1 AND m.room_id = $2",
        "ii", message, room);
    return one_line(&q, ret);
}

bool data_message_at(struct tx *tx, id64 room, int64_t seq, struct message_row *ret) {
    struct query q;
    query_open(&q, tx,
        "SELECT " MESSAGE_COLUMNS("m") " FROM messages m WHERE m.room_id = $1 AND m.seq <= $2 "
                                       "ORDER BY m.seq DESC LIMIT 1",
        "ii", room, seq);
    bool found = query_next(&q);
    if (found)
        read_message(&q, 0, ret);
    query_close(&q);
    return found;
}

bool data_message_after(struct tx *tx, id64 room, int64_t seq) {
    struct query q;
    query_open(
        &q, tx, "SELECT 1 FROM messages WHERE room_id = $1 AND seq > $2 LIMIT 1", "ii", room, seq);
    bool found = query_next(&q);
    query_close(&q);
    return found;
}

void data_message_edit(struct tx *tx, const struct message_row *m, int64_t seq, struct str text,
    struct str mentions, int64_t at_us, int keep) {
    tx_exec(tx, "INSERT INTO message_edits (message_id, seq, text, at) VALUES ($1, $2, $3, $4)",
        "iisi", m->id, seq, m->text, m->edited_us ? m->edited_us : m->at_us);
    tx_exec(tx,
        "DELETE FROM message_edits WHERE message_id = $1 AND seq IN"
        " (SELECT seq FROM message_edits WHERE message_id = $1 ORDER BY seq DESC LIMIT 10 OFFSET "
        "$2)",
        "ii", m->id, (int64_t)keep);
    search_edit(tx, m, text);
    tx_exec(tx, "UPDATE messages SET text = $2, mentions = $3, edited_at = $4 WHERE id = $1",
        "issi", m->id, text, mentions, at_us);
}

void data_message_delete(struct tx *tx, const struct message_row *m, int64_t at_us) {
    search_remove(tx, m);
    tx_exec(tx, "DELETE FROM message_edits WHERE message_id = $1", "i", m->id);
    tx_exec(tx, "UPDATE messages SET text = '', mentions = NULL, deleted_at = $2 WHERE id = $1",
        "ii", m->id, at_us);
}

void data_message_edits(struct tx *tx, id64 message, struct rows *ret) {
    struct query q;
    query_open(&q, tx, "SELECT text, at FROM message_edits WHERE message_id = $1 ORDER BY seq", "i",
        message);
    while (query_next(&q))
        *(struct edit_row *)rows_add(ret, tx->arena, sizeof(struct edit_row)) =
            (struct edit_row){query_str(&q, 0), query_int(&q, 1)};
    query_close(&q);
}

static void read_lines(struct query *q, struct arena *a, struct rows *ret) {
    while (query_next(q))
        read_line(q, 0, rows_add(ret, a, sizeof(struct line_row)));
    query_close(q);
}

void data_lines(
    struct tx *tx, id64 room, int64_t from, int64_t to, bool forward, int limit, struct rows *ret) {
    struct query q;
    if (forward)
        query_open(&q, tx,
            "SELECT " LINE_COLUMNS " FROM messages m" LINE_JOINS
            "WHERE m.room_id = $1 AND m.seq BETWEEN $2 AND $3 ORDER BY m.seq LIMIT $4",
            "iiii", room, from, to, (int64_t)limit);
    else
        query_open(&q, tx,
            "SELECT " LINE_COLUMNS " FROM messages m" LINE_JOINS
            "WHERE m.room_id = $1 AND m.seq BETWEEN $2 AND $3 ORDER BY m.seq DESC LIMIT $4",
            "iiii", room, from, to, (int64_t)limit);
    read_lines(&q, tx->arena, ret);
}

void data_lines_quoted(
    struct tx *tx, id64 room, id64 user, int64_t from, int64_t to, struct rows *ret) {
    struct query q;
    query_open(&q, tx,
        "SELECT " LINE_COLUMNS " FROM messages m" LINE_JOINS
        "WHERE m.room_id = $1 AND m.seq IN (SELECT reply_to FROM messages WHERE room_id = $1 AND "
        "seq BETWEEN $2 AND $3"
        " AND reply_to IS NOT NULL AND (reply_to < $2 OR reply_to > $3)) AND NOT EXISTS (SELECT 1 "
        "FROM hidden h"
        " WHERE h.room_id = $1 AND h.user_id = $4 AND h.target = m.seq) ORDER BY m.seq",
        "iiii", room, from, to, user);
    read_lines(&q, tx->arena, ret);
}

void data_change_add(struct tx *tx, id64 room, const struct change_row *c) {
    tx_exec(tx,
        "INSERT INTO changes (room_id, seq, kind, target, actor_id, at, emoji) VALUES ($1, $2, $3, "
        "$4, $5, $6, $7)",
        "iiiiiis", room, c->seq, (int64_t)c->kind, c->target, c->actor, c->at_us, c->emoji);
}

void data_changes(struct tx *tx, id64 room, int64_t after, int limit, struct rows *ret) {
    struct query q;
    query_open(&q, tx,
        "SELECT c.seq, c.kind, c.target, c.actor_id, c.at, c.emoji, m.text, m.mentions FROM "
        "changes c"
        " JOIN messages m ON m.room_id = c.room_id AND m.seq = c.target"
        " WHERE c.room_id = $1 AND c.seq > $2 ORDER BY c.seq LIMIT $3",
        "iii", room, after, (int64_t)limit);
    while (query_next(&q))
        *(struct change_row *)rows_add(ret, tx->arena, sizeof(struct change_row)) =
            (struct change_row){query_int(&q, 0), (int)query_int(&q, 1), query_int(&q, 2),
                query_int(&q, 3), query_int(&q, 4), query_str(&q, 5), query_str(&q, 6),
                query_str(&q, 7)};
    query_close(&q);
}

bool data_import_key_add(struct tx *tx, id64 room, struct str key) {
    return tx_exec(tx,
               "INSERT INTO import_keys (room_id, key) VALUES ($1, $2) ON CONFLICT (room_id, key) "
               "DO NOTHING",
               "ib", room, key)
        == 1;
}
