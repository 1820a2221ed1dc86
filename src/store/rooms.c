/* Rooms, members, and rooms as their members have them. */
#include <errno.h>
#include <string.h>

#include "base/limits.h"
#include "store/columns.h"
#include "store/data_search.h"

int read_room(struct query *q, int at, struct room_row *ret) {
    memset(ret, 0, sizeof *ret);
    ret->id = query_int(q, at);
    ret->kind = (int)query_int(q, at + 1);
    ret->name = query_str(q, at + 2);
    ret->topic = query_str(q, at + 3);
    ret->low = query_int(q, at + 4);
    ret->high = query_int(q, at + 5);
    ret->created_by = query_int(q, at + 6);
    ret->created_us = query_int(q, at + 7);
    ret->head = query_int(q, at + 8);
    ret->count = query_int(q, at + 9);
    ret->last_seq = query_int(q, at + 10);
    ret->member_count = query_int(q, at + 11);
    ret->pins = query_int(q, at + 12);
    ret->archived = query_int(q, at + 13) != 0;
    ret->picture = query_str(q, at + 14);
    return at + 15;
}

int read_member(struct query *q, int at, struct member_row *ret) {
    *ret = (struct member_row){query_int(q, at), query_int(q, at + 1), (int)query_int(q, at + 2),
        query_int(q, at + 3), query_int(q, at + 4), query_int(q, at + 5), query_int(q, at + 6),
        (int)query_int(q, at + 7), query_int(q, at + 8), query_int(q, at + 9),
        query_int(q, at + 10), query_int(q, at + 11) != 0};
    return at + 12;
}

bool data_access(struct tx *tx, id64 room, id64 user, struct access_row *ret) {
    struct query q;
    query_open(&q, tx,
        "SELECT " ROOM_COLUMNS("r") ", " USER_COLUMNS("u") ", " MEMBER_COLUMNS(
            "m") ", CASE WHEN r.low <> r.high THEN " IS_APART("r.low",
            "r.high") " ELSE 0 END FROM rooms r JOIN users u ON u.id = $2"
                      " LEFT JOIN members m ON m.room_id = r.id AND m.user_id = u.id WHERE r.id = "
                      "$1 "
                      "AND r.deleted = 0",
        "ii", room, user);
    bool found = query_next(&q);
    if (found) {
        int at = read_user(&q, read_room(&q, 0, &ret->room), &ret->user);
        ret->is_member = !query_null(&q, at);
        at = read_member(&q, at, &ret->member);
        ret->apart = query_int(&q, at) != 0;
    }
    query_close(&q);
    return found;
}

bool data_room_get(struct tx *tx, id64 room, struct room_row *ret) {
    struct query q;
    query_open(&q, tx,
        "SELECT " ROOM_COLUMNS("r") " FROM rooms r WHERE r.id = $1 AND r.deleted = 0", "i", room);
    bool found = query_next(&q);
    if (found)
        read_room(&q, 0, ret);
    query_close(&q);
    return found;
}

bool data_room_add(struct tx *tx, const struct room_row *r) {
    if (tx_exec(tx,
            "INSERT INTO rooms (id, kind, name, name_key, topic, search, low, high, created_at, "
            "created_by)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
            "iissssooio", r->id, (int64_t)r->kind, r->name, r->name_key, r->topic, r->search,
            r->low, r->high, r->created_us, r->created_by)
        != 1)
        return false;
    search_add_room(tx, r);
    return true;
}

bool data_room_find_open(struct tx *tx, struct str name_key, struct room_row *ret) {
    struct query q;
    query_open(&q, tx,
        "SELECT " ROOM_COLUMNS(
            "r") " FROM rooms r WHERE r.name_key = $1 AND r.kind = 2 AND r.deleted = 0",
        "s", name_key);
    bool found = query_next(&q);
    if (found)
        read_room(&q, 0, ret);
    query_close(&q);
    return found;
}

bool data_room_set_names(struct tx *tx, const struct room_row *r) {
    struct room_row other, before;
    if (r->name_key.p && data_room_find_open(tx, r->name_key, &other) && other.id != r->id)
        return false;
    if (r->kind == 2 && data_room_get(tx, r->id, &before)) { /* 2: open */
        search_remove_room(tx, &before);
        search_add_room(tx, r);
    }
    tx_exec(tx, "UPDATE rooms SET name = $2, name_key = $3, topic = $4, search = $5 WHERE id = $1",
        "issss", r->id, r->name, r->name_key, r->topic, r->search);
    return true;
}

bool data_room_find_direct(struct tx *tx, id64 low, id64 high, id64 *ret_room) {
    struct query q;
    query_open(&q, tx, "SELECT id FROM rooms WHERE low = $1 AND high = $2", "ii", low, high);
    bool found = query_next(&q);
    if (found)
        *ret_room = query_int(&q, 0);
    query_close(&q);
    return found;
}

void data_room_advance(
    struct tx *tx, id64 room, int64_t old_head, int64_t head, int64_t count, int64_t last_seq) {
    /* The old head guards the numbers given out: two writers at once, and the later one is undone.
     */
    if (tx_exec(tx,
            "UPDATE rooms SET head = $3, count = $4, last_seq = $5 WHERE id = $1 AND head = $2",
            "iiiii", room, old_head, head, count, last_seq)
        == 0)
        tx->error = -EAGAIN;
}

void data_rooms_open(struct tx *tx, struct str q, int64_t after_members, id64 after_id, int limit,
    struct rows *ret) {
    struct query query;
    if (after_id == 0)
        after_members = INT64_MAX;
    /* Largest first, the older one of two equals first. instr is strpos on PostgreSQL. */
    query_open(&query, tx,
        "SELECT " ROOM_COLUMNS(
            "r") " FROM rooms r WHERE r.kind = 2 AND r.deleted = 0 AND r.archived = 0 AND "
                 "r.member_count <= $1"
                 " AND (r.member_count < $1 OR r.id > $2) AND ($3 IS NULL OR instr(r.search, $3) > "
                 "0)"
                 " ORDER BY r.member_count DESC, r.id LIMIT $4",
        "iisi", after_members, after_id, q, (int64_t)limit);
    while (query_next(&query))
        read_room(&query, 0, rows_add(ret, tx->arena, sizeof(struct room_row)));
    query_close(&query);
}

void data_room_set_archived(struct tx *tx, id64 room, bool archived) {
    tx_exec(tx, "UPDATE rooms SET archived = $2 WHERE id = $1", "ii", room, (int64_t)archived);
}

void data_room_delete(struct tx *tx, id64 room) {
    struct room_row before;
    if (data_room_get(tx, room, &before))
        search_remove_room(tx, &before);
    tx_exec(tx, "DELETE FROM members WHERE room_id = $1", "i", room);
    tx_exec(tx, "DELETE FROM invites WHERE room_id = $1", "i", room);
    data_pictures_delete(tx, room);
    tx_exec(tx,
        "UPDATE rooms SET deleted = 1, member_count = 0, name = '', topic = '', search = '',"
        " picture = NULL WHERE id = $1",
        "i", room);
}

id64 data_room_deleted(struct tx *tx) {
    struct query q;
    query_open(&q, tx, "SELECT id FROM rooms WHERE deleted = 1 LIMIT 1", "");
    id64 room = query_next(&q) ? query_int(&q, 0) : 0;
    query_close(&q);
    return room;
}

/* Messages leave the index one by one: it wants to hear what stood in them. */
static bool purge_messages(struct tx *tx, id64 room, int limit) {
    struct query q;
    struct rows rows = {0};
    struct arena *arena = tx->arena;
    int64_t last = 0;
    tx->arena = arena_new();
    query_open(&q, tx,
        "SELECT id, room_id, author_id, at, text, kind, deleted_at, seq FROM messages WHERE "
        "room_id = $1 ORDER BY seq LIMIT $2",
        "ii", room, (int64_t)limit);
    while (query_next(&q)) {
        last = query_int(&q, 7);
        *(struct message_row *)rows_add(&rows, tx->arena, sizeof(struct message_row)) =
            (struct message_row){.id = query_int(&q, 0),
                .room = query_int(&q, 1),
                .author = query_int(&q, 2),
                .at_us = query_int(&q, 3),
                .text = query_str(&q, 4),
                .kind = (int)query_int(&q, 5),
                .deleted_us = query_int(&q, 6)};
    }
    query_close(&q);
    for (size_t i = 0; i < rows.n; i++)
        search_remove(tx, (struct message_row *)rows.p + i);
    if (rows.n)
        tx_exec(tx, "DELETE FROM messages WHERE room_id = $1 AND seq <= $2", "ii", room, last);
    arena_free(&tx->arena);
    tx->arena = arena;
    return rows.n > 0;
}

static bool purge_whispers(struct tx *tx, id64 room, int limit) {
    struct query q;
    struct rows rows = {0};
    struct arena *arena = tx->arena;
    tx->arena = arena_new();
    query_open(
        &q, tx, "SELECT id FROM whispers WHERE room_id = $1 LIMIT $2", "ii", room, (int64_t)limit);
    while (query_next(&q))
        *(id64 *)rows_add(&rows, tx->arena, sizeof(id64)) = query_int(&q, 0);
    query_close(&q);
    for (size_t i = 0; i < rows.n; i++) {
        id64 whisper = ((id64 *)rows.p)[i];
        search_remove_whisper(tx, whisper);
        tx_exec(tx, "DELETE FROM whispers WHERE id = $1", "i", whisper);
    }
    arena_free(&tx->arena);
    tx->arena = arena;
    return rows.n > 0;
}

bool data_room_purge(struct tx *tx, id64 room, int limit) {
    static const char *const steps[] = {
        ("DELETE FROM mentions WHERE room_id = $1 AND (user_id, target) IN (SELECT user_id, target "
         "FROM mentions WHERE room_id = $1 LIMIT $2)"),
        ("DELETE FROM message_edits WHERE (message_id, seq) IN (SELECT e.message_id, e.seq FROM "
         "messages m JOIN "
         "message_edits e ON"
         " e.message_id = m.id WHERE m.room_id = $1 LIMIT $2)"),
        ("DELETE FROM reactions WHERE room_id = $1 AND (target, emoji, user_id) IN (SELECT target, "
         "emoji, user_id FROM reactions WHERE room_id = $1 LIMIT $2)"),
        ("DELETE FROM reaction_counts WHERE room_id = $1 AND (target, emoji) IN (SELECT target, "
         "emoji FROM reaction_counts WHERE room_id = $1 LIMIT $2)"),
        "DELETE FROM pins WHERE room_id = $1 AND target IN (SELECT target FROM pins WHERE room_id "
        "= $1 LIMIT $2)",
        ("DELETE FROM stars WHERE room_id = $1 AND (user_id, target) IN (SELECT user_id, target "
         "FROM stars WHERE room_id = $1 LIMIT $2)"),
        ("DELETE FROM hidden WHERE room_id = $1 AND (user_id, target) IN (SELECT user_id, target "
         "FROM hidden WHERE room_id = $1 LIMIT $2)"),
        ("DELETE FROM drafts WHERE room_id = $1 AND user_id IN (SELECT user_id FROM drafts WHERE "
         "room_id = $1 LIMIT $2)"),
        "UPDATE reports SET room_id = NULL WHERE id IN (SELECT id FROM reports WHERE room_id = $1 "
        "LIMIT $2)",
        "DELETE FROM removals WHERE room_id = $1 AND target IN (SELECT target FROM removals WHERE "
        "room_id = $1 LIMIT $2)",
        ("DELETE FROM whispered WHERE room_id = $1 AND (user_id, place, id) IN (SELECT user_id, "
         "place, id FROM whispered WHERE room_id = $1 LIMIT $2)"),
        "DELETE FROM changes WHERE room_id = $1 AND seq IN (SELECT seq FROM changes WHERE room_id "
        "= $1 LIMIT $2)",
        "DELETE FROM import_keys WHERE room_id = $1 AND key IN (SELECT key FROM import_keys WHERE "
        "room_id = $1 LIMIT "
        "$2)",
    };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (tx_exec(tx, steps[i], "ii", room, (int64_t)limit) != 0)
            return false;
    if (purge_messages(tx, room, limit) || purge_whispers(tx, room, limit))
        return false;
    tx_exec(tx, "DELETE FROM rooms WHERE id = $1 AND deleted = 1", "i", room);
    return true;
}

/* Of the lines that call the member and are not read yet, the newest. The member's own don't count,
 * nor those that they have hidden. */
#define MENTIONED(room, user, read)                                                              \
    "(SELECT group_concat(found.target || ':' || found.author_id) FROM (SELECT DISTINCT "        \
    "y.target, y.author_id FROM mentions y WHERE y.room_id "                                     \
    "= " room " AND y.user_id IN (0, " user ") AND y.target > " read " AND y.author_id <> " user \
    " AND NOT EXISTS (SELECT 1 FROM hidden h WHERE h.room_id = y.room_id AND h.user_id = " user  \
    " AND h.target = y.target) ORDER BY y.target DESC LIMIT " SQL_NUMBER(                        \
        LIMIT_MENTIONED) ") found)"

/* Of the messages that are not read yet and are gone for everybody, the newest. Told which index it
 * is, lest all that is unread be looked at. */
#define GONE(room, read)                                                             \
    "(SELECT group_concat(found.seq) FROM (SELECT z.seq FROM messages z INDEXED BY " \
    "messages_gone WHERE z.room_id = " room " AND z.seq > " read                     \
    " AND z.deleted_at IS NOT NULL ORDER BY z.seq DESC LIMIT " SQL_NUMBER(LIMIT_GONE) ") found)"

/* --- members */

bool data_member_get(
    struct tx *tx, id64 room, id64 user, struct member_row *ret, struct user_row *ret_user) {
    struct query q;
    query_open(&q, tx,
        "SELECT " MEMBER_COLUMNS("m") ", " USER_COLUMNS(
            "u") " FROM members m JOIN users u ON u.id = m.user_id"
                 " WHERE m.room_id = $1 AND m.user_id = $2",
        "ii", room, user);
    bool found = query_next(&q);
    if (found) {
        int at = read_member(&q, 0, ret);
        if (ret_user)
            read_user(&q, at, ret_user);
    }
    query_close(&q);
    return found;
}

/* Whoever comes back finds them as read. */
#define WHISPERS_TO \
    "coalesce((SELECT max(ordinal) FROM whispers WHERE room_id = $1 AND peer_id = $2), 0)"

bool data_member_add(struct tx *tx, const struct member_row *m) {
    if (tx_exec(tx,
            "INSERT INTO members (room_id, user_id, role, joined_at, joined_seq, read_seq, "
            "read_ordinal, whispers, whispers_read, whispering)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, " WHISPERS_TO ", " WHISPERS_TO
            ", EXISTS (SELECT 1 FROM "
            "whispered WHERE room_id = $1 AND user_id = $2))"
            " ON CONFLICT (room_id, user_id) DO NOTHING",
            "iiiiiii", m->room, m->user, (int64_t)m->role, m->joined_us, m->joined_seq, m->read_seq,
            m->read_ordinal)
        != 1)
        return false;
    tx_exec(tx, "UPDATE rooms SET member_count = member_count + 1 WHERE id = $1", "i", m->room);
    return true;
}

void data_member_remove(struct tx *tx, id64 room, id64 user) {
    if (tx_exec(tx, "DELETE FROM members WHERE room_id = $1 AND user_id = $2", "ii", room, user)
        != 1)
        return;
    tx_exec(tx, "DELETE FROM drafts WHERE room_id = $1 AND user_id = $2", "ii", room, user);
    tx_exec(tx, "UPDATE rooms SET member_count = member_count - 1 WHERE id = $1", "i", room);
}

void data_member_set_role(struct tx *tx, id64 room, id64 user, int role) {
    tx_exec(tx, "UPDATE members SET role = $3 WHERE room_id = $1 AND user_id = $2", "iii", room,
        user, (int64_t)role);
}

void data_member_set_read(struct tx *tx, id64 room, id64 user, int64_t seq, int64_t ordinal) {
    tx_exec(tx,
        "UPDATE members SET read_seq = $3, read_ordinal = $4, unread_head = 0 WHERE room_id = $1 "
        "AND user_id = $2",
        "iiii", room, user, seq, ordinal);
}

void data_member_set_unread(struct tx *tx, struct entry_row *e) {
    struct query q;
    const struct member_row *m = &e->member;
    query_open(&q, tx,
        "UPDATE members AS mm SET seen_seq = CASE WHEN read_seq > seen_seq THEN read_seq ELSE "
        "seen_seq END, read_seq = $3, read_ordinal = $4, unread_head = $5 WHERE room_id = $1 AND "
        "user_id = $2 RETURNING " MENTIONED("$1", "$2", "$3") ", " GONE("$1", "$3"),
        "iiiii", m->room, m->user, m->read_seq, m->read_ordinal, m->unread_head);
    if (query_next(&q)) {
        e->mentioned = query_str(&q, 0);
        e->gone = query_str(&q, 1);
    }
    query_close(&q);
}

bool data_draft_get(struct tx *tx, id64 room, id64 user, struct draft_row *ret) {
    struct query q;
    query_open(&q, tx, "SELECT text, reply_to, at FROM drafts WHERE room_id = $1 AND user_id = $2",
        "ii", room, user);
    bool found = query_next(&q);
    if (found)
        *ret = (struct draft_row){query_str(&q, 0), query_int(&q, 1), query_int(&q, 2)};
    query_close(&q);
    return found;
}

void data_draft_put(struct tx *tx, id64 room, id64 user, const struct draft_row *d) {
    tx_exec(tx,
        "INSERT INTO drafts (room_id, user_id, text, reply_to, at) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (room_id, user_id) DO UPDATE SET text = excluded.text, reply_to = "
        "excluded.reply_to, at = excluded.at",
        "iisii", room, user, d->text, d->reply_to, d->at_us);
}

void data_member_set_notify(struct tx *tx, id64 room, id64 user, int level) {
    tx_exec(tx, "UPDATE members SET notify = $3 WHERE room_id = $1 AND user_id = $2", "iii", room,
        user, (int64_t)level);
}

bool data_member_heir(struct tx *tx, id64 room, id64 but, struct user_row *ret) {
    struct query q;
    query_open(&q, tx,
        "SELECT " USER_COLUMNS("u") " FROM members m JOIN users u ON u.id = m.user_id WHERE "
                                    "m.room_id = $1 AND m.user_id <> $2"
                                    " ORDER BY m.role, m.joined_seq, m.user_id LIMIT 1",
        "ii", room, but);
    bool found = query_next(&q);
    if (found)
        read_user(&q, 0, ret);
    query_close(&q);
    return found;
}

int data_rooms_count(struct tx *tx, id64 user) {
    struct query q;
    query_open(&q, tx, "SELECT count(*) FROM members WHERE user_id = $1", "i", user);
    int n = query_next(&q) ? (int)query_int(&q, 0) : 0;
    query_close(&q);
    return n;
}

void data_members_list(struct tx *tx, id64 room, struct str q, const struct user_place *after,
    int limit, struct rows *ret) {
    struct query query;
    query_open(&query, tx,
        "SELECT " MEMBER_COLUMNS("m") ", " USER_COLUMNS(
            "u") " FROM members m JOIN users u ON u.id = m.user_id"
                 " WHERE m.room_id = $1 AND (u.sort_key, u.id) > ($2, $3) AND ($4 IS NULL OR "
                 "instr(u.search, $4) > 0)"
                 " ORDER BY u.sort_key, u.id LIMIT $5",
        "isisi", room, after->sort_key.p ? after->sort_key : STR(""), after->id, q, (int64_t)limit);
    while (query_next(&query)) {
        struct listed_member *m = rows_add(ret, tx->arena, sizeof *m);
        read_user(&query, read_member(&query, 0, &m->member), &m->user);
    }
    query_close(&query);
}

void data_member_ids(struct tx *tx, id64 room, struct rows *ret) {
    struct query q;
    query_open(
        &q, tx, "SELECT user_id FROM members WHERE room_id = $1 ORDER BY user_id", "i", room);
    while (query_next(&q))
        *(id64 *)rows_add(ret, tx->arena, sizeof(id64)) = query_int(&q, 0);
    query_close(&q);
}

void data_seen_list(struct tx *tx, id64 room, int limit, struct rows *ret) {
    struct query q;
    query_open(&q, tx,
        "SELECT user_id, CASE WHEN read_seq > seen_seq THEN read_seq ELSE seen_seq END AS seen "
        "FROM "
        "members WHERE room_id = $1 ORDER BY seen DESC, user_id LIMIT $2",
        "ii", room, (int64_t)limit);
    while (query_next(&q))
        *(struct seen_row *)rows_add(ret, tx->arena, sizeof(struct seen_row)) =
            (struct seen_row){query_int(&q, 0), query_int(&q, 1)};
    query_close(&q);
}

/* --- rooms as their members have them */

/* The line that stands for the room in its member's list: the last one, unless the member has
 * hidden it. Then it is the newest message among the 200 lines before it, or else the newest
 * notice: who hides more than that at the end of a room has none there. */
#define IS_HIDDEN(seq)                                                                      \
    "EXISTS (SELECT 1 FROM hidden h WHERE h.room_id = r.id AND h.user_id = mm.user_id AND " \
    "h.target = " seq ")"
#define LINES_BEFORE                                                                          \
    "(SELECT seq, kind FROM messages WHERE room_id = r.id AND seq < r.last_seq ORDER BY seq " \
    "DESC LIMIT 200)"
#define ENTRY_LAST                                                                              \
    "CASE WHEN NOT " IS_HIDDEN(                                                                 \
        "r.last_seq") " THEN r.last_seq ELSE coalesce("                                         \
                      "(SELECT found.seq FROM " LINES_BEFORE                                    \
                      " found WHERE found.kind <> 2 AND NOT " IS_HIDDEN(                        \
                          "found.seq") " ORDER BY found.seq DESC LIMIT 1),"                     \
                                       " (SELECT max(n.seq) FROM messages n WHERE n.room_id = " \
                                       "r.id AND n.seq > r.last_seq),"                          \
                                       " (SELECT max(found.seq) FROM " LINES_BEFORE             \
                                       " found WHERE found.kind = 2)) END"

#define ENTRY_SELECT                                                                               \
    "SELECT " ROOM_COLUMNS("r") ", " MEMBER_COLUMNS("mm") ", " USER_COLUMNS(                       \
        "p") ", " LINE_COLUMNS                                                                     \
             ", d.text, d.reply_to, d.at, " WHISPER_COLUMNS("w") ", " USER_COLUMNS(                \
                 "x") ", " MENTIONED("mm.room_id", "mm.user_id",                                   \
                 "mm.read_seq") ", " GONE("mm.room_id",                                            \
                 "mm.read_seq") " FROM members mm JOIN rooms r ON r.id = mm.room_id"               \
                                " LEFT JOIN users p ON p.id = CASE WHEN r.low = mm.user_id THEN "  \
                                "r.high "                                                          \
                                "ELSE r.low "                                                      \
                                "END"                                                              \
                                " LEFT JOIN messages m ON m.room_id = r.id AND m.seq "             \
                                "= " ENTRY_LAST " LEFT JOIN users a ON a.id = m.author_id LEFT "   \
                                "JOIN users s ON s.id = "                                          \
                                "m.subject_id"                                                     \
                                " LEFT JOIN drafts d ON d.room_id = mm.room_id AND d.user_id = "   \
                                "mm.user_id"                                                       \
                                " LEFT JOIN whispers w ON mm.whispering = 1 AND w.id = (SELECT "   \
                                "v.id FROM "                                                       \
                                "whispered v WHERE v.room_id = mm.room_id AND v.user_id = "        \
                                "mm.user_id ORDER "                                                \
                                "BY v.place DESC, v.id DESC LIMIT 1)"                              \
                                " LEFT JOIN users x ON x.id = CASE WHEN w.author_id = mm.user_id " \
                                "THEN "                                                            \
                                "w.peer_id ELSE w.author_id END"                                   \
                                " WHERE mm.user_id = $1"

static void read_entry(struct query *q, struct entry_row *ret) {
    int at = read_room(q, 0, &ret->room);
    at = read_member(q, at, &ret->member);
    at = read_user(q, at, &ret->peer);
    at = read_line(q, at, &ret->last);
    ret->draft = (struct draft_row){query_str(q, at), query_int(q, at + 1), query_int(q, at + 2)};
    at = read_whisper(q, at + 3, &ret->whisper);
    at = read_user(q, at, &ret->whisperer);
    ret->mentioned = query_str(q, at);
    ret->gone = query_str(q, at + 1);
}

void data_entries(struct tx *tx, id64 user, struct rows *ret) {
    struct query q;
    query_open(
        &q, tx, ENTRY_SELECT " ORDER BY coalesce(m.at, mm.joined_at) DESC, r.id DESC", "i", user);
    while (query_next(&q))
        read_entry(&q, rows_add(ret, tx->arena, sizeof(struct entry_row)));
    query_close(&q);
}

bool data_entry(struct tx *tx, id64 user, id64 room, struct entry_row *ret) {
    struct query q;
    query_open(&q, tx, ENTRY_SELECT " AND mm.room_id = $2", "ii", user, room);
    bool found = query_next(&q);
    if (found)
        read_entry(&q, ret);
    query_close(&q);
    return found;
}

void data_heads(struct tx *tx, id64 user, struct rows *ret) {
    struct query q;
    query_open(&q, tx,
        "SELECT r.id, r.head, r.pins FROM members m JOIN rooms r ON r.id = m.room_id WHERE "
        "m.user_id = $1 "
        "ORDER BY r.id",
        "i", user);
    while (query_next(&q))
        *(struct head_row *)rows_add(ret, tx->arena, sizeof(struct head_row)) =
            (struct head_row){query_int(&q, 0), query_int(&q, 1), query_int(&q, 2)};
    query_close(&q);
}
