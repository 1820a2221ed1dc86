/* Reader threads: each with a connection that can't write, each job in one read transaction, which
 * in WAL mode is a snapshot that neither waits for the writer nor makes it wait. They share one
 * queue. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/limits.h"
#include "base/log.h"
#include "store/core.h"

#define READERS_DEFAULT 2
#define READERS_MAX 16
#define LIMIT_READER_QUEUE LIMIT_WRITER_QUEUE

struct reader {
    struct store *store;
    struct db *db;
    pthread_t thread;
};

struct readers {
    pthread_mutex_t lock; /* the queue; taken alone, nothing is taken while it is held */
    pthread_cond_t work;
    struct letter *first, **last;
    unsigned waiting;
    bool stop, checkpoint;
    int count;
    struct reader each[READERS_MAX];
};

static void run_job(struct reader *r, struct store_job *job) {
    struct tx tx = {.store = r->store, .db = r->db, .arena = job->arena, .now_us = clock_now_us()};
    int result = fault_hit("store.read") ? -EIO : db_begin(r->db, false);
    if (result == 0) {
        result = job->run(job, &tx);
        job->queries = tx.queries;
        if (tx.error)
            result = tx.error;
        db_rollback(r->db);
    }
    atomic_fetch_add_explicit(&r->store->stats.reads, 1, memory_order_relaxed);
    job->on_end(job, result);
}

static void checkpoint(struct reader *r) {
    int e = db_checkpoint(r->db);
    if (e < 0)
        log_error("checkpoint failed", "reason=%s", log_quote(str_from(db_words(r->db))));
    atomic_fetch_add_explicit(&r->store->stats.checkpoints, 1, memory_order_relaxed);
    atomic_store(&r->store->checkpointing, false);
}

static void *reader_main(void *arg) {
    struct reader *r = arg;
    struct readers *all = r->store->readers;
    pthread_mutex_lock(&all->lock);
    for (;;) {
        struct letter *l = all->first;
        bool move_log = !l && all->checkpoint;
        if (!l && !move_log) {
            if (all->stop)
                break;
            pthread_cond_wait(&all->work, &all->lock);
            continue;
        }
        if (l) {
            all->first = l->next;
            if (!all->first)
                all->last = &all->first;
            all->waiting--;
        } else
            all->checkpoint = false;
        pthread_mutex_unlock(&all->lock);
        if (l)
            run_job(r, (struct store_job *)l);
        else
            checkpoint(r);
        pthread_mutex_lock(&all->lock);
    }
    pthread_mutex_unlock(&all->lock);
    return NULL;
}

int readers_start(struct store *s, int count, struct buf *error) {
    struct readers *all = s->readers = xcalloc(1, sizeof *all);
    pthread_mutex_init(&all->lock, NULL);
    pthread_cond_init(&all->work, NULL);
    all->last = &all->first;
    count = count <= 0 ? READERS_DEFAULT : count > READERS_MAX ? READERS_MAX : count;
    for (int i = 0; i < count; i++) {
        struct reader *r = &all->each[i];
        r->store = s;
        int e = db_open(s->path, DB_READ, &r->db, error);
        if (e < 0)
            return e;
        e = -pthread_create(&r->thread, NULL, reader_main, r);
        if (e < 0) {
            buf_addf(error, "can't start a reader: %s", strerror(-e));
            db_close(&r->db);
            return e;
        }
        all->count++;
    }
    return 0;
}

void readers_stop(struct store *s) {
    struct readers *all = s->readers;
    if (!all)
        return;
    pthread_mutex_lock(&all->lock);
    all->stop = true;
    pthread_cond_broadcast(&all->work);
    pthread_mutex_unlock(&all->lock);
    for (int i = 0; i < all->count; i++) {
        pthread_join(all->each[i].thread, NULL);
        db_close(&all->each[i].db);
    }
    pthread_mutex_destroy(&all->lock);
    pthread_cond_destroy(&all->work);
    free(all);
    s->readers = NULL;
}

int store_read(struct store *s, struct store_job *job) {
    struct readers *all = s->readers;
    int r = 0;
    pthread_mutex_lock(&all->lock);
    if (all->stop)
        r = -ESHUTDOWN;
    else if (all->waiting >= LIMIT_READER_QUEUE)
        r = -EBUSY;
    else {
        job->letter.next = NULL;
        *all->last = &job->letter;
        all->last = &job->letter.next;
        all->waiting++;
        pthread_cond_signal(&all->work);
    }
    pthread_mutex_unlock(&all->lock);
    return r;
}

void readers_checkpoint(struct store *s) {
    if (atomic_exchange(&s->checkpointing, true))
        return;
    pthread_mutex_lock(&s->readers->lock);
    s->readers->checkpoint = true;
    pthread_cond_signal(&s->readers->work);
    pthread_mutex_unlock(&s->readers->lock);
}
