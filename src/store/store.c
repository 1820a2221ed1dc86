/* Opening and closing, and the acts that need the whole store. */
#include "store/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/log.h"
#include "store/core.h"
#include "store/file.h"
#include "store/schema.h"

static char *path_in(const char *dir, const char *name) {
    struct buf b = {0};
    buf_addf(&b, "%s/%s", dir, name);
    char *path = str_dup_z(buf_str(&b));
    buf_fini(&b);
    return path;
}

static int make_dir(const char *dir, struct buf *error) {
    int r = file_make_dir(dir);
    if (r < 0)
        buf_addf(error, "can't make %s: %s; --data chooses the folder", dir, strerror(-r));
    return r;
}

static int lock_dir(struct store *s, struct buf *error) {
    char *path = path_in(s->dir, "confab.lock");
    int fd = file_lock(path);
    free(path);
    if (fd == -EBUSY)
        buf_addf(error, "another server has %s open already", s->dir);
    else if (fd < 0)
        buf_addf(error, "can't lock %s: %s", s->dir, strerror(-fd));
    else
        s->lock_fd = fd;
    return fd < 0 ? fd : 0;
}

int store_open(const struct store_config *config, struct store **ret_store, struct buf *error) {
    struct store *s = xcalloc(1, sizeof *s);
    s->lock_fd = -1;
    s->beside = !config->exclusive;
    s->dir = str_dup_z(str_from(config->dir));
    s->path = path_in(s->dir, "confab.db");
    int r = make_dir(s->dir, error);
    if (r == 0 && config->exclusive)
        r = lock_dir(s, error);
    if (r == 0)
        r = db_open(s->path, DB_WRITE, &s->writer.db, error);
    if (r == 0)
        r = schema_migrate(s->writer.db, error);
    if (r == 0 && config->exclusive && (r = beside_forget(s->writer.db)) < 0)
        buf_addf(error, "the database can't be written: %s", db_words(s->writer.db));
    if (r == 0)
        r = readers_start(s, config->readers, error);
    if (r == 0)
        r = writer_start(s, error);
    if (r < 0) {
        store_close(&s);
        return r;
    }
    *ret_store = s;
    return 0;
}

void store_close(struct store **sp) {
    struct store *s = *sp;
    *sp = NULL;
    if (!s)
        return;
    writer_stop(s);
    readers_stop(s);
    /* The last connection to close moves the log into the file and removes it. */
    db_close(&s->writer.db);
    if (s->lock_fd >= 0)
        close(s->lock_fd);
    free(s->path);
    free(s->dir);
    free(s);
}

void store_on_commit(
    struct store *s, void (*on_commit)(void *arg, struct commit *commit), void *arg) {
    s->on_commit = on_commit;
    s->on_commit_arg = arg;
}

struct arena *tx_arena(struct tx *tx) {
    return tx->arena;
}

struct arena *tx_use_arena(struct tx *tx, struct arena *a) {
    struct arena *before = tx->arena;
    tx->arena = a;
    return before;
}

uint64_t tx_commit_number(const struct tx *tx) {
    return atomic_load(&tx->store->commit_number);
}

int64_t tx_now_us(const struct tx *tx) {
    return tx->now_us;
}

int tx_error(const struct tx *tx) {
    return tx->error;
}

struct store_stats store_stats(struct store *s) {
#define GET(name) .name = atomic_load_explicit(&s->stats.name, memory_order_relaxed)
    return (struct store_stats){GET(commits), GET(jobs), GET(failed_commits), GET(refused),
        GET(reads), GET(batch_max), GET(commit_total_us), GET(commit_max_us), GET(checkpoints),
        GET(wal_pages), .waiting = atomic_load_explicit(&s->writer.waiting, memory_order_relaxed)};
#undef GET
}

int store_backup(struct store *s, const char *path, bool replace, struct buf *error) {
    struct db *db = NULL;
    struct file_part part;
    int r = file_part_open(&part, path, replace), end;
    if (r < 0) {
        buf_addf(error, "can't write %s: %s", path, file_part_words(r));
        return r;
    }
    r = db_open(s->path, DB_READ, &db, error);
    if (r == 0)
        r = db_backup(db, buf_z(&part.name), error);
    db_close(&db);
    end = file_part_close(&part, r == 0);
    if (end < 0)
        buf_addf(error, "can't write %s: %s", path, file_part_words(end));
    return r < 0 ? r : end;
}

/* The copy is brought up to date and checked beside the database before it takes its place. */
static int prepare_restored(const char *path, const char *part, struct buf *error) {
    struct db *db = NULL;
    int64_t tables = 0;
    if (access(path, R_OK) < 0) {
        int r = -errno;
        buf_addf(error, "can't read %s: %s", path, strerror(-r));
        return r;
    }
    int r = db_open(path, DB_READ, &db, error);
    if (r == 0
        && (r = db_number(db, "SELECT count(*) FROM sqlite_master WHERE name = 'meta'", &tables))
            < 0)
        buf_addf(error, "%s can't be read: %s", path, db_words(db));
    else if (r == 0 && tables == 0) {
        buf_addf(error, "%s is not a backup of Confab", path);
        r = -EPROTO;
    }
    unlink(part); /* of a restoring that was interrupted */
    if (r == 0)
        r = db_backup(db, part, error);
    db_close(&db);
    if (r == 0)
        r = db_open(part, DB_WRITE, &db, error);
    if (r == 0)
        r = schema_migrate(db, error);
    if (r == 0 && (r = schema_renew_epoch(db)) < 0)
        buf_addf(error, "can't renew the epoch: %s", db_words(db));
    db_close(&db);
    return r;
}

int store_restore(const char *dir, const char *path, struct buf *error) {
    struct store s = {.dir = (char *)dir, .lock_fd = -1};
    int r = make_dir(dir, error);
    if (r == 0)
        r = lock_dir(&s, error);
    if (r < 0)
        return r;
    char *now = path_in(dir, "confab.db"), *part = path_in(dir, "confab.db.restored");
    char *before = path_in(dir, "confab.db.before-restore");
    char *log = path_in(dir, "confab.db-wal"), *shared = path_in(dir, "confab.db-shm");
    /* Opening and closing moves what a crash left in the log into the file: a stale log beside the
     * restored file would be its ruin. */
    struct db *old = NULL;
    if (access(now, F_OK) == 0 && db_open(now, DB_WRITE, &old, error) == 0)
        db_close(&old);
    buf_clear(error);
    r = prepare_restored(path, part, error);
    if (r == 0) {
        if (rename(now, before) < 0 && errno != ENOENT)
            r = -errno;
        unlink(log);
        unlink(shared);
        if (r == 0)
            r = file_put_in_place(part, now, true);
        if (r < 0)
            buf_addf(error, "can't put the backup into %s: %s", dir, strerror(-r));
    }
    unlink(part);
    close(s.lock_fd);
    free(now), free(part), free(before), free(log), free(shared);
    return r;
}

void store_explain(
    struct store *s, void (*each)(void *arg, const char *sql, const char *plan), void *arg) {
    db_explain(s->writer.db, each, arg);
}
