/* The writer thread: group commit.
 *
 * take all that waits → BEGIN IMMEDIATE → each job → COMMIT (fsync) → on_commit → on_end of each
 * job
 *
 * A job that fails is undone alone. Nearly all that fail do so before they write (checks come
 * first), and then there is nothing to undo. A savepoint around each job would cost more than the
 * job: SQLite copies every page that is touched for the first time in it. So the batch first runs
 * without; where a job fails after it wrote, all is rolled back and the batch runs once more, each
 * job in a savepoint. Nothing has been told by then, and a job's run starts from nothing each time.
 *
 * The order of the last three is the promise of the product: nobody hears of anything that a power
 * cut could take back, and whoever is told that their command is done can rely on its events being
 * on their way already. While one batch is being fsynced, the next one gathers in the mailbox: the
 * busier, the larger the batches, and the cheaper each job.
 *
 * When the COMMIT fails (disk full, I/O error), or the engine undoes the transaction by itself in
 * the middle, every job of the batch ends with that error and nothing is told. The store goes on
 * with the next batch.
 *
 * Each commit leaves a piece of the search's index behind, and what is looked for is looked for in
 * every piece. Putting pieces together costs more than making them, so it waits until the writer is
 * idle for a while, and is done in steps that keep nobody waiting. Under load without a pause there
 * is a step after each batch once there are PIECES_MOST, of several times what the batch has
 * brought.
 *
 * The log (WAL) is moved into the file by a reader thread whenever the writer is idle and it has
 * grown (a passive checkpoint stops nobody). Under load without a pause that never catches up, so
 * from LOG_PAGES_FORCED on the writer does it itself. */
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/limits.h"
#include "base/log.h"
#include "store/core.h"

#define LOG_PAGES_IDLE 2048          /* 8 MB */
#define LOG_PAGES_FORCED (16 * 1024) /* 64 MB */
#define REST_US SECOND_US            /* so long without jobs: the writer is idle */
#define PIECES_FEW 16                /* as FTS5 has it: fewer are left alone (usermerge) */
#define PIECES_MOST 128
#define MERGE_PAGES 32     /* a step: about a millisecond */
#define INDEXED_PER_PAGE 8 /* messages to a page of a step: a page holds about 17 */
#define TELL_LATE_S 2      /* of the fault: time to connect, also on a slow machine */

static void store_max(_Atomic(uint64_t) *max, uint64_t v) {
    /* Only the writer writes it. */
    if (v > atomic_load_explicit(max, memory_order_relaxed))
        atomic_store_explicit(max, v, memory_order_relaxed);
}

static void count(_Atomic(uint64_t) *counter, uint64_t by) {
    atomic_fetch_add_explicit(counter, by, memory_order_relaxed);
}

void tx_event(struct tx *tx, struct event event) {
    CHECK(tx->write);
    if (tx->store->beside) {
        beside_tell(tx, &event);
        blob_unref(&event.json);
        return;
    }
    if (tx->event_count == tx->event_cap) {
        tx->event_cap = tx->event_cap ? tx->event_cap * 2 : 256;
        tx->events = xrealloc(tx->events, tx->event_cap * sizeof *tx->events);
    }
    tx->events[tx->event_count++] = event;
}

static void forget_events(struct tx *tx, size_t from) {
    while (tx->event_count > from)
        blob_unref(&tx->events[--tx->event_count].json);
}

/* One job. 0: done, or failed and undone alone. -ERESTART: failed in the middle, and `careful`
 * would have helped. Otherwise below 0: the whole batch is lost. */
static int run_job(struct writer *w, struct store_job *job, bool careful, int *ret_result) {
    struct tx *tx = &w->tx;
    size_t events_before = tx->event_count;
    int64_t written_before = db_written(w->db);
    tx->arena = job->arena;
    tx->now_us = clock_now_us();
    tx->error = 0;
    tx->queries = 0;
    int r = careful ? db_savepoint(w->db) : 0;
    if (r < 0)
        return r;
    int result = job->run(job, tx);
    job->queries = tx->queries;
    if (tx->error)
        result = tx->error;
    /* A full disk, for one, makes SQLite roll back everything and not just this job. */
    if (!db_in_transaction(w->db))
        return result < 0 ? result : -EIO;
    *ret_result = result;
    if (result >= 0)
        return careful ? db_release(w->db) : 0;
    forget_events(tx, events_before);
    if (careful)
        return db_rollback_to(w->db);
    return db_written(w->db) == written_before ? 0 : -ERESTART;
}

static void tell(struct store *s) {
    struct tx *tx = &s->writer.tx;
    if (tx->event_count == 0)
        return;
    if (fault_hit("store.tell.late")) /* a thread may be held up anywhere, here it shows most */
        nanosleep(&(struct timespec){.tv_sec = TELL_LATE_S}, NULL);
    struct commit *c = commit_new(atomic_load_explicit(&s->commit_number, memory_order_relaxed),
        tx->events, (unsigned)tx->event_count);
    tx->event_count = 0;
    if (s->on_commit)
        s->on_commit(s->on_commit_arg, c);
    else
        commit_unref(&c);
}

static int commit(struct store *s, unsigned jobs) {
    int64_t start = clock_mono_us();
    /* Before the COMMIT: whoever sees what it wrote sees the number too (tx_commit_number). */
    atomic_fetch_add(&s->commit_number, 1);
    int r = db_commit(s->writer.db);
    uint64_t took = (uint64_t)(clock_mono_us() - start);
    if (r < 0)
        return r;
    count(&s->stats.commits, 1);
    count(&s->stats.commit_total_us, took);
    store_max(&s->stats.commit_max_us, took);
    store_max(&s->stats.batch_max, jobs);
    atomic_store_explicit(
        &s->stats.wal_pages, (uint64_t)db_log_pages(s->writer.db), memory_order_relaxed);
    return 0;
}

static void end_jobs(
    struct writer *w, struct store_job **jobs, const int *results, unsigned n, int batch_error) {
    for (unsigned i = 0; i < n; i++)
        /* on_end gives the job back: it may be freed at once. */
        jobs[i]->on_end(jobs[i], batch_error ? batch_error : results[i]);
    pthread_mutex_lock(&w->lock);
    if (atomic_fetch_sub(&w->waiting, n) == n)
        pthread_cond_broadcast(&w->idle);
    pthread_mutex_unlock(&w->lock);
}

/* From BEGIN to COMMIT. On failure nothing is left of it. */
static int run_all(
    struct store *s, struct store_job **jobs, int *results, unsigned n, bool careful) {
    struct writer *w = &s->writer;
    int r = db_begin(w->db, true);
    for (unsigned i = 0; i < n && r == 0; i++)
        r = run_job(w, jobs[i], careful, &results[i]);
    if (r == 0)
        r = commit(s, n);
    if (r < 0) {
        forget_events(&w->tx, 0);
        db_rollback(w->db);
    }
    return r;
}

static void merge(struct store *s, int pages) {
    struct writer *w = &s->writer;
    int r = search_merge(w->db, pages);
    if (r < 0)
        log_warn_limited("search index not put together", "error=%s reason=%s",
            log_quote(str_from(strerror(-r))), log_quote(str_from(db_words(w->db))));
    if (r <= 0)
        w->pieces = 0; /* there is nothing to do, or nothing that can be done */
}

static void shorten_log(struct store *s) {
    struct writer *w = &s->writer;
    if (db_log_pages(w->db) < LOG_PAGES_FORCED)
        return;
    int r = db_checkpoint(w->db);
    count(&s->stats.checkpoints, 1);
    if (r < 0)
        log_error("checkpoint failed", "reason=%s", log_quote(str_from(db_words(w->db))));
}

/* Takes up to WRITER_BATCH jobs off the chain. */
static void run_batch(struct store *s, struct letter **chain) {
    static _Thread_local struct store_job *jobs[WRITER_BATCH];
    static _Thread_local int results[WRITER_BATCH];
    struct writer *w = &s->writer;
    unsigned n = 0;
    for (struct letter *l = *chain; l && n < WRITER_BATCH; l = *chain, n++) {
        jobs[n] = (struct store_job *)l;
        *chain = l->next;
    }
    w->tx.indexed = 0;
    int r = run_all(s, jobs, results, n, false);
    if (r == -ERESTART)
        r = run_all(s, jobs, results, n, true);
    if (r < 0) {
        log_error("commit failed", "jobs=%u error=%s reason=%s", n,
            log_quote(str_from(strerror(-r))), log_quote(str_from(db_words(w->db))));
        count(&s->stats.failed_commits, 1);
    } else
        tell(s);
    count(&s->stats.jobs, n);
    end_jobs(w, jobs, results, n, r);
    if (r == 0 && w->tx.indexed && !s->beside && ++w->pieces >= PIECES_MOST)
        merge(s, MERGE_PAGES + (int)w->tx.indexed / INDEXED_PER_PAGE);
}

/* Returns when something has come. */
static void wait_for_jobs(struct store *s) {
    struct writer *w = &s->writer;
    int64_t rest_us = REST_US;
    while (w->pieces >= PIECES_FEW && !mailbox_wait(w->box, rest_us)) {
        merge(s, MERGE_PAGES);
        shorten_log(s);
        rest_us = 0;
    }
    if (db_log_pages(w->db) >= LOG_PAGES_IDLE)
        readers_checkpoint(s);
    mailbox_wait(w->box, -1);
}

static void *writer_main(void *arg) {
    struct store *s = arg;
    struct writer *w = &s->writer;
    for (;;) {
        struct letter *chain = mailbox_take(w->box);
        if (!chain) {
            if (atomic_load(&w->stop))
                break;
            wait_for_jobs(s);
            /* Whoever woke us is in the middle of a turn and has more: with one core between us,
             * taking the first alone would make two commits, and two writes to every member, of
             * one. With a core to spare this returns at once. */
            sched_yield();
            continue;
        }
        while (chain)
            run_batch(s, &chain);
        shorten_log(s);
    }
    free(w->tx.events);
    return NULL;
}

int writer_start(struct store *s, struct buf *error) {
    struct writer *w = &s->writer;
    w->tx = (struct tx){.store = s, .db = w->db, .write = true};
    w->pieces = s->beside ? 0 : PIECES_FEW; /* of the run before */
    w->box = mailbox_new(NULL);
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->idle, NULL);
    int r = -pthread_create(&w->thread, NULL, writer_main, s);
    if (r < 0)
        buf_addf(error, "can't start the writer: %s", strerror(-r));
    else
        w->running = true;
    return r;
}

static int stop_run(struct store_job *job, struct tx *tx) {
    (void)job, (void)tx;
    return 0;
}

static void stop_end(struct store_job *job, int result) {
    (void)result;
    free(job);
}

void writer_stop(struct store *s) {
    struct writer *w = &s->writer;
    if (w->running) {
        store_drain(s);
        struct store_job *last = xcalloc(1, sizeof *last);
        *last = (struct store_job){.run = stop_run, .on_end = stop_end};
        atomic_fetch_add(&w->waiting, 1);
        atomic_store(&w->stop, true);
        mailbox_post(w->box, &last->letter);
        pthread_join(w->thread, NULL);
    }
    if (w->box) {
        mailbox_free(&w->box);
        pthread_mutex_destroy(&w->lock);
        pthread_cond_destroy(&w->idle);
    }
}

int store_write(struct store *s, struct store_job *job) {
    struct writer *w = &s->writer;
    /* Counted first and looked at after: store_drain closes first and then waits for the count, so
     * that one of the two sees the other. */
    uint64_t waiting = atomic_fetch_add(&w->waiting, 1);
    bool closed = atomic_load(&w->closed);
    if (!closed && waiting < LIMIT_WRITER_QUEUE) {
        mailbox_post(w->box, &job->letter);
        return 0;
    }
    count(&s->stats.refused, 1);
    pthread_mutex_lock(&w->lock);
    if (atomic_fetch_sub(&w->waiting, 1) == 1)
        pthread_cond_broadcast(&w->idle);
    pthread_mutex_unlock(&w->lock);
    return closed ? -ESHUTDOWN : -EBUSY;
}

void store_drain(struct store *s) {
    struct writer *w = &s->writer;
    atomic_store(&w->closed, true);
    pthread_mutex_lock(&w->lock);
    while (atomic_load(&w->waiting) > 0)
        pthread_cond_wait(&w->idle, &w->lock);
    pthread_mutex_unlock(&w->lock);
}
