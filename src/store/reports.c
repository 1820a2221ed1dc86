/* What people ask administrators to look at. */
#include "store/columns.h"
#include "store/data_admin.h"

bool data_report_add(struct tx *tx, const struct report_row *r) {
    return tx_exec(tx,
               "INSERT INTO reports (id, room_id, message_id, author_id, said_at, text, "
               "reporter_id, reason, at, whisper) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) "
               "ON CONFLICT (message_id, reporter_id) DO NOTHING",
               "iiiiisisii", r->id, r->room.id, r->message, r->author.id, r->said_us, r->text,
               r->reporter.id, r->reason, r->at_us, (int64_t)r->whisper)
        == 1;
}

/* Of a room that is deleted nothing is there any more but the report. */
#define REPORTED                                                                   \
    " FROM reports x JOIN users p ON p.id = x.reporter_id JOIN users a ON a.id = " \
    "x.author_id LEFT JOIN rooms r ON r.id = x.room_id AND r.deleted = 0 LEFT "    \
    "JOIN messages m ON m.id = x.message_id AND m.room_id = r.id LEFT JOIN "       \
    "whispers w ON w.id = x.message_id AND w.room_id = r.id WHERE "
#define REPORTS                                                                       \
    "SELECT x.id, x.message_id, x.said_at, x.text, x.reason, x.at, coalesce(m.text, " \
    "w.text) <> x.text, coalesce(m.deleted_at, w.deleted_at) IS NOT NULL, m.seq, "    \
    "x.whisper, " USER_COLUMNS("p") ", " USER_COLUMNS("a") ", " ROOM_COLUMNS("r") REPORTED

static void read_reports(struct query *q, struct arena *a, struct rows *ret) {
    while (query_next(q)) {
        struct report_row *x = rows_add(ret, a, sizeof *x);
        x->id = query_int(q, 0);
        x->message = query_int(q, 1);
        x->said_us = query_int(q, 2);
        x->text = query_str(q, 3);
        x->reason = query_str(q, 4);
        x->at_us = query_int(q, 5);
        x->edited = query_int(q, 6) != 0;
        x->deleted = query_int(q, 7) != 0;
        x->seq = query_int(q, 8);
        x->whisper = query_int(q, 9) != 0;
        int at = read_user(q, 10, &x->reporter);
        at = read_user(q, at, &x->author);
        read_room(q, at, &x->room);
    }
    query_close(q);
}

void data_reports(struct tx *tx, id64 before, int limit, struct rows *ret) {
    struct query q;
    query_open(
        &q, tx, REPORTS "x.id < $1 ORDER BY x.id DESC LIMIT $2", "ii", before, (int64_t)limit);
    read_reports(&q, tx->arena, ret);
}

bool data_report_get(struct tx *tx, id64 report, struct report_row *ret) {
    struct query q;
    struct rows rows = {0};
    query_open(&q, tx, REPORTS "x.id = $1", "i", report);
    read_reports(&q, tx->arena, &rows);
    if (rows.n)
        *ret = *(struct report_row *)rows.p;
    return rows.n != 0;
}

bool data_is_reported(struct tx *tx, id64 message) {
    struct query q;
    query_open(&q, tx, "SELECT 1 FROM reports WHERE message_id = $1 LIMIT 1", "i", message);
    bool is = query_next(&q);
    query_close(&q);
    return is;
}

int64_t data_reports_count(struct tx *tx) {
    struct query q;
    query_open(&q, tx, "SELECT count(*) FROM reports WHERE id > 0", "");
    int64_t n = query_next(&q) ? query_int(&q, 0) : 0;
    query_close(&q);
    return n;
}

int data_reports_remove(struct tx *tx, id64 message) {
    return tx_exec(tx, "DELETE FROM reports WHERE message_id = $1", "i", message);
}
