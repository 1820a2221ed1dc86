/* The driver: one connection, statements prepared once and kept by the address of their (static)
 * text, values by position. Inside src/store only. A second backend implements this header; the SQL
 * above it keeps to what the dialects share ($1 placeholders, ON CONFLICT, RETURNING), and where
 * they part, the statement says so.
 *
 * Errors stick to the tx: after the first one every further statement does nothing, reads find
 * nothing, and the job is undone. So callers check once, at the end, not after each line. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "store/store.h"

struct db;
struct tx;

enum db_mode { DB_WRITE, DB_READ };

int db_open(const char *path, enum db_mode mode, struct db **ret_db, struct buf *error);
void db_close(struct db **db);
/* Text without values, several statements allowed. 0 or -errno. */
int db_script(struct db *db, const char *sql);
/* One number from a statement without values. */
int db_number(struct db *db, const char *sql, int64_t *ret_value);
int db_begin(struct db *db, bool write);
int db_commit(struct db *db);
void db_rollback(struct db *db);
bool db_in_transaction(struct db *db);
int db_savepoint(struct db *db);
int db_release(struct db *db);
int db_rollback_to(struct db *db);
/* The engine's words for its last error. */
const char *db_words(struct db *db);
/* Rows written by this connection in its life. */
int64_t db_written(struct db *db);
/* Pages in the log since the last complete checkpoint, as of the last commit. */
int db_log_pages(struct db *db);
/* Moves the log into the file as far as readers allow. 0 or -errno. */
int db_checkpoint(struct db *db);
/* Statements give up with -ETIMEDOUT when the monotonic clock is past it; 0: never. */
void db_deadline(struct db *db, int64_t mono_us);
/* A copy of all of it in a file that is new or empty, and not synced. */
int db_backup(struct db *db, const char *path, struct buf *error);

/* Values: 'i' int64_t, 'o' int64_t with 0 as NULL, 's' struct str with p NULL as NULL, 'b' the same
 * as bytes. */
/* Rows changed, or below 0 (and the tx has it). */
int tx_exec(struct tx *tx, const char *sql, const char *types, ...);

struct query {
    struct tx *tx;
    void *statement;
};
/* Always close it, also when nothing came. */
void query_open(struct query *q, struct tx *tx, const char *sql, const char *types, ...);
bool query_next(struct query *q);
void query_close(struct query *q);
int64_t query_int(struct query *q, int column); /* NULL: 0 */
bool query_null(struct query *q, int column);
struct str query_str(struct query *q, int column); /* copied into the job's arena; NULL: p NULL */

struct tx {
    struct store *store;
    struct db *db;
    struct arena *arena;
    int64_t now_us;
    int error;
    unsigned queries;
    bool write;
    int64_t last_doc; /* of the search, which was given last; survives jobs */
    unsigned indexed; /* messages put into the search in the batch */
    /* events told so far in the batch */
    struct event *events;
    size_t event_count, event_cap;
};

void db_explain(
    struct db *db, void (*each)(void *arg, const char *sql, const char *plan), void *arg);
