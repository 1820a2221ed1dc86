/* Looking for damage: the engine's own checks, then the promises that the tables make to each
 * other. */
#include <errno.h>
#include <stdlib.h>

#include "store/core.h"

struct rule_text {
    const char *sql; /* each row's first column is an id, the second says what */
    const char *words;
};

static const struct rule_text invariants[] = {
    {"SELECT r.id, r.head FROM rooms r WHERE r.deleted = 0 AND r.head <>"
     " (SELECT count(*) FROM messages WHERE room_id = r.id) + (SELECT count(*) FROM changes WHERE "
     "room_id = r.id)",
        "the room's sequence has gaps: its head is not the number of its events"},
    {"SELECT r.id, r.head FROM rooms r WHERE r.deleted = 0 AND r.head <> max("
     "coalesce((SELECT max(seq) FROM messages WHERE room_id = r.id), 0),"
     " coalesce((SELECT max(seq) FROM changes WHERE room_id = r.id), 0))",
        "the room's head is not its last number"},
    {"SELECT m.room_id, m.seq FROM messages m JOIN changes c ON c.room_id = m.room_id AND c.seq = "
     "m.seq",
        "a number was given out twice"},
    {"SELECT r.id, r.count FROM rooms r WHERE r.deleted = 0 AND r.count <>"
     " (SELECT count(*) FROM messages WHERE room_id = r.id AND kind <> 2)",
        "the room's count is not the number of its messages"},
    {"SELECT room_id, seq FROM (SELECT room_id, seq, ordinal, sum(kind <> 2) OVER (PARTITION BY "
     "room_id ORDER BY seq) "
     "AS n"
     " FROM messages) WHERE ordinal <> n AND room_id IN (SELECT id FROM rooms WHERE deleted = 0)",
        "a line's ordinal is not the number of messages up to it"},
    {"SELECT r.id, r.last_seq FROM rooms r WHERE r.deleted = 0 AND r.last_seq <> coalesce("
     "(SELECT max(seq) FROM messages WHERE room_id = r.id AND kind <> 2), (SELECT max(seq) FROM "
     "messages WHERE room_id "
     "= r.id),"
     " 0)",
        "the room's last line is another one"},
    {"SELECT r.id, r.member_count FROM rooms r WHERE r.member_count <> (SELECT count(*) FROM "
     "members WHERE room_id = "
     "r.id)",
        "the room's member count is wrong"},
    {"SELECT m.room_id, m.user_id FROM members m JOIN rooms r ON r.id = m.room_id WHERE m.read_seq "
     "> r.head OR "
     "m.read_ordinal <>"
     " coalesce((SELECT x.ordinal FROM messages x WHERE x.room_id = m.room_id AND x.seq <= "
     "m.read_seq ORDER BY x.seq "
     "DESC LIMIT"
     " 1), 0)",
        "a read marker does not fit its room"},
    {"SELECT r.id, r.kind FROM rooms r WHERE r.kind <> 0 AND r.deleted = 0 AND r.member_count > 0 "
     "AND 1 <>"
     " (SELECT count(*) FROM members WHERE room_id = r.id AND role = 0)",
        "the room does not have one owner"},
    {"SELECT u.id, u.head FROM users u WHERE u.head < coalesce((SELECT max(seq) FROM user_events "
     "WHERE user_id = "
     "u.id), 0)",
        "the person's head is before their last event"},
    {"SELECT m.id, m.seq FROM messages m WHERE m.deleted_at IS NOT NULL AND"
     " (m.text <> '' OR EXISTS (SELECT 1 FROM message_edits WHERE message_id = m.id))",
        "a deleted message still has text"},
    {"SELECT r.id, r.pins FROM rooms r WHERE r.deleted = 0 AND r.pins <> (SELECT count(*) FROM "
     "pins "
     "WHERE room_id = r.id)",
        "the room's number of pins is wrong"},
    {"SELECT c.room_id, c.target FROM reaction_counts c WHERE c.count <> (SELECT count(*) FROM "
     "reactions r WHERE r.room_id = c.room_id AND r.target = c.target AND r.emoji = c.emoji) AND "
     "c.room_id IN (SELECT id FROM rooms WHERE deleted = 0)",
        "a reaction is not there as often as its count says"},
    {"SELECT r.room_id, r.target FROM reactions r WHERE NOT EXISTS (SELECT 1 FROM reaction_counts "
     "c "
     "WHERE c.room_id = r.room_id AND c.target = r.target AND c.emoji = r.emoji) AND r.room_id IN "
     "(SELECT id FROM rooms WHERE deleted = 0)",
        "a reaction is not counted"},
    {"SELECT m.room_id, m.seq FROM messages m WHERE m.deleted_at IS NOT NULL AND (EXISTS (SELECT 1 "
     "FROM reaction_counts WHERE room_id = m.room_id AND target = m.seq) OR EXISTS (SELECT 1 FROM "
     "pins WHERE room_id = m.room_id AND target = m.seq))",
        "a deleted message still has reactions or a pin"},
    {"SELECT m.room_id, m.user_id FROM members m WHERE m.whispers <> (SELECT count(*) FROM "
     "whispers "
     "w WHERE w.room_id = m.room_id AND w.peer_id = m.user_id) OR m.whispers <> (SELECT "
     "coalesce(max(w.ordinal), 0) FROM whispers w WHERE w.room_id = m.room_id AND w.peer_id = "
     "m.user_id) OR m.whispers_read > m.whispers OR m.whispering <> EXISTS (SELECT 1 FROM "
     "whispered "
     "v WHERE v.room_id = m.room_id AND v.user_id = m.user_id)",
        "a member's whispers are not as many as their count says"},
    {"SELECT w.id, w.place FROM whispers w JOIN rooms r ON r.id = w.room_id WHERE r.deleted = 0 "
     "AND "
     "(w.place > r.head OR w.author_id = w.peer_id OR (w.deleted_at IS NOT NULL AND w.text <> ''))",
        "a whisper does not fit its room"},
    {"SELECT w.id, w.place FROM whispers w JOIN rooms r ON r.id = w.room_id WHERE r.deleted = 0 "
     "AND "
     "2 <> (SELECT count(*) FROM whispered v WHERE v.id = w.id AND v.room_id = w.room_id AND "
     "v.place "
     "= w.place AND v.user_id IN (w.author_id, w.peer_id))",
        "a whisper does not stand with its two people"},
    {"SELECT v.id, v.user_id FROM whispered v JOIN whispers w ON w.id = v.id WHERE v.user_id NOT "
     "IN "
     "(w.author_id, w.peer_id)",
        "a whisper stands with somebody else"},
    {"SELECT u.id, u.rev FROM users u WHERE u.picture IS NOT NULL AND (SELECT count(*) FROM "
     "pictures p WHERE p.owner_id = u.id) <> 3",
        "the person's picture is not there in every size"},
    {"SELECT r.id, r.head FROM rooms r WHERE r.picture IS NOT NULL AND (SELECT count(*) FROM "
     "pictures p WHERE p.owner_id = r.id) <> 3",
        "the room's picture is not there in every size"},
    {"SELECT 0, (SELECT count(*) FROM pictures WHERE owner_id = 0) AS n FROM settings WHERE key = "
     "'picture' AND value <> '' AND n <> 3",
        "the server's picture is not there in every size"},
    {"SELECT p.owner_id, p.side FROM pictures p WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.id "
     "= p.owner_id AND u.picture IS NOT NULL) AND NOT EXISTS (SELECT 1 FROM rooms r WHERE r.id = "
     "p.owner_id AND r.picture IS NOT NULL) AND NOT (p.owner_id = 0 AND EXISTS (SELECT 1 FROM "
     "settings WHERE key = 'picture' AND value <> ''))",
        "a picture is nobody's"},
    {"SELECT x.id, x.message_id FROM reports x LEFT JOIN messages m ON m.id = x.message_id WHERE "
     "x.whisper = 0 AND x.room_id IS NOT NULL AND (m.id IS NULL OR m.room_id <> x.room_id OR "
     "m.author_id <> x.author_id)",
        "a report tells of a message that is not there"},
    {"SELECT x.id, x.message_id FROM reports x LEFT JOIN whispers w ON w.id = x.message_id WHERE "
     "x.whisper = 1 AND x.room_id IS NOT NULL AND (w.id IS NULL OR w.room_id <> x.room_id OR "
     "w.author_id <> x.author_id OR w.peer_id <> x.reporter_id)",
        "a report tells of a whisper that was not said to who reported it"},
    {"SELECT x.room_id, x.target FROM mentions x LEFT JOIN messages m ON m.id = x.message_id WHERE "
     "(m.mentions IS NULL OR m.room_id <> x.room_id OR m.seq <> x.target OR m.author_id <> "
     "x.author_id OR instr(m.mentions, ':' || x.user_id) = 0) AND x.room_id IN (SELECT id FROM "
     "rooms WHERE deleted = 0)",
        "somebody is called by a message that does not call them"},
    {"SELECT u.id, u.blocks FROM users u WHERE u.blocks <> (SELECT count(*) FROM blocks WHERE "
     "user_id = u.id)",
        "the number of people that somebody has blocked is wrong"},
    {"SELECT m.id, m.seq FROM messages m WHERE m.kind <> 2 AND m.deleted_at IS NULL AND m.text <> "
     "'' "
     "AND NOT EXISTS (SELECT 1 FROM search_docs d WHERE d.message_id = m.id AND d.room_id = "
     "m.room_id AND d.doc BETWEEN m.at / 1000 * 1048576 AND m.at / 1000 * 1048576 + 1048575)",
        "a message is not in the index of the search"},
    {"SELECT d.doc, d.message_id FROM search_docs d LEFT JOIN messages m ON m.id = d.message_id "
     "WHERE d.whisper = 0 AND (m.id IS NULL OR m.deleted_at IS NOT NULL OR m.kind = 2)",
        "the index of the search has a message that is not there"},
    {"SELECT w.id, w.place FROM whispers w WHERE (w.deleted_at IS NULL AND w.text <> '') <> EXISTS "
     "(SELECT 1 FROM search_docs d WHERE d.whisper = 1 AND d.message_id = w.id AND d.room_id = "
     "w.room_id AND d.doc BETWEEN w.at / 1000 * 1048576 AND w.at / 1000 * 1048576 + 1048575)",
        "a whisper is not in the index of the search as it should be"},
    {"SELECT 1, count(*) FROM sqlite_master WHERE type = 'trigger' AND name IN ('audit_appends', "
     "'audit_keeps', 'audit_stays') HAVING count(*) <> 3",
        "the triggers that keep the audit log are not all there"},
};

#define REPORTED_MOST 20 /* of each kind */

static int check_invariant(struct tx *tx, const struct rule_text *rule, struct buf *report) {
    struct query q;
    int found = 0;
    query_open(&q, tx, rule->sql, "");
    for (; query_next(&q); found++)
        if (found < REPORTED_MOST)
            buf_addf(report, "%s (%lld, %lld)\n", rule->words, (long long)query_int(&q, 0),
                (long long)query_int(&q, 1));
    query_close(&q);
    return found;
}

static int check_engine(struct tx *tx, struct buf *report) {
    struct query q;
    int found = 0;
    query_open(&q, tx, "PRAGMA integrity_check(20)", "");
    while (query_next(&q)) {
        struct str line = query_str(&q, 0);
        if (str_eq(line, STR("ok")))
            continue;
        buf_addf(report, "damaged: %.*s\n", STR_ARG(line));
        found++;
    }
    query_close(&q);
    query_open(&q, tx, "PRAGMA foreign_key_check", "");
    for (; query_next(&q); found++)
        if (found < REPORTED_MOST) {
            struct str table = query_str(&q, 0);
            buf_addf(report, "a row of %.*s points to nothing\n", STR_ARG(table));
        }
    query_close(&q);
    return found;
}

int store_check(struct store *s, struct buf *report) {
    struct db *db = NULL;
    int r = db_open(s->path, DB_READ, &db, report);
    if (r < 0)
        return r;
    struct arena *arena = arena_new();
    struct tx tx = {.db = db, .arena = arena};
    r = db_begin(db, false);
    int found = r == 0 ? check_engine(&tx, report) : 0;
    for (size_t i = 0; r == 0 && i < sizeof invariants / sizeof *invariants; i++)
        found += check_invariant(&tx, &invariants[i], report);
    if (tx.error) {
        buf_addf(report, "the check could not be finished: %s\n", db_words(db));
        r = tx.error;
    }
    db_rollback(db);
    arena_free(&arena);
    db_close(&db);
    return r < 0 ? r : found;
}
