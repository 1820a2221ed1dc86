/* The floor under acknowledged messages: bare SQLite, one thread, B rows of the same size in each
 * durable commit (WAL, synchronous=FULL), a table without further indexes, nothing checked and
 * nobody told.
 *
 *   --file PATH --batch B      makes the file anew */
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

#include "kit.h"
#include "load.h"

#define TEXT_BYTES 200
#define CHECKPOINT_PAGES (16 * 1024) /* as the server does */

static sqlite3 *db;

static void sql(const char *text) {
    if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
        kit_fail("commit: %s: %s", text, sqlite3_errmsg(db));
}

static void run(sqlite3_stmt *st) {
    if (sqlite3_step(st) != SQLITE_DONE)
        kit_fail("commit: %s", sqlite3_errmsg(db));
    sqlite3_reset(st);
}

static sqlite3_stmt *prepared(const char *text) {
    sqlite3_stmt *st = NULL;
    if (sqlite3_prepare_v2(db, text, -1, &st, NULL) != SQLITE_OK)
        kit_fail("commit: %s: %s", text, sqlite3_errmsg(db));
    return st;
}

static void open_file(const char *path) {
    if (sqlite3_open(path, &db) != SQLITE_OK)
        kit_fail("commit: can't open %s", path);
    sql("PRAGMA journal_mode=WAL");
    sql("PRAGMA synchronous=FULL");
    sql("PRAGMA cache_size=-8192");
    sqlite3_wal_autocheckpoint(db, CHECKPOINT_PAGES);
    sql("CREATE TABLE messages (id INTEGER PRIMARY KEY, room_id INTEGER, seq INTEGER, ordinal "
        "INTEGER, kind INTEGER,"
        " author_id INTEGER, at INTEGER, text TEXT, client_id TEXT)");
}

void load_commit(struct load *l) {
    int64_t batch = kit_int(l->argc, l->argv, "batch", 1), rows = 0;
    char text[TEXT_BYTES];
    struct kit_times times = {0};
    struct kit_slices spans = {0}, costs = {0};
    open_file(kit_text(l->argc, l->argv, "file", NULL));
    sqlite3_stmt *begin = prepared("BEGIN IMMEDIATE"), *commit = prepared("COMMIT"),
                 *insert = prepared("INSERT INTO messages VALUES (?1, ?2, ?1, ?1, 0, ?2, ?1, ?3, "
                                    "'p0123456789abcdef-123456')");
    memset(text, 'x', sizeof text);
    for (int i = 0; i < KIT_SLICES; i++) {
        int64_t start = kit_now_ns(), end = start + (int64_t)(l->seconds * 1e9 / KIT_SLICES),
                now = start, before = rows, cpu = kit_cpu_ns(0);
        do {
            int64_t from = now;
            run(begin);
            for (int64_t k = 0; k < batch; k++, rows++) {
                sqlite3_bind_int64(insert, 1, rows + (INT64_C(1) << 60));
                sqlite3_bind_int64(insert, 2, kit_room(k));
                sqlite3_bind_text(insert, 3, text, sizeof text, SQLITE_STATIC);
                run(insert);
            }
            run(commit);
            now = kit_now_ns();
            kit_times_add(&times, now - from);
        } while (now < end);
        kit_slices_add(&spans, (double)(now - start) / (double)(rows - before));
        kit_slices_add(&costs, (double)(kit_cpu_ns(0) - cpu) / (double)(rows - before));
    }
    printf("{\"rows\":%" PRId64
           ",\"span_ns\":%.1f,\"median_span_ns\":%.1f,\"cpu_ns\":%.1f,\"p50_ns\":%" PRId64
           ",\"p99_ns\":%" PRId64 "}\n",
        rows, kit_slices_at(&spans, KIT_CALM), kit_slices_at(&spans, 0.5),
        kit_slices_at(&costs, KIT_CALM), kit_times_at(&times, 0.5), kit_times_at(&times, 0.99));
    sqlite3_finalize(begin);
    sqlite3_finalize(commit);
    sqlite3_finalize(insert);
    sqlite3_close(db);
}
