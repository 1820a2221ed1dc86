/* The way of an operation: submit → (lookup on a reader → password threads) → reader or writer →
 * home.
 *
 * Each step hands the whole run on; nothing here waits. The answer is posted from the store's
 * on_end, which for writes comes after the COMMIT and after on_commit: so an answer is never ahead
 * of its events. */
#include "domain/domain.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "auth/token.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/list.h"
#include "base/log.h"
#include "domain/access.h"
#include "domain/audit.h"
#include "domain/core.h"
#include "domain/passing.h"

#define PASSWORD_THREADS 2
#define PURGE_ROWS 500
#define TOUCH_AFTER_US (10 * MINUTE_US)
#define COOKIE_LIFE_US (30 * DAY_US)

static void op_arrived(struct letter *l) {
    struct op *op = (struct op *)l;
    op->on_done(op);
}

static void wake(struct waiter *w) {
    pthread_mutex_lock(&w->lock);
    w->is_done = true;
    /* Inside: it lives on a stack that is gone once the lock is free. */
    pthread_cond_signal(&w->done);
    pthread_mutex_unlock(&w->lock);
}

static void wait_for(struct waiter *w) {
    pthread_mutex_lock(&w->lock);
    while (!w->is_done)
        pthread_cond_wait(&w->done, &w->lock);
    pthread_mutex_unlock(&w->lock);
    pthread_mutex_destroy(&w->lock);
    pthread_cond_destroy(&w->done);
}

/* What domain_drain waits for. */
static void enter(struct domain *d) {
    pthread_mutex_lock(&d->lock);
    d->under_way++;
    pthread_mutex_unlock(&d->lock);
}

static void leave(struct domain *d) {
    pthread_mutex_lock(&d->lock);
    if (--d->under_way == 0)
        pthread_cond_broadcast(&d->idle);
    pthread_mutex_unlock(&d->lock);
}

static void answer(struct run *r) {
    struct op *op = r->op; /* `r` lives in its arena: not ours from the post on */
    if (op->fail != FAIL_NONE)
        blob_unref(&op->out);
    struct waiter *w = r->waiter;
    struct domain *d = r->domain;
    if (w) {
        wake(w);
    } else {
        op->letter.on_arrive = op_arrived;
        mailbox_post(op->home, &op->letter);
    }
    leave(d);
}

static void refuse(struct run *r, enum fail fail) {
    op_fail(r->op, fail, NULL, NULL);
    answer(r);
}

static enum fail fail_of_error(int error) {
    switch (error) {
    case -ENOSPC:
        return FAIL_DISK_FULL;
    case -ETIMEDOUT: /* only a search has a deadline */
        return FAIL_SEARCH_TOO_WIDE;
    case -EEXIST: /* a constraint: a rule of ours has a hole */
    case -ENOMEM:
        return FAIL_INTERNAL;
    default:
        return FAIL_UNAVAILABLE;
    }
}

/* --- removing deleted rooms, a piece per transaction, so that nobody waits for a large one */

struct purge {
    struct store_job job;
    struct domain *domain;
    bool more;
};

static int purge_run(struct store_job *job, struct tx *tx) {
    struct purge *p = (struct purge *)job;
    id64 room = data_room_deleted(tx);
    if (room)
        data_room_purge(tx, room, PURGE_ROWS);
    p->more = room != 0;
    return 0;
}

static void purge_end(struct store_job *job, int result) {
    struct purge *p = (struct purge *)job;
    struct domain *d = p->domain;
    bool again = result == 0 && (p->more || d->purge_again);
    d->purge_again = false;
    if (again && store_write(d->store, job) == 0)
        return;
    d->purging = false;
    free(p);
}

/* Writer thread, or before there is any other. */
static void purge_start(struct domain *d) {
    if (d->purging) {
        d->purge_again = true;
        return;
    }
    struct purge *p = xcalloc(1, sizeof *p);
    *p = (struct purge){.job = {.run = purge_run, .on_end = purge_end}, .domain = d};
    d->purging = true;
    if (store_write(d->store, &p->job) < 0) {
        d->purging = false;
        free(p);
    }
}

/* --- what processes beside this one have done */

struct look {
    struct store_job job;
    struct domain *domain;
    struct waiter *waiter; /* NULL: nobody waits */
    bool any;
    unsigned generation;
    struct p_settings settings;
};

static void look_free(struct look *l) {
    struct domain *d = l->domain;
    if (l->waiter)
        wake(l->waiter);
    atomic_store(&d->looking, false);
    arena_free(&l->job.arena);
    free(l);
    leave(d);
}

static int take_run(struct store_job *job, struct tx *tx) {
    (void)job;
    tx_take_told(tx);
    return 0;
}

static void take_end(struct store_job *job, int result) {
    if (result == 0)                               /* otherwise it is still there in a second */
        purge_start(((struct look *)job)->domain); /* a room may have been deleted */
    look_free((struct look *)job);
}

static int look_run(struct store_job *job, struct tx *tx) {
    struct look *l = (struct look *)job;
    l->any = tx_any_told(tx);
    l->settings = settings_read(l->domain, tx, job->arena);
    return 0;
}

static void look_end(struct store_job *job, int result) {
    struct look *l = (struct look *)job;
    if (result == 0)
        settings_keep_read(l->domain, &l->settings, l->generation);
    if (result == 0 && l->any) {
        job->run = take_run;
        job->on_end = take_end;
        if (store_write(l->domain->store, job) == 0)
            return;
    }
    look_free(l);
}

static void look(struct domain *d, struct waiter *waiter) {
    struct look *l = xcalloc(1, sizeof *l);
    enter(d);
    *l = (struct look){.job = {.arena = arena_new(), .run = look_run, .on_end = look_end},
        .domain = d,
        .waiter = waiter,
        .generation = settings_generation(d)};
    if (store_read(d->store, &l->job) < 0)
        look_free(l);
}

void domain_tick(struct domain *d) {
    passing_tick(d);
    if (!atomic_exchange(&d->looking, true))
        look(d, NULL);
}

/* --- noting that a session was used, apart from the request that used it */

struct touch {
    struct store_job job;
    id64 session;
    int64_t expires_us;
    size_t address_n;
    char address[64];
};

static int touch_run(struct store_job *job, struct tx *tx) {
    struct touch *t = (struct touch *)job;
    data_session_touch(
        tx, t->session, tx_now_us(tx), t->expires_us, str_make(t->address, t->address_n));
    return 0;
}

static void touch_end(struct store_job *job, int result) {
    (void)result;
    free(job);
}

static void touch(struct run *r) {
    struct session_row *s = &r->session;
    int64_t now = tx_now_us(r->tx);
    if (now - s->used_us < TOUCH_AFTER_US)
        return;
    struct touch *t = xcalloc(1, sizeof *t);
    *t = (struct touch){.job = {.run = touch_run, .on_end = touch_end}, .session = s->id};
    t->expires_us = s->bearer ? s->expires_us : now + COOKIE_LIFE_US;
    struct str address = r->op->address.n ? r->op->address : s->address;
    t->address_n = address.n < sizeof t->address ? address.n : sizeof t->address;
    if (t->address_n)
        memcpy(t->address, address.p, t->address_n);
    if (store_write(r->domain->store, &t->job) < 0)
        free(t);
}

bool run_identify(struct run *r) {
    struct op *op = r->op;
    unsigned char hash[TOKEN_HASH];
    if (op->token.p && !op->who.user) {
        if (!token_hash(op->token, hash)
            || !data_session_by_token(
                r->tx, str_make((char *)hash, sizeof hash), &r->session, &r->user)) {
            if (op->stranger)
                return true;
            op_fail(op, FAIL_SIGNED_OUT, NULL, NULL);
            return false;
        }
        op->who = (struct who){r->user.id, r->session.id, r->user.role};
        r->identified = true;
        touch(r);
    }
    if (rules[op->kind].user && !op->who.user)
        op_fail(op, FAIL_SIGNED_OUT, NULL, NULL);
    return op->fail == FAIL_NONE;
}

/* --- in the store */

/* The writer may run a batch twice. */
static void forget_answer(struct run *r) {
    struct op *op = r->op;
    blob_unref(&op->out);
    op->fail = FAIL_NONE;
    op->field = NULL;
    op->detail = op->new_token = (struct str){0};
    op->created = r->room_deleted = false;
    r->settings = NULL;
    r->audited = NULL;
    op->seq = 0;
    op->imported.added = op->imported.skipped = op->imported.users = 0;
}

static void refuse_wrong(struct op *op) {
    op_fail(op, op->wrong.fail, op->wrong.field, NULL);
    op->detail = op->wrong.detail;
}

static int store_run(struct store_job *job, struct tx *tx) {
    struct run *r = (struct run *)job;
    r->tx = tx;
    forget_answer(r);
    if (r->stage == STAGE_LOOKUP && r->op->kind == OP_SIGN_IN)
        sign_in_lookup(r);
    else if (r->stage == STAGE_LOOKUP && r->op->kind == OP_RESET_USE)
        reset_use_lookup(r);
    else if (run_identify(r)) {
        if (r->stage == STAGE_LOOKUP)
            password_change_lookup(r);
        else if (r->op->wrong.fail == FAIL_NONE)
            rules[r->op->kind].run(r);
        else if (access_server(r))
            refuse_wrong(r->op);
    }
    r->tx = NULL;
    return r->op->fail == FAIL_NONE ? 0 : -ECANCELED;
}

static void to_passwords(struct run *r);

static void store_end(struct store_job *job, int result) {
    struct run *r = (struct run *)job;
    struct op *op = r->op;
    op->queries += job->queries;
    if (result < 0 && result != -ECANCELED) {
        /* What it said while the database was failing it is worth nothing. */
        op->fail = FAIL_NONE;
        op->detail = (struct str){0};
        op_fail(op, fail_of_error(result), NULL, NULL);
        if (result != -ETIMEDOUT)
            log_warn_limited("operation not done", "op=%s request=%" PRIu64 " error=%s",
                op_name(op->kind), op->request, log_quote(str_from(strerror(-result))));
    }
    if (op->fail == FAIL_NONE && r->room_deleted)
        purge_start(r->domain);
    if (op->fail == FAIL_NONE && r->settings)
        settings_keep(r->domain, r->settings);
    if (op->fail == FAIL_NONE)
        audit_log(r);
    if (op->fail == FAIL_NONE && op->kind == OP_MESSAGE_SEND && op->created)
        atomic_fetch_add_explicit(&r->domain->messages, 1, memory_order_relaxed);
    if (op->fail == FAIL_NONE && r->stage == STAGE_LOOKUP)
        to_passwords(r);
    else
        answer(r);
}

static void to_store(struct run *r, bool write) {
    r->job = (struct store_job){.arena = r->op->arena, .run = store_run, .on_end = store_end};
    if ((write ? store_write(r->domain->store, &r->job) : store_read(r->domain->store, &r->job))
        < 0)
        refuse(r, FAIL_UNAVAILABLE);
}

/* --- passwords */

static void password_end(struct password_job *job) {
    struct run *r = container_of(job, struct run, password);
    r->stage = STAGE_RUN;
    if (job->right)
        to_store(r, true);
    else if (!job->verify)
        refuse(r, FAIL_UNAVAILABLE); /* no memory for a hash */
    else
        refuse(r, r->op->kind == OP_SIGN_IN ? FAIL_SIGN_IN_FAILED : FAIL_PASSWORD_WRONG);
}

static void to_passwords(struct run *r) {
    r->password.on_end = password_end;
    if (password_submit(r->domain->passwords, &r->password) < 0)
        refuse(r, FAIL_UNAVAILABLE);
}

static void lookup(struct run *r) {
    r->stage = STAGE_LOOKUP;
    to_store(r, false);
}

static void submit(struct domain *d, struct op *op, struct waiter *waiter) {
    struct run *r = arena_new_of(op->arena, struct run);
    enter(d);
    r->waiter = waiter;
    r->domain = d;
    r->op = op;
    op->domain = d;
    switch (op->kind) {
    case OP_ACCOUNT_CREATE:
        account_create_check(r) ? to_passwords(r) : answer(r);
        break;
    case OP_SIGN_IN:
        sign_in_check(r) ? lookup(r) : answer(r);
        break;
    case OP_RESET_USE:
        reset_use_check(r) ? lookup(r) : answer(r);
        break;
    case OP_PASSWORD_CHANGE:
        password_change_check(r) ? lookup(r) : answer(r);
        break;
    case OP_ADMIN_ADD:
    case OP_ADMIN_PASSWORD:
        if (!admin_password_check(r))
            answer(r);
        else if (op->in.admin.password.p)
            to_passwords(r);
        else
            to_store(r, true);
        break;
    case OP_PASSING_SAY:
    case OP_PASSING_EXIT:
        /* Needs nothing of the store where it is known who asks; and what a connection says one
         * after the other must not overtake itself on the way through the readers. */
        if (op->who.user) {
            rules[op->kind].run(r);
            answer(r);
        } else
            to_store(r, false);
        break;
    default:
        to_store(r, rules[op->kind].write);
    }
}

uint64_t domain_messages(struct domain *d) {
    return atomic_load_explicit(&d->messages, memory_order_relaxed);
}

void domain_submit(struct domain *d, struct op *op) {
    submit(d, op, NULL);
}

struct domain *domain_new(const struct domain_config *config) {
    struct domain *d = xcalloc(1, sizeof *d);
    d->config = *config;
    d->store = config->store;
    pthread_mutex_init(&d->lock, NULL);
    pthread_cond_init(&d->idle, NULL);
    settings_init(d);
    d->passing = passing_new();
    if (d->config.heartbeat_ms <= 0)
        d->config.heartbeat_ms = HEARTBEAT_MS;
    if (config->on_commit)
        store_on_commit(d->store, config->on_commit, config->on_commit_arg);
    d->passwords = password_pool_new(PASSWORD_THREADS, config->cheap_passwords);
    d->sign_in_pair = limit_new(10, 5 * MINUTE_US);
    d->sign_in_address = limit_new(50, 5 * MINUTE_US);
    d->sign_up = limit_new(10, HOUR_US);
    d->password_change = limit_new(10, 5 * MINUTE_US);
    d->links = limit_new(60, 5 * MINUTE_US);
    d->profile_change = limit_new(60, 10 * MINUTE_US);
    d->picture_change = limit_new(30, HOUR_US);
    d->reports = limit_new(30, HOUR_US);
    d->search = limit_new(LIMIT_SEARCHES_PER_MINUTE, MINUTE_US);
    purge_start(d);
    struct waiter w = {.lock = PTHREAD_MUTEX_INITIALIZER, .done = PTHREAD_COND_INITIALIZER};
    atomic_store(&d->looking, true);
    look(d, &w);
    wait_for(&w);
    return d;
}

void domain_free(struct domain **dp) {
    struct domain *d = *dp;
    *dp = NULL;
    if (!d)
        return;
    domain_drain(d);
    password_pool_free(&d->passwords);
    settings_fini(d);
    passing_free(&d->passing);
    pthread_mutex_destroy(&d->lock);
    pthread_cond_destroy(&d->idle);
    limit_free(&d->sign_in_pair);
    limit_free(&d->sign_in_address);
    limit_free(&d->sign_up);
    limit_free(&d->password_change);
    limit_free(&d->links);
    limit_free(&d->profile_change);
    limit_free(&d->picture_change);
    limit_free(&d->reports);
    limit_free(&d->search);
    free(d);
}

void domain_drain(struct domain *d) {
    store_drain(d->store);
    pthread_mutex_lock(&d->lock);
    while (d->under_way > 0)
        pthread_cond_wait(&d->idle, &d->lock);
    pthread_mutex_unlock(&d->lock);
}

void domain_run(struct domain *d, struct op *op) {
    struct waiter w = {.lock = PTHREAD_MUTEX_INITIALIZER, .done = PTHREAD_COND_INITIALIZER};
    submit(d, op, &w);
    wait_for(&w);
}
