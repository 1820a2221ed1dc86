/* The driver on SQLite. WAL with synchronous=FULL: a COMMIT returns when its pages are fsynced in
 * the log. The log is never checkpointed by a commit (wal_autocheckpoint=0): the writer decides
 * when, see writer.c. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/map.h"
#include "store/db.h"
#include "store/file.h"

/* Taken only as it fills. The writer's holds the pages of a large batch: a page that does not fit
 * is written twice. */
#define CACHE_WRITER_KIB 8192
#define CACHE_READER_KIB 2048
#define BUSY_MS 10000

struct statement {
    const char *sql;
    sqlite3_stmt *st;
};

struct db {
    sqlite3 *sqlite;
    struct map statements; /* address of the text → struct statement */
    int log_pages;
    int64_t deadline_us; /* on the monotonic clock; 0: none */
};

static int to_errno(int rc) {
    switch (rc & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return 0;
    case SQLITE_FULL:
        return -ENOSPC;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return -EAGAIN;
    case SQLITE_CONSTRAINT:
        return -EEXIST;
    case SQLITE_NOMEM:
        return -ENOMEM;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return -EACCES;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return -EBADMSG;
    case SQLITE_INTERRUPT:
        return -ETIMEDOUT;
    default:
        return -EIO;
    }
}

static int on_log_grew(void *arg, sqlite3 *sqlite, const char *name, int pages) {
    struct db *db = arg;
    (void)sqlite, (void)name;
    db->log_pages = pages;
    return SQLITE_OK;
}

int db_script(struct db *db, const char *sql) {
    return to_errno(sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL));
}

static void set_up_sqlite(void) {
    /* Its count of memory in use stands behind one lock for all threads, and nobody asks for it. */
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/* SQLite would let everybody on the machine read what it makes. Its log takes over the mode of the
 * file; what is there keeps its own. */
static void make_private(const char *path) {
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
}

int db_open(const char *path, enum db_mode mode, struct db **ret_db, struct buf *error) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, set_up_sqlite);
    struct db *db = xcalloc(1, sizeof *db);
    int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (mode == DB_WRITE ? SQLITE_OPEN_CREATE : 0);
    if (mode == DB_WRITE)
        make_private(path);
    int r = to_errno(sqlite3_open_v2(path, &db->sqlite, flags, NULL));
    if (r == 0) {
        char pragmas[400];
        sqlite3_extended_result_codes(db->sqlite, 1);
        sqlite3_busy_timeout(db->sqlite, BUSY_MS);
        snprintf(pragmas, sizeof pragmas,
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA "
            "temp_store=MEMORY;"
            "PRAGMA mmap_size=0; PRAGMA wal_autocheckpoint=0; PRAGMA journal_size_limit=67108864;"
            "PRAGMA trusted_schema=OFF; PRAGMA cache_size=-%d; %s",
            mode == DB_READ ? CACHE_READER_KIB : CACHE_WRITER_KIB,
            mode == DB_READ ? "PRAGMA query_only=ON;" : "");
        r = db_script(db, pragmas);
    }
    if (r < 0) {
        buf_addf(error, "can't open %s: %s", path,
            db->sqlite ? sqlite3_errmsg(db->sqlite) : "no memory");
        db_close(&db);
        return r;
    }
    /* Deleted texts shall really be gone from the file, also from its free pages. */
    sqlite3_exec(db->sqlite, "PRAGMA secure_delete=FAST", NULL, NULL, NULL);
    sqlite3_wal_hook(db->sqlite, on_log_grew, db);
    *ret_db = db;
    return 0;
}

void db_close(struct db **dbp) {
    struct db *db = *dbp;
    *dbp = NULL;
    if (!db)
        return;
    for (size_t i = 0; i < db->statements.cap; i++) {
        struct statement *s = db->statements.slots[i].key ? db->statements.slots[i].value : NULL;
        if (!s)
            continue;
        sqlite3_finalize(s->st);
        free(s);
    }
    map_fini(&db->statements);
    CHECK(sqlite3_close(db->sqlite) == SQLITE_OK);
    free(db);
}

/* $1 is PostgreSQL's first value; to SQLite it is a name like any other, numbered by where it
 * stands first. */
static void translate(struct buf *out, const char *sql) {
    for (const char *p = sql; *p; p++)
        buf_add_char(out, p[0] == '$' && p[1] >= '1' && p[1] <= '9' ? '?' : *p);
}

static sqlite3_stmt *prepare(struct db *db, const char *sql, int *ret_error) {
    struct statement *s = map_get(&db->statements, (uint64_t)(uintptr_t)sql);
    if (s)
        return s->st;
    sqlite3_stmt *st = NULL;
    struct buf text = {0};
    translate(&text, sql);
    int rc = sqlite3_prepare_v3(db->sqlite, buf_z(&text), -1, SQLITE_PREPARE_PERSISTENT, &st, NULL);
    buf_fini(&text);
    if (rc != SQLITE_OK) {
        log_error("statement refused", "reason=%s sql=%s",
            log_quote(str_from(sqlite3_errmsg(db->sqlite))), log_quote(str_from(sql)));
        *ret_error = to_errno(rc);
        return NULL;
    }
    s = xmalloc(sizeof *s);
    *s = (struct statement){sql, st};
    map_put(&db->statements, (uint64_t)(uintptr_t)sql, s);
    return st;
}

/* One statement without values or rows. */
static int step_plain(struct db *db, const char *sql) {
    int r = 0;
    sqlite3_stmt *st = prepare(db, sql, &r);
    if (!st)
        return r;
    int rc = sqlite3_step(st);
    sqlite3_reset(st);
    return to_errno(rc);
}

int db_number(struct db *db, const char *sql, int64_t *ret_value) {
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(db->sqlite, sql, -1, &st, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(st);
    if (rc == SQLITE_ROW)
        *ret_value = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    return rc == SQLITE_ROW ? 0 : rc == SQLITE_DONE ? -ENOENT : to_errno(rc);
}

int db_begin(struct db *db, bool write) {
    return step_plain(db, write ? "BEGIN IMMEDIATE" : "BEGIN");
}

int db_commit(struct db *db) {
    if (fault_hit("store.commit"))
        return -EIO;
    if (fault_hit("store.commit.full"))
        return -ENOSPC;
    return step_plain(db, "COMMIT");
}

void db_rollback(struct db *db) {
    if (db_in_transaction(db) && step_plain(db, "ROLLBACK") < 0)
        log_error("rollback failed", "reason=%s", log_quote(str_from(db_words(db))));
}

bool db_in_transaction(struct db *db) {
    return !sqlite3_get_autocommit(db->sqlite);
}

int db_savepoint(struct db *db) {
    return fault_hit("store.savepoint") ? -EIO : step_plain(db, "SAVEPOINT job");
}

int db_release(struct db *db) {
    return fault_hit("store.release") ? -EIO : step_plain(db, "RELEASE job");
}

int db_rollback_to(struct db *db) {
    int r = step_plain(db, "ROLLBACK TO job");
    return r < 0 ? r : step_plain(db, "RELEASE job");
}

const char *db_words(struct db *db) {
    return sqlite3_errmsg(db->sqlite);
}

int64_t db_written(struct db *db) {
    return sqlite3_total_changes64(db->sqlite);
}

int db_log_pages(struct db *db) {
    return db->log_pages;
}

#define DEADLINE_STEPS 1000 /* of the engine, between two looks at the clock: well below 1 ms */

static int is_late(void *arg) {
    const struct db *db = arg;
    return clock_mono_us() > db->deadline_us;
}

void db_deadline(struct db *db, int64_t mono_us) {
    db->deadline_us = mono_us;
    sqlite3_progress_handler(
        db->sqlite, mono_us ? DEADLINE_STEPS : 0, mono_us ? is_late : NULL, db);
}

int db_checkpoint(struct db *db) {
    int all = 0, moved = 0;
    int rc = sqlite3_wal_checkpoint_v2(db->sqlite, NULL, SQLITE_CHECKPOINT_PASSIVE, &all, &moved);
    if (rc == SQLITE_OK && all >= 0 && all == moved)
        db->log_pages = 0;
    return rc == SQLITE_BUSY ? 0 : to_errno(rc);
}

/* --- statements of a job */

static void failed(struct tx *tx, int error) {
    if (tx->error)
        return;
    tx->error = error;
    if (error != -ECANCELED && error != -ETIMEDOUT)
        log_warn_limited("database error", "reason=%s", log_quote(str_from(db_words(tx->db))));
}

static sqlite3_stmt *bind(struct tx *tx, const char *sql, const char *types, va_list ap) {
    if (tx->error)
        return NULL;
    if (fault_hit("store.statement")) {
        failed(tx, -EIO);
        return NULL;
    }
    int r = 0;
    sqlite3_stmt *st = prepare(tx->db, sql, &r);
    if (!st) {
        failed(tx, r);
        return NULL;
    }
    tx->queries++;
    for (int i = 1; *types; types++, i++) {
        int64_t v;
        struct str s;
        switch (*types) {
        case 'i':
        case 'o':
            v = va_arg(ap, int64_t);
            if (v == 0 && *types == 'o')
                sqlite3_bind_null(st, i);
            else
                sqlite3_bind_int64(st, i, v);
            break;
        case 's':
            s = va_arg(ap, struct str);
            sqlite3_bind_text(st, i, s.p, (int)s.n, SQLITE_STATIC);
            break;
        case 'b':
            s = va_arg(ap, struct str);
            sqlite3_bind_blob(st, i, s.p, (int)s.n, SQLITE_STATIC);
            break;
        default:
            CHECK(false);
        }
    }
    return st;
}

int tx_exec(struct tx *tx, const char *sql, const char *types, ...) {
    va_list ap;
    va_start(ap, types);
    sqlite3_stmt *st = bind(tx, sql, types, ap);
    va_end(ap);
    if (!st)
        return tx->error;
    int rc = sqlite3_step(st);
    int changed = rc == SQLITE_DONE ? sqlite3_changes(tx->db->sqlite) : 0;
    if (rc != SQLITE_DONE)
        failed(tx, to_errno(rc));
    sqlite3_reset(st);
    return tx->error ? tx->error : changed;
}

void query_open(struct query *q, struct tx *tx, const char *sql, const char *types, ...) {
    va_list ap;
    va_start(ap, types);
    *q = (struct query){.tx = tx, .statement = bind(tx, sql, types, ap)};
    va_end(ap);
}

bool query_next(struct query *q) {
    if (!q->statement || q->tx->error)
        return false;
    int rc = sqlite3_step(q->statement);
    if (rc == SQLITE_ROW)
        return true;
    if (rc != SQLITE_DONE)
        failed(q->tx, to_errno(rc));
    return false;
}

void query_close(struct query *q) {
    if (q->statement)
        sqlite3_reset(q->statement);
    q->statement = NULL;
}

int64_t query_int(struct query *q, int column) {
    return sqlite3_column_int64(q->statement, column);
}

bool query_null(struct query *q, int column) {
    return sqlite3_column_type(q->statement, column) == SQLITE_NULL;
}

struct str query_str(struct query *q, int column) {
    if (query_null(q, column))
        return (struct str){0};
    const char *p = sqlite3_column_blob(q->statement, column);
    int n = sqlite3_column_bytes(q->statement, column);
    return arena_str(q->tx->arena, n > 0 ? str_make(p, (size_t)n) : STR(""));
}

/* --- backup and plans */

int db_backup(struct db *db, const char *path, struct buf *error) {
    sqlite3 *copy = NULL;
    make_private(path);
    int r =
        to_errno(sqlite3_open_v2(path, &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL));
    sqlite3_backup *b = r == 0 ? sqlite3_backup_init(copy, "main", db->sqlite, "main") : NULL;
    if (b) {
        int rc = sqlite3_backup_step(b, -1);
        int end = sqlite3_backup_finish(b);
        r = to_errno(rc == SQLITE_DONE ? end : rc);
    } else if (r == 0)
        r = -EIO;
    /* A copy of a WAL database asks for a log beside it wherever it is opened; one plain file is
     * what people expect. */
    if (r == 0)
        r = to_errno(sqlite3_exec(copy, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL));
    if (r < 0)
        buf_addf(error, "can't copy to %s: %s", path, copy ? sqlite3_errmsg(copy) : "no memory");
    sqlite3_close(copy);
    return r;
}

void db_explain(
    struct db *db, void (*each)(void *arg, const char *sql, const char *plan), void *arg) {
    for (size_t i = 0; i < db->statements.cap; i++) {
        struct statement *s = db->statements.slots[i].key ? db->statements.slots[i].value : NULL;
        if (!s || strncmp(s->sql, "BEGIN", 5) == 0 || strncmp(s->sql, "COMMIT", 6) == 0
            || strstr(s->sql, " job"))
            continue;
        struct buf text = {0}, plan = {0};
        buf_addf(&text, "EXPLAIN QUERY PLAN ");
        translate(&text, s->sql);
        sqlite3_stmt *st = NULL;
        if (sqlite3_prepare_v2(db->sqlite, buf_z(&text), -1, &st, NULL) == SQLITE_OK)
            while (sqlite3_step(st) == SQLITE_ROW)
                buf_addf(&plan, "%s\n", (const char *)sqlite3_column_text(st, 3));
        sqlite3_finalize(st);
        each(arg, s->sql, buf_z(&plan));
        buf_fini(&text);
        buf_fini(&plan);
    }
}
