/* People, their sessions, their own sequence; and the readers of shared columns. */
#include <string.h>

#include "store/columns.h"
#include "store/data_search.h"

void *rows_add(struct rows *rows, struct arena *a, size_t size) {
    if (rows->n == rows->cap) {
        size_t cap = rows->cap ? rows->cap * 2 : 16;
        void *p = arena_alloc(a, cap * size);
        if (rows->n)
            memcpy(p, rows->p, rows->n * size);
        rows->p = p;
        rows->cap = cap;
    }
    return (char *)rows->p + rows->n++ * size;
}

int read_user(struct query *q, int at, struct user_row *ret) {
    memset(ret, 0, sizeof *ret);
    ret->id = query_int(q, at);
    if (ret->id) {
        ret->name = query_str(q, at + 1);
        ret->display_name = query_str(q, at + 2);
        ret->sort_key = query_str(q, at + 3);
        ret->kind = (int)query_int(q, at + 4);
        ret->role = (int)query_int(q, at + 5);
        ret->disabled = query_int(q, at + 6) != 0;
        ret->created_us = query_int(q, at + 7);
        ret->last_seen_us = query_int(q, at + 8);
        ret->head = query_int(q, at + 9);
        ret->picture = query_str(q, at + 10);
        ret->status_emoji = query_str(q, at + 11);
        ret->status_text = query_str(q, at + 12);
        ret->status_until_us = query_int(q, at + 13);
        ret->rev = query_int(q, at + 14);
        ret->blocks = query_int(q, at + 15);
    }
    return at + 16;
}

struct str data_epoch(struct tx *tx) {
    struct query q;
    struct str epoch = STR("");
    query_open(&q, tx, "SELECT value FROM meta WHERE key = 'epoch'", "");
    if (query_next(&q))
        epoch = query_str(&q, 0);
    query_close(&q);
    return epoch;
}

static bool one_user(struct query *q, struct user_row *ret, struct str *ret_hash) {
    bool found = query_next(q);
    if (found) {
        int at = read_user(q, 0, ret);
        if (ret_hash)
            *ret_hash = query_str(q, at);
    }
    query_close(q);
    return found;
}

bool data_user_get(struct tx *tx, id64 user, struct user_row *ret) {
    struct query q;
    query_open(&q, tx, "SELECT " USER_COLUMNS("u") " FROM users u WHERE u.id = $1", "i", user);
    return one_user(&q, ret, NULL);
}

bool data_user_by_name(struct tx *tx, struct str name, struct user_row *ret, struct str *ret_hash) {
    struct query q;
    query_open(&q, tx,
        "SELECT " USER_COLUMNS("u") ", u.password_hash FROM users u WHERE u.name = $1", "s", name);
    return one_user(&q, ret, ret_hash);
}

bool data_user_hash(struct tx *tx, id64 user, struct str *ret_hash) {
    struct query q;
    query_open(&q, tx, "SELECT password_hash FROM users WHERE id = $1", "i", user);
    bool found = query_next(&q);
    if (found)
        *ret_hash = query_str(&q, 0);
    query_close(&q);
    return found;
}

bool data_users_any_person(struct tx *tx) {
    struct query q;
    query_open(&q, tx, "SELECT 1 FROM users WHERE kind = 0 LIMIT 1", "");
    bool any = query_next(&q);
    query_close(&q);
    return any;
}

bool data_user_owner(struct tx *tx, struct user_row *ret) {
    struct query q;
    query_open(&q, tx,
        "SELECT " USER_COLUMNS("u") " FROM users u WHERE u.kind = 0 AND u.role = 0 AND u.disabled "
                                    "= 0 ORDER BY u.id LIMIT 1",
        "");
    return one_user(&q, ret, NULL);
}

void data_users_managing(struct tx *tx, struct rows *ret) {
    struct query q;
    query_open(&q, tx,
        "SELECT " USER_COLUMNS("u") " FROM users u WHERE u.role <> 2 AND u.disabled = 0", "");
    while (query_next(&q))
        read_user(&q, 0, rows_add(ret, tx->arena, sizeof(struct user_row)));
    query_close(&q);
}

bool data_user_add(struct tx *tx, const struct user_row *u, struct str hash) {
    if (tx_exec(tx,
            "INSERT INTO users (id, name, display_name, sort_key, search, password_hash, kind, "
            "role, disabled, "
            "created_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9) ON CONFLICT (name) DO NOTHING",
            "isssssiii", u->id, u->name, u->display_name, u->sort_key, u->search, hash,
            (int64_t)u->kind, (int64_t)u->role, u->created_us)
        != 1)
        return false;
    search_add_user(tx, u);
    return true;
}

void data_user_set_names(struct tx *tx, const struct user_row *u) {
    search_rename_user(tx, u->id, NULL, &u->display_name);
    tx_exec(tx, "UPDATE users SET display_name = $2, sort_key = $3, search = $4 WHERE id = $1",
        "isss", u->id, u->display_name, u->sort_key, u->search);
}

void data_user_set_hash(struct tx *tx, id64 user, struct str hash) {
    tx_exec(tx, "UPDATE users SET password_hash = $2 WHERE id = $1", "is", user, hash);
}

bool data_user_set_name(struct tx *tx, id64 user, struct str name) {
    struct user_row other;
    struct str hash;
    if (data_user_by_name(tx, name, &other, &hash))
        return other.id == user;
    search_rename_user(tx, user, &name, NULL);
    tx_exec(tx, "UPDATE users SET name = $2 WHERE id = $1", "is", user, name);
    return true;
}

void data_user_set_role(struct tx *tx, id64 user, int role) {
    tx_exec(tx, "UPDATE users SET role = $2 WHERE id = $1", "ii", user, (int64_t)role);
}

void data_user_set_disabled(struct tx *tx, id64 user, bool disabled) {
    tx_exec(tx, "UPDATE users SET disabled = $2 WHERE id = $1", "ii", user, (int64_t)disabled);
}

void data_user_set_seen(struct tx *tx, id64 user, int64_t at_us) {
    tx_exec(tx, "UPDATE users SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2", "ii",
        user, at_us);
}

void data_users_list(struct tx *tx, const struct user_place *after, int limit, struct rows *ret) {
    struct query q;
    struct user_place start = {.kind = -1, .sort_key = STR("")};
    const struct user_place *p = after->sort_key.p ? after : &start;
    query_open(&q, tx,
        "SELECT " USER_COLUMNS("u") " FROM users u WHERE (u.kind, u.sort_key, u.id) > ($1, $2, $3)"
                                    " ORDER BY u.kind, u.sort_key, u.id LIMIT $4",
        "isii", (int64_t)p->kind, p->sort_key, p->id, (int64_t)limit);
    while (query_next(&q))
        read_user(&q, 0, rows_add(ret, tx->arena, sizeof(struct user_row)));
    query_close(&q);
}

int64_t data_user_event_add(struct tx *tx, id64 user, const struct user_event_row *e, int keep) {
    struct query q;
    int64_t seq = 0;
    query_open(&q, tx, "UPDATE users SET head = head + 1 WHERE id = $1 RETURNING head", "i", user);
    if (query_next(&q))
        seq = query_int(&q, 0);
    query_close(&q);
    tx_exec(tx,
        "INSERT INTO user_events (user_id, seq, kind, room_id, read_seq, read_ordinal) VALUES ($1, "
        "$2, $3, $4, $5, $6)",
        "iiiiii", user, seq, (int64_t)e->kind, e->room, e->read_seq, e->read_ordinal);
    /* In steps, not one by one: a few more may stay. */
    if (seq > keep && seq % 64 == 0)
        tx_exec(
            tx, "DELETE FROM user_events WHERE user_id = $1 AND seq <= $2", "ii", user, seq - keep);
    return seq;
}

void data_user_events(struct tx *tx, id64 user, int64_t after, struct rows *ret) {
    struct query q;
    query_open(&q, tx,
        "SELECT seq, kind, room_id, read_seq, read_ordinal FROM user_events WHERE user_id = $1 AND "
        "seq > $2 ORDER BY "
        "seq",
        "ii", user, after);
    while (query_next(&q))
        *(struct user_event_row *)rows_add(ret, tx->arena, sizeof(struct user_event_row)) =
            (struct user_event_row){query_int(&q, 0), (int)query_int(&q, 1), query_int(&q, 2),
                query_int(&q, 3), query_int(&q, 4)};
    query_close(&q);
}

/* --- sessions */

#define SESSION_COLUMNS \
    "x.id, x.user_id, x.bearer, x.label, x.address, x.created_at, x.used_at, x.expires_at"

static int read_session(struct query *q, struct session_row *ret) {
    *ret = (struct session_row){query_int(q, 0), query_int(q, 1), query_int(q, 2) != 0,
        query_str(q, 3), query_str(q, 4), query_int(q, 5), query_int(q, 6), query_int(q, 7)};
    return 8;
}

bool data_session_by_token(
    struct tx *tx, struct str hash, struct session_row *ret, struct user_row *ret_user) {
    struct query q;
    query_open(&q, tx,
        "SELECT " SESSION_COLUMNS
        ", " USER_COLUMNS("u") " FROM sessions x JOIN users u ON u.id = x.user_id"
                               " WHERE x.token_hash = $1 AND x.expires_at > $2 AND u.disabled = 0",
        "bi", hash, tx->now_us);
    bool found = query_next(&q);
    if (found)
        read_user(&q, read_session(&q, ret), ret_user);
    query_close(&q);
    return found;
}

bool data_session_get(struct tx *tx, id64 session, struct session_row *ret) {
    struct query q;
    query_open(&q, tx, "SELECT " SESSION_COLUMNS " FROM sessions x WHERE x.id = $1", "i", session);
    bool found = query_next(&q);
    if (found)
        read_session(&q, ret);
    query_close(&q);
    return found;
}

void data_session_add(struct tx *tx, const struct session_row *s, struct str hash) {
    tx_exec(tx,
        "INSERT INTO sessions (id, user_id, token_hash, bearer, label, address, created_at, "
        "used_at, expires_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        "iibissiii", s->id, s->user, hash, (int64_t)s->bearer, s->label, s->address, s->created_us,
        s->used_us, s->expires_us);
}

void data_sessions_list(struct tx *tx, id64 user, struct rows *ret) {
    struct query q;
    query_open(&q, tx,
        "SELECT " SESSION_COLUMNS " FROM sessions x WHERE x.user_id = $1 AND x.expires_at > $2 "
        "ORDER BY x.used_at DESC, x.id DESC",
        "ii", user, tx->now_us);
    while (query_next(&q))
        read_session(&q, rows_add(ret, tx->arena, sizeof(struct session_row)));
    query_close(&q);
}

bool data_session_delete(struct tx *tx, id64 session, id64 user) {
    return tx_exec(tx, "DELETE FROM sessions WHERE id = $1 AND user_id = $2", "ii", session, user)
        == 1;
}

void data_session_touch(
    struct tx *tx, id64 session, int64_t used_us, int64_t expires_us, struct str address) {
    tx_exec(tx, "UPDATE sessions SET used_at = $2, expires_at = $3, address = $4 WHERE id = $1",
        "iiis", session, used_us, expires_us, address);
}

void data_sessions_delete_expired(struct tx *tx, int64_t before_us, int limit) {
    tx_exec(tx,
        "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at <= $1 LIMIT "
        "$2)",
        "ii", before_us, (int64_t)limit);
}
