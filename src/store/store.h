/* The store: what is durable, and the threads that touch it.
 *
 * One writer thread owns the only connection that writes. It takes all jobs that wait, runs each so
 * that it can be undone alone, commits once, then hands the events to on_commit and only then ends
 * the jobs: nothing is told and nothing acknowledged before it is durable. Readers have connections
 * of their own that can't write; each read job sees one snapshot.
 *
 * Typed access to the data is in store/data.h; SQL and its dialect stay inside this folder. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "loop/mailbox.h"
#include "store/commit.h"

struct store;
struct tx;

struct store_config {
    const char *dir; /* the data directory; made (0700) if missing */
    bool exclusive;  /* one server per directory: a second one is refused with -EBUSY. The shell
                        leaves it false: what it tells is told by the server. */
    int readers;     /* 0: 2 */
};

/* 0, or -EBUSY (another server has it open), -EPROTO (schema of a newer program), -EIO and others;
 * then `error` says it in words. Migrates what is older. */
int store_open(const struct store_config *config, struct store **ret_store, struct buf *error);
/* Commits what waits, ends all threads. Accepts NULL. */
void store_close(struct store **s);

/* Called after each COMMIT that has events, on the writer thread; takes the commit. Set it before
 * the first write. */
void store_on_commit(
    struct store *s, void (*on_commit)(void *arg, struct commit *commit), void *arg);

/* A piece of work. It is the store's from submit until on_end. */
struct store_job {
    struct letter letter; /* first member */
    struct arena *arena;  /* texts that are read are copied into it; NULL: the job reads none */
    /* On the writer or a reader. Below 0: everything that it wrote and told is undone, the others
     * of its batch are not. May be called again for the same job, when another one of its batch had
     * to be undone: starts from nothing each time. Database errors are remembered by the tx itself
     * and undo the job whatever run returns. */
    int (*run)(struct store_job *job, struct tx *tx);
    /* Same thread, once: after the COMMIT, or with what went wrong. -ENOSPC: the disk is full; -EIO
     * and others: not done. */
    void (*on_end)(struct store_job *job, int result);
    unsigned queries; /* statements that it ran */
};

/* 0, or -EBUSY: too many wait already, or -ESHUTDOWN: the store drains; then the job stays the
 * caller's. Any thread. */
int store_write(struct store *s, struct store_job *job);
int store_read(struct store *s, struct store_job *job);
/* Refuses new writes and waits until all accepted ones have ended. */
void store_drain(struct store *s);
struct arena *tx_arena(struct tx *tx);
/* Texts that are read from here on go into this one. Returns the one before. */
struct arena *tx_use_arena(struct tx *tx, struct arena *a);
/* Time of this job: one clock reading for all that it writes, in microseconds. */
int64_t tx_now_us(const struct tx *tx);
/* Asked after the job's first read: no commit that this snapshot holds has a greater number. The
 * events of such a commit may still be on their way (commit.h). */
uint64_t tx_commit_number(const struct tx *tx);
/* 0, or what the database said: -ENOSPC, -EIO, … */
int tx_error(const struct tx *tx);
/* Tells an event when this job's COMMIT is durable. Takes the blob. In a process beside the server,
 * the server will tell it. */
void tx_event(struct tx *tx, struct event event);
/* Have processes beside this one told something? Any job. Never in such a process itself. */
bool tx_any_told(struct tx *tx);
/* Takes it out and tells it. Jobs that write, with an arena. */
void tx_take_told(struct tx *tx);

struct store_stats {
    uint64_t commits, jobs, failed_commits, refused, reads;
    uint64_t batch_max;                      /* most jobs in one commit */
    uint64_t commit_total_us, commit_max_us; /* COMMIT alone */
    uint64_t waiting;                        /* jobs in the writer's queue now */
    uint64_t checkpoints, wal_pages;
};
/* Any thread. */
struct store_stats store_stats(struct store *s);

/* A consistent copy while everything goes on, whole or not there (store/file.h), for its owner
 * alone. -EEXIST: there is a file of this name, and it is not to be replaced. On the calling
 * thread; slow. */
int store_backup(struct store *s, const char *path, bool replace, struct buf *error);
/* Puts a backup into the place of the directory's database (which is kept as
 * confab.db.before-restore) and renews the epoch. Nobody may have the directory open. */
int store_restore(const char *dir, const char *path, struct buf *error);

/* Looks for damage: each thing found is told in a line of `report`. Returns how many, or below 0.
 */
int store_check(struct store *s, struct buf *report);

/* --- for tests */
/* Calls `each` with every statement text that the process has prepared so far and its query plan's
 * lines. */
void store_explain(
    struct store *s, void (*each)(void *arg, const char *sql, const char *plan), void *arg);
