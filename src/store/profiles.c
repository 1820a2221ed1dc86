/* What people tell of themselves; pictures of people and rooms. */
#include "base/limits.h"
#include "store/columns.h"

void data_profile_get(struct tx *tx, id64 user, struct profile_row *ret) {
    struct query q;
    *ret = (struct profile_row){.about = STR(""), .email = STR("")};
    query_open(
        &q, tx, "SELECT about, email, email_visible FROM profiles WHERE user_id = $1", "i", user);
    if (query_next(&q))
        *ret = (struct profile_row){query_str(&q, 0), query_str(&q, 1), query_int(&q, 2) != 0};
    query_close(&q);
}

void data_profile_set(struct tx *tx, id64 user, const struct profile_row *p) {
    tx_exec(tx,
        "INSERT INTO profiles (user_id, about, email, email_visible) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (user_id) DO UPDATE SET about = excluded.about, email = excluded.email,"
        " email_visible = excluded.email_visible",
        "issi", user, p->about, p->email, (int64_t)p->email_visible);
}

void data_user_set_status(struct tx *tx, const struct user_row *u) {
    tx_exec(tx,
        "UPDATE users SET status_emoji = $2, status_text = $3, status_until = $4 WHERE id = $1",
        "isso", u->id, u->status_emoji, u->status_text, u->status_until_us);
}

void data_user_set_picture(struct tx *tx, const struct user_row *u) {
    tx_exec(tx, "UPDATE users SET picture = $2 WHERE id = $1", "is", u->id, u->picture);
}

int64_t data_user_changed(struct tx *tx, id64 user) {
    struct query q;
    query_open(&q, tx, "UPDATE users SET rev = rev + 1 WHERE id = $1 RETURNING rev", "i", user);
    int64_t rev = query_next(&q) ? query_int(&q, 0) : 0;
    query_close(&q);
    return rev;
}

void data_room_set_picture(struct tx *tx, id64 room, struct str picture) {
    tx_exec(tx, "UPDATE rooms SET picture = $2 WHERE id = $1", "is", room, picture);
}

void data_picture_put(struct tx *tx, id64 owner, int side, struct str data) {
    tx_exec(tx,
        "INSERT INTO pictures (owner_id, side, data) VALUES ($1, $2, $3)"
        " ON CONFLICT (owner_id, side) DO UPDATE SET data = excluded.data",
        "iib", owner, (int64_t)side, data);
}

void data_pictures_delete(struct tx *tx, id64 owner) {
    tx_exec(tx, "DELETE FROM pictures WHERE owner_id = $1", "i", owner);
}

bool data_picture_get(struct tx *tx, id64 owner, int side, struct str *ret_data) {
    struct query q;
    query_open(&q, tx, "SELECT data FROM pictures WHERE owner_id = $1 AND side = $2", "ii", owner,
        (int64_t)side);
    bool found = query_next(&q);
    if (found)
        *ret_data = query_str(&q, 0);
    query_close(&q);
    return found;
}

void data_rooms_shared(
    struct tx *tx, id64 user, id64 other, id64 before, int limit, struct rows *ret) {
    struct query q;
    query_open(&q, tx,
        "SELECT " ROOM_COLUMNS(
            "r") " FROM members m JOIN members o ON o.room_id = m.room_id AND o.user_id = $2"
                 " JOIN rooms r ON r.id = m.room_id WHERE m.user_id = $1 AND m.room_id < $3 AND "
                 "r.kind <> 0"
                 " ORDER BY m.room_id DESC LIMIT $4",
        "iiii", user, other, before ? before : INT64_MAX, (int64_t)limit);
    while (query_next(&q))
        read_room(&q, 0, rows_add(ret, tx->arena, sizeof(struct room_row)));
    query_close(&q);
}
