/* What the store promises, whatever stands behind it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/limits.h"
#include "base/log.h"
#include "kit.h"
#include "store/data.h"
#include "store/db.h"
#include "store/file.h"
#include "store/schema.h"

static int setup(void **state) {
    struct kit *k = malloc(sizeof *k);
    kit_open(k);
    *state = k;
    return 0;
}

static int teardown(void **state) {
    struct kit *k = *state;
    fault_arm("", 0);
    kit_close(k);
    free(k);
    return 0;
}

/* --- jobs of the test's own */

static sem_t entered; /* a job that waits at its gate has begun */

struct note {
    struct store_job job;
    struct kit *kit;
    const char *name; /* the person it adds */
    int result_wanted;
    int result;
    size_t commits_at_end;
    pthread_mutex_t *gate; /* waits for it while running */
    _Atomic int *ended;
    int runs;
};

static int note_run(struct store_job *job, struct tx *tx) {
    struct note *n = (struct note *)job;
    n->runs++;
    if (n->gate) {
        sem_post(&entered);
        pthread_mutex_lock(n->gate);
        pthread_mutex_unlock(n->gate);
    }
    if (n->name) {
        struct user_row u = {.id = id_next(),
            .name = str_from(n->name),
            .display_name = str_from(n->name),
            .sort_key = str_from(n->name),
            .search = str_from(n->name)};
        data_user_add(tx, &u, (struct str){0});
        tx_event(tx,
            (struct event){
                .audience = EVENT_USER, .target = u.id, .json = blob_new(str_from(n->name))});
    }
    return n->result_wanted;
}

static void note_end(struct store_job *job, int result) {
    struct note *n = (struct note *)job;
    n->result = result;
    pthread_mutex_lock(&n->kit->lock);
    n->commits_at_end = n->kit->commit_count;
    pthread_mutex_unlock(&n->kit->lock);
    atomic_fetch_add(n->ended, 1);
}

static bool knows(struct kit *k, const char *name) {
    struct op *op = op_new(OP_ADMIN_DISABLE); /* finds by name, and changes nothing here */
    op->in.admin.name = str_from(name);
    return kit_run(k, op, NULL) == FAIL_NONE;
}

static size_t events(struct kit *k) {
    size_t n = 0;
    for (size_t i = 0; i < k->commit_count; i++)
        n += k->commits[i]->n;
    return n;
}

#define NOTES 8
/* All in one batch: the first one holds the writer until all are there. */
static void run_notes(struct kit *k, struct note notes[NOTES]) {
    static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    _Atomic int ended = 0, first_ended = 0;
    struct note first = {.job = {.run = note_run, .on_end = note_end},
        .kit = k,
        .gate = &gate,
        .ended = &first_ended};
    pthread_mutex_lock(&gate);
    assert_int_equal(store_write(k->store, &first.job), 0);
    sem_wait(&entered);
    for (int i = 0; i < NOTES; i++) {
        notes[i].job = (struct store_job){.run = note_run, .on_end = note_end};
        notes[i].kit = k;
        notes[i].ended = &ended;
        assert_int_equal(store_write(k->store, &notes[i].job), 0);
    }
    pthread_mutex_unlock(&gate);
    store_drain(k->store);
    assert_int_equal(ended, NOTES);
    kit_reopen(k);
}

static void a_batch_is_told_before_it_is_acknowledged(void **state) {
    struct kit *k = *state;
    struct note notes[NOTES] = {{.name = "a0"}, {.name = "a1"}, {.name = "a2"}, {.name = "a3"}};
    run_notes(k, notes);
    assert_int_equal(events(k), 4);
    for (int i = 0; i < NOTES; i++) {
        assert_int_equal(notes[i].result, 0);
        assert_true(notes[i].commits_at_end >= 1);
    }
    /* In the order in which they were given. */
    struct commit *c = k->commits[k->commit_count - 1];
    for (unsigned i = 0; i < c->n; i++)
        assert_int_equal(c->events[i].json->p[1], '0' + (int)(i + 4 - c->n));
    assert_true(knows(k, "a3"));
}

static void a_job_that_fails_is_undone_alone(void **state) {
    struct kit *k = *state;
    struct note notes[NOTES] = {
        {.name = "b0"}, {.name = "b1", .result_wanted = -ECANCELED}, {.name = "b2"}};
    run_notes(k, notes);
    assert_int_equal(notes[0].result, 0);
    assert_int_equal(notes[1].result, -ECANCELED);
    assert_int_equal(notes[2].result, 0);
    assert_true(knows(k, "b0"));
    assert_false(knows(k, "b1"));
    assert_true(knows(k, "b2"));
    assert_int_equal(events(k), 2);
}

static void a_batch_runs_twice_only_when_something_must_be_undone(void **state) {
    struct kit *k = *state;
    struct note plain[NOTES] = {{.name = "c0"}, {.result_wanted = -ECANCELED}};
    run_notes(k, plain);
    assert_int_equal(plain[0].runs, 1);
    struct note undone[NOTES] = {{.name = "d0"}, {.name = "d1", .result_wanted = -ECANCELED}};
    run_notes(k, undone);
    assert_int_equal(undone[0].runs, 2);
    assert_true(knows(k, "d0"));
}

static void when_the_commit_fails_nothing_is_told_and_all_hear_why(void **state) {
    struct kit *k = *state;
    static const struct {
        const char *fault;
        int error;
    } cases[] = {{"store.commit", -EIO}, {"store.commit.full", -ENOSPC}};
    for (size_t i = 0; i < 2; i++) {
        struct note notes[NOTES] = {{.name = "e0"}, {.name = "e1"}};
        kit_forget(k);
        /* The purge at start commits too: let it pass before the fault is armed. */
        assert_false(knows(k, "nobody"));
        fault_arm(cases[i].fault, 2); /* 1: the job that gathers the batch */
        run_notes(k, notes);
        fault_arm("", 0);
        for (int n = 0; n < NOTES; n++)
            assert_int_equal(notes[n].result, cases[i].error);
        assert_int_equal(events(k), 0);
        assert_false(knows(k, "e0"));
        assert_true(kit_person(k, i ? "goes-on1" : "goes-on0") > 0);
    }
}

static void the_domain_says_disk_full(void **state) {
    struct kit *k = *state;
    id64 a = kit_person(k, "ann"), room = kit_direct(k, a, a);
    fault_arm("store.commit.full", 1);
    assert_int_equal(kit_send(k, a, room, "c1", "text", NULL), FAIL_DISK_FULL);
    fault_arm("", 0);
    json_t *page;
    assert_int_equal(kit_page(k, a, room, -1, -1, -1, 10, &page), FAIL_NONE);
    assert_int_equal(json_array_size(json_object_get(page, "messages")), 0);
    json_decref(page);
    assert_int_equal(kit_send(k, a, room, "c1", "text", NULL), FAIL_NONE);
}

static void a_file_that_can_grow_no_more_loses_nothing(void **state) {
    struct kit *k = *state;
    id64 a = kit_person(k, "ann"), room = kit_direct(k, a, a);
    char path[128], id[16], *text = malloc(5001);
    memset(text, 'x', 5000);
    text[5000] = '\0';
    snprintf(path, sizeof path, "%s/confab.db-wal", k->dir);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    struct rlimit before, small;
    getrlimit(RLIMIT_FSIZE, &before);
    small = before;
    small.rlim_cur = (rlim_t)st.st_size + 100000;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    int good = 0, tries = 0;
    for (enum fail fail = FAIL_NONE; fail == FAIL_NONE && tries < 200; tries++) {
        snprintf(id, sizeof id, "c%d", tries);
        fail = kit_send(k, a, room, id, text, NULL);
        good += fail == FAIL_NONE;
    }
    assert_true(good > 0 && good < tries);
    json_t *page;
    assert_int_equal(kit_page(k, a, room, -1, -1, -1, 200, &page), FAIL_NONE);
    assert_int_equal(json_array_size(json_object_get(page, "messages")), good);
    json_decref(page);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(kit_send(k, a, room, id, text, NULL), FAIL_NONE); /* the same one again */
    kit_reopen(k);
    assert_int_equal(kit_page(k, a, room, -1, -1, -1, 200, &page), FAIL_NONE);
    assert_int_equal(json_array_size(json_object_get(page, "messages")), good + 1);
    json_decref(page);
    struct buf report = {0};
    assert_int_equal(store_check(k->store, &report), 0);
    buf_fini(&report);
    free(text);
}

static void faults_around_savepoints_fail_the_batch_whole(void **state) {
    struct kit *k = *state;
    static const char *const faults[] = {"store.savepoint", "store.release"};
    for (int i = 0; i < 2; i++)
        for (int nth = 1; nth <= 3; nth++) {
            struct note notes[NOTES] = {
                {.name = "f0"}, {.name = "f1", .result_wanted = -ECANCELED}, {.name = "f2"}};
            assert_false(knows(k, "nobody"));
            kit_forget(k);
            fault_arm(faults[i], nth);
            run_notes(k, notes);
            fault_arm("", 0);
            assert_int_equal(notes[0].result, -EIO);
            assert_int_equal(notes[2].result, -EIO);
            assert_int_equal(events(k), 0);
            assert_false(knows(k, "f0") || knows(k, "f2"));
        }
}

static void a_reader_that_fails_says_so_and_goes_on(void **state) {
    struct kit *k = *state;
    id64 a = kit_person(k, "ann"), room = kit_direct(k, a, a);
    fault_arm("store.read", 1);
    assert_int_equal(kit_page(k, a, room, -1, -1, -1, 0, NULL), FAIL_UNAVAILABLE);
    fault_arm("", 0);
    for (int nth = 1; nth <= 3; nth++) {
        fault_arm("store.statement", nth);
        assert_int_equal(
            kit_page(k, a, room, -1, -1, -1, 0, NULL), nth <= 2 ? FAIL_UNAVAILABLE : FAIL_NONE);
        fault_arm("", 0);
    }
    assert_int_equal(kit_page(k, a, room, -1, -1, -1, 0, NULL), FAIL_NONE);
}

static void a_drained_store_takes_nothing_more(void **state) {
    struct kit *k = *state;
    id64 a = kit_person(k, "ann"), room = kit_direct(k, a, a);
    domain_drain(k->domain);
    assert_int_equal(kit_send(k, a, room, "c1", "text", NULL), FAIL_UNAVAILABLE);
    kit_reopen(k);
    assert_int_equal(kit_send(k, a, room, "c1", "text", NULL), FAIL_NONE);
}

static void a_full_queue_refuses_at_once(void **state) {
    struct kit *k = *state;
    static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    _Atomic int ended = 0;
    struct note *notes = calloc(LIMIT_WRITER_QUEUE + 1, sizeof *notes);
    pthread_mutex_lock(&gate);
    for (int i = 0; i <= LIMIT_WRITER_QUEUE; i++) {
        notes[i] = (struct note){.job = {.run = note_run, .on_end = note_end},
            .kit = k,
            .gate = i ? NULL : &gate,
            .ended = &ended};
        int r = store_write(k->store, &notes[i].job);
        if (i < LIMIT_WRITER_QUEUE - 1)
            assert_int_equal(r, 0); /* the purge at start may still hold a place */
        else if (i == LIMIT_WRITER_QUEUE)
            assert_int_equal(r, -EBUSY);
    }
    sem_wait(&entered);
    pthread_mutex_unlock(&gate);
    store_drain(k->store);
    assert_true(ended >= LIMIT_WRITER_QUEUE - 1);
    assert_true(store_stats(k->store).refused >= 1);
    free(notes);
    kit_reopen(k);
}

static int write_run(struct store_job *job, struct tx *tx) {
    (void)job;
    data_user_set_seen(tx, 1, 1);
    return tx_error(tx);
}

static void readers_cannot_write(void **state) {
    struct kit *k = *state;
    _Atomic int ended = 0;
    struct note n = {.job = {.run = write_run, .on_end = note_end}, .kit = k, .ended = &ended};
    assert_int_equal(store_read(k->store, &n.job), 0);
    kit_reopen(k); /* waits for it */
    assert_int_equal(ended, 1);
    assert_int_equal(n.result, -EACCES);
}

static void two_servers_cannot_share_a_directory(void **state) {
    struct kit *k = *state;
    struct store *other = NULL;
    struct buf error = {0};
    assert_int_equal(
        store_open(&(struct store_config){.dir = k->dir, .exclusive = true}, &other, &error),
        -EBUSY);
    assert_non_null(strstr(buf_z(&error), "another server"));
    assert_null(other);
    buf_fini(&error);
}

static void script(struct kit *k, const char *sql) {
    char path[128];
    struct db *db = NULL;
    struct buf error = {0};
    snprintf(path, sizeof path, "%s/confab.db", k->dir);
    assert_int_equal(db_open(path, DB_WRITE, &db, &error), 0);
    assert_int_equal(db_script(db, sql), 0);
    db_close(&db);
    buf_fini(&error);
}

static void step(struct kit *k, int version) {
    char path[128];
    struct db *db = NULL;
    struct buf error = {0};
    snprintf(path, sizeof path, "%s/confab.db", k->dir);
    assert_int_equal(db_open(path, DB_WRITE, &db, &error), 0);
    assert_int_equal(schema_step(db, version), 0);
    db_close(&db);
    buf_fini(&error);
}

static int open_again(struct kit *k, struct buf *error) {
    struct store *s = NULL;
    int r = store_open(&(struct store_config){.dir = k->dir}, &s, error);
    store_close(&s);
    return r;
}

static void a_newer_schema_is_refused_in_clear_words(void **state) {
    struct kit *k = *state;
    struct buf error = {0};
    char whole[80];
    snprintf(whole, sizeof whole, "PRAGMA user_version = %d", schema_count);
    script(k, "PRAGMA user_version = 999");
    assert_int_equal(open_again(k, &error), -EPROTO);
    assert_non_null(strstr(buf_z(&error), "newer Confab"));
    buf_clear(&error);
    script(k, whole);
    script(k, "PRAGMA application_id = 7");
    assert_int_equal(open_again(k, &error), -EPROTO);
    assert_non_null(strstr(buf_z(&error), "not one of Confab"));
    char right[80];
    snprintf(right, sizeof right, "PRAGMA user_version = %d; PRAGMA application_id = 1131376230",
        schema_count);
    script(k, right);
    buf_clear(&error);
    assert_int_equal(open_again(k, &error), 0);
    buf_fini(&error);
}

static void a_migration_that_fails_leaves_nothing(void **state) {
    struct kit *k = *state;
    char dir[] = "/tmp/confab-migrate-XXXXXX";
    assert_non_null(mkdtemp(dir));
    struct store *s = NULL;
    struct buf error = {0};
    (void)k;
    fault_arm("store.migrate", 1);
    assert_int_equal(store_open(&(struct store_config){.dir = dir}, &s, &error), -EIO);
    fault_arm("", 0);
    buf_clear(&error);
    assert_int_equal(store_open(&(struct store_config){.dir = dir}, &s, &error), 0);
    assert_int_equal(store_check(s, &error), 0);
    store_close(&s);
    buf_fini(&error);
    kit_remove_dir(dir);
}

/* A database as the first version left it, with a little of everything in it, opens in this one
 * from whatever version stands between. */
static void every_earlier_schema_is_brought_up(void **state) {
    static const char *const rows =
        "UPDATE meta SET value = 'old';"
        "INSERT INTO users (id, name, display_name, sort_key, search, kind, role, created_at, head)"
        " VALUES (1, 'ann', 'Ann', 'ann', ' ann ann', 0, 0, 1, 1);"
        "INSERT INTO rooms (id, kind, name, topic, search, created_at, head, count, last_seq, "
        "member_count) VALUES (2, 1, 'Old', '', ' old ', 1, 3, 1, 2, 1);"
        "INSERT INTO members VALUES (2, 1, 0, 1, 1, 2, 1);"
        "INSERT INTO messages (id, room_id, seq, ordinal, kind, author_id, at, text, notice, value)"
        " VALUES (3, 2, 1, 0, 2, 1, 1, '', 0, 'Old');"
        "INSERT INTO messages (id, room_id, seq, ordinal, kind, author_id, at, text, edited_at)"
        " VALUES (4, 2, 2, 1, 0, 1, 2, 'new', 3);"
        "INSERT INTO message_edits VALUES (4, 3, 'old', 2);"
        "INSERT INTO changes (room_id, seq, kind, target, actor_id, at) VALUES (2, 3, 1, 2, 1, 3);"
        "INSERT INTO user_events (user_id, seq, kind, room_id, read_seq, read_ordinal) VALUES (1, "
        "1, 1, 2, 0, 0);";
    (void)state;
    for (int version = 1; version <= schema_count; version++) {
        struct kit old = {.dir = "/tmp/confab-migrate-XXXXXX"};
        char mark[80];
        assert_non_null(mkdtemp(old.dir));
        snprintf(mark, sizeof mark, "PRAGMA user_version = %d; PRAGMA application_id = 1131376230",
            version);
        for (int i = 0; i < version; i++) {
            step(&old, i);
            if (i == 0)
                script(&old, rows);
            if (i == 12)
                script(&old, "INSERT INTO reports VALUES (5, 2, 4, 1, 'why', 4);");
        }
        script(&old, mark);
        struct store *s = NULL;
        struct buf report = {0};
        assert_int_equal(store_open(&(struct store_config){.dir = old.dir}, &s, &report), 0);
        if (store_check(s, &report) != 0)
            fail_msg("from version %d: %s", version, buf_z(&report));
        store_close(&s);
        buf_fini(&report);
        kit_remove_dir(old.dir);
    }
}

static void a_backup_comes_back_under_a_new_epoch(void **state) {
    struct kit *k = *state;
    id64 a = kit_person(k, "ann"), room = kit_direct(k, a, a);
    kit_send(k, a, room, "c1", "kept", NULL);
    char path[128], epoch[64];
    snprintf(path, sizeof path, "%s/copy.confab", k->dir);
    struct buf error = {0};
    assert_int_equal(store_backup(k->store, path, false, &error), 0);
    assert_int_equal(access(path, R_OK), 0);
    kit_send(k, a, room, "c2", "after the backup", NULL);
    json_t *before = kit_sync(k, a, NULL, 0, NULL, 0);
    snprintf(epoch, sizeof epoch, "%s", kit_text(json_array_get(before, 0), "epoch"));

    assert_int_equal(store_restore(k->dir, path, &error), -EBUSY);
    domain_free(&k->domain);
    store_close(&k->store);
    buf_clear(&error);
    assert_int_equal(store_restore(k->dir, path, &error), 0);
    buf_clear(&error);
    assert_int_equal(store_restore(k->dir, "/nonexistent", &error), -ENOENT);
    buf_fini(&error);
    struct kit again = *k;
    assert_int_equal(
        store_open(&(struct store_config){.dir = k->dir, .exclusive = true}, &again.store, &error),
        0);
    again.domain =
        domain_new(&(struct domain_config){.store = again.store, .cheap_passwords = true});
    k->store = again.store;
    k->domain = again.domain;
    buf_fini(&error);
    struct op_cursor cursor = {room, 2};
    json_t *after = kit_sync(k, a, epoch, 1, &cursor, 1);
    assert_true(json_is_false(json_object_get(json_array_get(after, 0), "resumed")));
    assert_string_not_equal(kit_text(json_array_get(after, 0), "epoch"), epoch);
    json_t *entry = json_array_get(json_object_get(json_array_get(after, 0), "rooms"), 0);
    assert_int_equal(kit_int(json_object_get(entry, "room"), "head"), 1);
    json_decref(before);
    json_decref(after);
}

static void of_its_files_nobody_else_reads_one(void **state) {
    struct kit *k = *state;
    kit_person(k, "ann");
    char path[128], copy[128];
    struct buf error = {0};
    struct stat st;
    snprintf(copy, sizeof copy, "%s/copy.confab", k->dir);
    assert_int_equal(store_backup(k->store, copy, false, &error), 0);
    for (int restored = 0; restored <= 1; restored++) {
        const char *const files[] = {"confab.db", "confab.db-wal", "confab.db-shm"};
        for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
            snprintf(path, sizeof path, "%s/%s", k->dir, files[i]);
            assert_int_equal(stat(path, &st), 0);
            assert_int_equal(st.st_mode & 077, 0);
        }
        if (restored)
            break;
        domain_free(&k->domain);
        store_close(&k->store);
        snprintf(path, sizeof path, "%s/confab.db", k->dir);
        assert_int_equal(chmod(path, 0644), 0);
        assert_int_equal(store_restore(k->dir, copy, &error), 0);
        kit_reopen(k);
        kit_person(k, "bob");
    }
    buf_fini(&error);
}

static void check_finds_what_is_wrong(void **state) {
    struct kit *k = *state;
    id64 a = kit_person(k, "ann"), room = kit_direct(k, a, a);
    kit_send(k, a, room, "c1", "one", NULL);
    struct buf report = {0};
    assert_int_equal(store_check(k->store, &report), 0);
    assert_int_equal(report.n, 0);
    script(k, "UPDATE rooms SET head = head + 1");
    assert_true(store_check(k->store, &report) > 0);
    assert_non_null(strstr(buf_z(&report), "gaps"));
    script(k, "UPDATE rooms SET head = head - 1");
    buf_clear(&report);
    script(k, "UPDATE messages SET ordinal = 7");
    assert_true(store_check(k->store, &report) > 0);
    buf_fini(&report);
}

static void what_was_acknowledged_survives_reopening(void **state) {
    struct kit *k = *state;
    id64 a = kit_person(k, "ann"), room = kit_direct(k, a, a);
    char id[16];
    for (int i = 0; i < 50; i++) {
        snprintf(id, sizeof id, "c%d", i);
        assert_int_equal(kit_send(k, a, room, id, id, NULL), FAIL_NONE);
    }
    json_t *x, *y;
    kit_page(k, a, room, -1, -1, -1, 100, &x);
    kit_reopen(k);
    kit_page(k, a, room, -1, -1, -1, 100, &y);
    assert_true(json_equal(x, y));
    json_decref(x);
    json_decref(y);
}

/* --- the search's index */

static void pieces_of_the_index_are_put_together_at_rest(void **state) {
    struct kit *k = *state;
    id64 ann = kit_person(k, "ann"), room;
    char path[100];
    struct db *db;
    struct buf error = {0};
    int64_t pieces = INT64_MAX;
    assert_int_equal(kit_room(k, ann, ROOM_KIND_OPEN, "Garden", NULL, 0, &room), FAIL_NONE);
    for (int i = 0; i < 40; i++) {
        char client_id[16];
        snprintf(client_id, sizeof client_id, "c%d", i);
        assert_int_equal(kit_send(k, ann, room, client_id, "a word", NULL), FAIL_NONE);
    }
    snprintf(path, sizeof path, "%s/confab.db", k->dir);
    assert_int_equal(db_open(path, DB_READ, &db, &error), 0);
    /* Each was a commit, so there were forty. */
    for (int64_t until = clock_mono_us() + 20 * SECOND_US; pieces >= 16;) {
        assert_true(clock_mono_us() < until);
        assert_int_equal(
            db_number(db, "SELECT count(DISTINCT segid) FROM search_terms_idx", &pieces), 0);
        sched_yield();
    }
    db_close(&db);
    buf_fini(&error);
}

static void a_file_that_came_to_be_meanwhile_is_kept(void **state) {
    struct kit *k = *state;
    struct file_part part, other;
    struct stat st;
    char path[128];
    snprintf(path, sizeof path, "%s/copy", k->dir);
    assert_int_equal(file_part_open(&part, path, false), 0);
    assert_int_equal(file_part_open(&other, path, false), -EBUSY);
    assert_int_equal(write(part.fd, "ours", 4), 4);
    FILE *theirs = fopen(path, "w");
    fclose(theirs);
    assert_int_equal(file_part_close(&part, true), -EEXIST);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, 0);
    snprintf(path, sizeof path, "%s/copy.part", k->dir);
    assert_int_equal(access(path, F_OK), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
        T(a_batch_is_told_before_it_is_acknowledged), T(a_job_that_fails_is_undone_alone),
        T(a_batch_runs_twice_only_when_something_must_be_undone),
        T(when_the_commit_fails_nothing_is_told_and_all_hear_why), T(the_domain_says_disk_full),
        T(a_file_that_can_grow_no_more_loses_nothing),
        T(faults_around_savepoints_fail_the_batch_whole),
        T(a_reader_that_fails_says_so_and_goes_on), T(a_drained_store_takes_nothing_more),
        T(a_full_queue_refuses_at_once), T(readers_cannot_write),
        T(two_servers_cannot_share_a_directory), T(a_newer_schema_is_refused_in_clear_words),
        T(a_migration_that_fails_leaves_nothing), T(every_earlier_schema_is_brought_up),
        T(a_backup_comes_back_under_a_new_epoch), T(of_its_files_nobody_else_reads_one),
        T(a_file_that_came_to_be_meanwhile_is_kept), T(check_finds_what_is_wrong),
        T(pieces_of_the_index_are_put_together_at_rest),
        T(what_was_acknowledged_survives_reopening)};
    sem_init(&entered, 0, 0);
    log_setup(LOG_ERROR + 1, LOG_LOGFMT);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
