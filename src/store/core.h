/* What the files of the store share. Inside src/store only. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "store/db.h"
#include "store/store.h"

struct readers;

struct writer {
    struct db *db;
    struct mailbox *box;
    pthread_t thread;
    bool running;
    _Atomic(uint64_t) waiting; /* accepted and not ended */
    atomic_bool closed, stop;
    struct tx tx; /* writer thread; events of the batch live here */
    /* Commits that left a piece of the search's index since all pieces were together; writer
     * thread. */
    unsigned pieces;
    /* Who waits in store_drain; taken alone, nothing is taken while it is held. */
    pthread_mutex_t lock;
    pthread_cond_t idle;
};

struct store {
    char *dir, *path;
    int lock_fd;
    bool beside; /* a server may be running: what is told is written down for it */
    struct writer writer;
    struct readers *readers;
    void (*on_commit)(void *arg, struct commit *commit);
    void *on_commit_arg;
    atomic_bool checkpointing;
    _Atomic(uint64_t) commit_number; /* of the latest COMMIT that has begun */
    struct {
        _Atomic(uint64_t) commits, jobs, failed_commits, refused, reads, batch_max, commit_total_us,
            commit_max_us, checkpoints, wal_pages;
    } stats;
};

int writer_start(struct store *s, struct buf *error);
void writer_stop(struct store *s);

int readers_start(struct store *s, int count, struct buf *error);
void readers_stop(struct store *s);
/* search.c: puts together pieces of its index, writing about so many pages. 0: there is nothing to
 * do. Below 0: -errno. */
int search_merge(struct db *db, int pages);
/* beside.c */
void beside_tell(struct tx *tx, const struct event *event);
int beside_forget(struct db *db);

/* Has an idle reader move the log into the file. */
void readers_checkpoint(struct store *s);
