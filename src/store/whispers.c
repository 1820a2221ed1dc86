/* Whispers: what one member of a room said to another. */
#include "store/columns.h"
#include "store/data_search.h"

int read_whisper(struct query *q, int at, struct whisper_row *ret) {
    *ret = (struct whisper_row){.id = query_int(q, at)};
    if (ret->id) {
        ret->room = query_int(q, at + 1);
        ret->place = query_int(q, at + 2);
        ret->author = query_int(q, at + 3);
        ret->peer = query_int(q, at + 4);
        ret->ordinal = query_int(q, at + 5);
        ret->kind = (int)query_int(q, at + 6);
        ret->at_us = query_int(q, at + 7);
        ret->text = query_str(q, at + 8);
        ret->client_id = query_str(q, at + 9);
        ret->edited_us = query_int(q, at + 10);
        ret->deleted_us = query_int(q, at + 11);
    }
    return at + 12;
}

#define HEARD_COLUMNS WHISPER_COLUMNS("w") ", " USER_COLUMNS("a") ", " USER_COLUMNS("p")
#define HEARD_JOINS " JOIN users a ON a.id = w.author_id JOIN users p ON p.id = w.peer_id "

static void read_heard(struct query *q, struct heard_row *ret) {
    int at = read_whisper(q, 0, &ret->whisper);
    at = read_user(q, at, &ret->author);
    read_user(q, at, &ret->peer);
}

static void take_place(struct tx *tx, const struct whisper_row *w, id64 user) {
    tx_exec(tx, "INSERT INTO whispered (room_id, user_id, place, id) VALUES ($1, $2, $3, $4)",
        "iiii", w->room, user, w->place, w->id);
}

bool data_whisper_add(struct tx *tx, const struct whisper_row *w) {
    if (tx_exec(tx,
            "INSERT INTO whispers (id, room_id, place, author_id, peer_id, ordinal, kind, at, "
            "text, client_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
            " ON CONFLICT (author_id, client_id) DO NOTHING",
            "iiiiiiiiss", w->id, w->room, w->place, w->author, w->peer, w->ordinal,
            (int64_t)w->kind, w->at_us, w->text, w->client_id)
        != 1)
        return false;
    take_place(tx, w, w->author);
    take_place(tx, w, w->peer);
    tx_exec(tx,
        "UPDATE members SET whispers = $3, whispering = 1 WHERE room_id = $1 AND user_id = $2",
        "iii", w->room, w->peer, w->ordinal);
    tx_exec(tx, "UPDATE members SET whispering = 1 WHERE room_id = $1 AND user_id = $2", "ii",
        w->room, w->author);
    search_add_whisper(tx, w);
    return true;
}

static bool one_heard(struct query *q, struct heard_row *ret) {
    bool found = query_next(q);
    if (found)
        read_heard(q, ret);
    query_close(q);
    return found;
}

bool data_whisper_by_client(
    struct tx *tx, id64 author, struct str client_id, struct heard_row *ret) {
    struct query q;
    query_open(&q, tx,
        "SELECT " HEARD_COLUMNS " FROM whispers w" HEARD_JOINS
        "WHERE w.author_id = $1 AND w.client_id = $2",
        "is", author, client_id);
    return one_heard(&q, ret);
}

bool data_whisper_get(struct tx *tx, id64 room, id64 user, id64 whisper, struct heard_row *ret) {
    struct query q;
    query_open(&q, tx,
        "SELECT " HEARD_COLUMNS " FROM whispers w" HEARD_JOINS
        "WHERE w.id = $1 AND w.room_id = $2 AND $3 IN (w.author_id, w.peer_id)",
        "iii", whisper, room, user);
    return one_heard(&q, ret);
}

void data_whisper_edit(struct tx *tx, id64 whisper, struct str text, int64_t at_us) {
    search_edit_whisper(tx, whisper, text);
    tx_exec(tx, "UPDATE whispers SET text = $2, edited_at = $3 WHERE id = $1", "isi", whisper, text,
        at_us);
}

void data_whisper_delete(struct tx *tx, id64 whisper, int64_t at_us) {
    search_remove_whisper(tx, whisper);
    tx_exec(
        tx, "UPDATE whispers SET text = '', deleted_at = $2 WHERE id = $1", "ii", whisper, at_us);
}

void data_whispers(struct tx *tx, id64 room, id64 user, int64_t place, id64 whisper, bool forward,
    int limit, struct rows *ret) {
    struct query q;
    if (forward)
        query_open(&q, tx,
            "SELECT " HEARD_COLUMNS " FROM whispered v JOIN whispers w ON w.id = v.id" HEARD_JOINS
            "WHERE v.room_id = $1 AND v.user_id = $2 AND (v.place, v.id) > ($3, $4)"
            " ORDER BY v.place, v.id LIMIT $5",
            "iiiii", room, user, place, whisper, (int64_t)limit);
    else
        query_open(&q, tx,
            "SELECT " HEARD_COLUMNS " FROM whispered v JOIN whispers w ON w.id = v.id" HEARD_JOINS
            "WHERE v.room_id = $1 AND v.user_id = $2 AND (v.place, v.id) < ($3, $4)"
            " ORDER BY v.place DESC, v.id DESC LIMIT $5",
            "iiiii", room, user, place, whisper, (int64_t)limit);
    while (query_next(&q))
        read_heard(&q, rows_add(ret, tx->arena, sizeof(struct heard_row)));
    query_close(&q);
}

void data_whispers_set_read(struct tx *tx, id64 room, id64 user, int64_t count) {
    tx_exec(tx, "UPDATE members SET whispers_read = $3 WHERE room_id = $1 AND user_id = $2", "iii",
        room, user, count);
}
