/* What administrators keep. */
#include <string.h>

#include "store/columns.h"
#include "store/data_admin.h"

void data_settings(struct tx *tx, struct rows *ret) {
    struct query q;
    query_open(&q, tx, "SELECT key, value FROM settings", "");
    while (query_next(&q))
        *(struct setting_row *)rows_add(ret, tx->arena, sizeof(struct setting_row)) =
            (struct setting_row){query_str(&q, 0), query_str(&q, 1)};
    query_close(&q);
}

void data_setting_set(struct tx *tx, struct str key, struct str value) {
    tx_exec(tx,
        "INSERT INTO settings (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = "
        "excluded.value",
        "ss", key, value);
}

int64_t data_people_count(struct tx *tx) {
    struct query q;
    query_open(&q, tx, "SELECT count(*) FROM users WHERE kind = 0", "");
    int64_t n = query_next(&q) ? query_int(&q, 0) : 0;
    query_close(&q);
    return n;
}

/* --- the audit log */

#define AUDIT_COLUMNS                                                                       \
    "x.id, x.at, x.source, x.act, x.actor_id, x.actor, x.address, x.user_id, x.user_name, " \
    "x.room_id, x.room_name, x.changes, x.hash"

static void read_audit(struct query *q, struct audit_row *ret) {
    *ret = (struct audit_row){.id = query_int(q, 0),
        .at_us = query_int(q, 1),
        .source = (int)query_int(q, 2),
        .act = (int)query_int(q, 3),
        .actor = query_int(q, 4),
        .actor_name = query_str(q, 5),
        .address = query_str(q, 6),
        .user = query_int(q, 7),
        .user_name = query_str(q, 8),
        .room = query_int(q, 9),
        .room_name = query_str(q, 10),
        .changes = query_str(q, 11),
        .hash = query_str(q, 12)};
}

bool data_audit_last(struct tx *tx, struct audit_row *ret) {
    struct query q;
    query_open(&q, tx,
        "SELECT " AUDIT_COLUMNS " FROM audit x WHERE x.id = (SELECT max(id) FROM audit)", "");
    bool found = query_next(&q);
    if (found)
        read_audit(&q, ret);
    query_close(&q);
    return found;
}

void data_audit_add(struct tx *tx, const struct audit_row *x) {
    tx_exec(tx,
        "INSERT INTO audit (id, at, source, act, actor_id, actor, address, user_id, user_name, "
        "room_id, room_name, changes, hash)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        "iiiiissisissb", x->id, x->at_us, (int64_t)x->source, (int64_t)x->act, x->actor,
        x->actor_name, x->address, x->user, x->user_name, x->room, x->room_name, x->changes,
        x->hash);
}

static void read_audits(struct query *q, struct arena *a, struct rows *ret) {
    while (query_next(q))
        read_audit(q, rows_add(ret, a, sizeof(struct audit_row)));
    query_close(q);
}

void data_audit_list(
    struct tx *tx, int64_t before, int act, id64 user, int limit, struct rows *ret) {
    struct query q;
    query_open(&q, tx,
        "SELECT " AUDIT_COLUMNS " FROM audit x WHERE x.id < $1 AND ($2 < 0 OR x.act = $2)"
        " AND ($3 = 0 OR x.actor_id = $3 OR x.user_id = $3) ORDER BY x.id DESC LIMIT $4",
        "iiii", before ? before : INT64_MAX, (int64_t)act, user, (int64_t)limit);
    read_audits(&q, tx->arena, ret);
}

void data_audit_after(struct tx *tx, int64_t after, int limit, struct rows *ret) {
    struct query q;
    query_open(&q, tx,
        "SELECT " AUDIT_COLUMNS " FROM audit x WHERE x.id > $1 ORDER BY x.id LIMIT $2", "ii", after,
        (int64_t)limit);
    read_audits(&q, tx->arena, ret);
}

/* --- accounts and rooms, as administrators see them */

#define MANAGED_USER                                                                            \
    "SELECT " USER_COLUMNS("u") ", (SELECT count(*) FROM sessions s WHERE s.user_id = u.id),"   \
                                " (SELECT count(*) FROM members m WHERE m.user_id = u.id) FROM" \
                                " users u WHERE "

static void read_managed_users(struct query *q, struct arena *a, struct rows *ret) {
    while (query_next(q)) {
        struct managed_user *m = rows_add(ret, a, sizeof *m);
        int at = read_user(q, 0, &m->user);
        m->sessions = query_int(q, at);
        m->rooms = query_int(q, at + 1);
    }
    query_close(q);
}

bool data_managed_user(struct tx *tx, id64 user, struct managed_user *ret) {
    struct query q;
    struct rows rows = {0};
    query_open(&q, tx, MANAGED_USER "u.id = $1 AND u.kind = 0", "i", user);
    read_managed_users(&q, tx->arena, &rows);
    if (rows.n)
        *ret = *(struct managed_user *)rows.p;
    return rows.n != 0;
}

void data_managed_users(
    struct tx *tx, struct str q, const struct user_place *after, int limit, struct rows *ret) {
    struct query query;
    query_open(&query, tx,
        MANAGED_USER "u.kind = 0 AND (u.sort_key, u.id) > ($1, $2) AND ($3 IS NULL OR "
                     "instr(u.search, $3) > 0) ORDER BY u.sort_key, u.id LIMIT $4",
        "sisi", after->sort_key.p ? after->sort_key : STR(""), after->id, q, (int64_t)limit);
    read_managed_users(&query, tx->arena, ret);
}

void data_managed_users_new(struct tx *tx, struct str q, id64 before, int limit, struct rows *ret) {
    struct query query;
    query_open(&query, tx,
        MANAGED_USER "u.kind = 0 AND u.id < $1 AND ($2 IS NULL OR instr(u.search, $2) > 0)"
                     " ORDER BY u.id DESC LIMIT $3",
        "isi", before, q, (int64_t)limit);
    read_managed_users(&query, tx->arena, ret);
}

void data_managed_users_seen(
    struct tx *tx, struct str q, int64_t seen_us, id64 before, int limit, struct rows *ret) {
    struct query query;
    query_open(&query, tx,
        MANAGED_USER "u.kind = 0 AND (u.last_seen_at, u.id) < ($1, $2) AND ($3 IS NULL OR "
                     "instr(u.search, $3) > 0) ORDER BY u.last_seen_at DESC, u.id DESC LIMIT $4",
        "iisi", seen_us, before, q, (int64_t)limit);
    read_managed_users(&query, tx->arena, ret);
}

#define MANAGED_ROOM                                                                            \
    "SELECT " ROOM_COLUMNS("r") ", " USER_COLUMNS(                                              \
        "o") " FROM rooms r LEFT JOIN users o ON o.id = (SELECT m.user_id FROM members m WHERE" \
             " m.room_id = r.id AND m.role = 0 LIMIT 1) WHERE r.kind <> 0 AND r.deleted = 0 AND "

static void read_managed_rooms(struct query *q, struct arena *a, struct rows *ret) {
    while (query_next(q)) {
        struct managed_room *m = rows_add(ret, a, sizeof *m);
        read_user(q, read_room(q, 0, &m->room), &m->owner);
    }
    query_close(q);
}

bool data_managed_room(struct tx *tx, id64 room, struct managed_room *ret) {
    struct query q;
    struct rows rows = {0};
    query_open(&q, tx, MANAGED_ROOM "r.id = $1", "i", room);
    read_managed_rooms(&q, tx->arena, &rows);
    if (rows.n)
        *ret = *(struct managed_room *)rows.p;
    return rows.n != 0;
}

void data_managed_rooms(
    struct tx *tx, struct str q, int kind, id64 before, int limit, struct rows *ret) {
    struct query query;
    query_open(&query, tx,
        MANAGED_ROOM "r.id < $1 AND ($2 < 0 OR r.kind = $2) AND ($3 IS NULL OR instr(r.search, $3)"
                     " > 0) ORDER BY r.id DESC LIMIT $4",
        "iisi", before, (int64_t)kind, q, (int64_t)limit);
    read_managed_rooms(&query, tx->arena, ret);
}

void data_rooms_named(struct tx *tx, struct str search, int limit, struct rows *ret) {
    struct query q;
    query_open(&q, tx,
        "SELECT " ROOM_COLUMNS("r") " FROM rooms r WHERE r.kind <> 0 AND r.deleted = 0 AND r.id > 0"
                                    " AND substr(r.search, 1, length($1)) = $1"
                                    " ORDER BY length(r.name), r.id LIMIT $2",
        "si", search, (int64_t)limit);
    while (query_next(&q))
        read_room(&q, 0, rows_add(ret, tx->arena, sizeof(struct room_row)));
    query_close(&q);
}

int64_t data_shared_rooms_count(struct tx *tx) {
    struct query q;
    query_open(&q, tx,
        "SELECT count(*) FROM rooms r WHERE r.kind <> 0 AND r.deleted = 0 AND r.id > 0", "");
    int64_t n = query_next(&q) ? query_int(&q, 0) : 0;
    query_close(&q);
    return n;
}
