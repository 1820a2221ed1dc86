/* All that is stored, page by page. */
#include "store/columns.h"
#include "store/data_export.h"

#define EXPORT_USER                                                                           \
    "SELECT " USER_COLUMNS("u") ", p.about, p.email, p.email_visible FROM users u LEFT JOIN " \
                                "profiles p ON p.user_id = u.id WHERE u.id > $1 "

static void read_users(struct query *q, struct arena *a, struct rows *ret) {
    while (query_next(q)) {
        struct export_user *x = rows_add(ret, a, sizeof *x);
        int at = read_user(q, 0, &x->user);
        x->profile =
            (struct profile_row){query_str(q, at), query_str(q, at + 1), query_int(q, at + 2) != 0};
    }
    query_close(q);
}

void data_export_users(struct tx *tx, id64 after, int limit, struct rows *ret) {
    struct query q;
    query_open(&q, tx, EXPORT_USER "ORDER BY u.id LIMIT $2", "ii", after, (int64_t)limit);
    read_users(&q, tx->arena, ret);
}

void data_export_users_of(struct tx *tx, id64 room, id64 after, int limit, struct rows *ret) {
    struct query q;
    query_open(&q, tx,
        EXPORT_USER
        "AND u.id IN (SELECT user_id FROM members WHERE room_id = $2 UNION SELECT author_id FROM "
        "messages WHERE room_id = $2 UNION SELECT subject_id FROM messages WHERE room_id = $2 "
        "UNION SELECT user_id FROM reactions WHERE room_id = $2 UNION SELECT user_id FROM pins "
        "WHERE room_id = $2) ORDER BY u.id LIMIT $3",
        "iii", after, room, (int64_t)limit);
    read_users(&q, tx->arena, ret);
}

void data_export_rooms(struct tx *tx, id64 after, int limit, struct rows *ret) {
    struct query q;
    query_open(&q, tx,
        "SELECT " ROOM_COLUMNS(
            "r") " FROM rooms r WHERE r.id > $1 AND r.deleted = 0 ORDER BY r.id LIMIT $2",
        "ii", after, (int64_t)limit);
    while (query_next(&q))
        read_room(&q, 0, rows_add(ret, tx->arena, sizeof(struct room_row)));
    query_close(&q);
}

void data_export_members(struct tx *tx, id64 room, id64 after, int limit, struct rows *ret) {
    struct query q;
    query_open(&q, tx,
        "SELECT " MEMBER_COLUMNS("m") " FROM members m WHERE m.room_id = $1 AND m.user_id > $2 "
                                      "ORDER BY m.user_id LIMIT $3",
        "iii", room, after, (int64_t)limit);
    while (query_next(&q))
        read_member(&q, 0, rows_add(ret, tx->arena, sizeof(struct member_row)));
    query_close(&q);
}

static void read_marks(struct query *q, struct arena *a, struct rows *ret) {
    while (query_next(q))
        *(struct export_mark *)rows_add(ret, a, sizeof(struct export_mark)) = (struct export_mark){
            query_int(q, 0), query_int(q, 1), query_int(q, 2), query_str(q, 3)};
    query_close(q);
}

void data_export_reactions(struct tx *tx, id64 room, int64_t from, int64_t to, struct rows *ret) {
    struct query q;
    query_open(&q, tx,
        "SELECT target, at, user_id, emoji FROM reactions WHERE room_id = $1 AND target BETWEEN $2 "
        "AND $3 ORDER BY target, seq",
        "iii", room, from, to);
    read_marks(&q, tx->arena, ret);
}

void data_export_pins(struct tx *tx, id64 room, int64_t from, int64_t to, struct rows *ret) {
    struct query q;
    query_open(&q, tx,
        "SELECT target, at, user_id, NULL FROM pins WHERE room_id = $1 AND target BETWEEN $2 AND $3"
        " ORDER BY target",
        "iii", room, from, to);
    read_marks(&q, tx->arena, ret);
}

void data_export_whispers(struct tx *tx, id64 after, int limit, struct rows *ret) {
    struct query q;
    query_open(&q, tx,
        "SELECT " WHISPER_COLUMNS(
            "w") " FROM whispers w JOIN rooms r ON r.id = w.room_id WHERE w.id > $1 AND r.deleted "
                 "= 0 ORDER BY w.id LIMIT $2",
        "ii", after, (int64_t)limit);
    while (query_next(&q))
        read_whisper(&q, 0, rows_add(ret, tx->arena, sizeof(struct whisper_row)));
    query_close(&q);
}
