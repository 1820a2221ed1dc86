/* Many threads at once: nothing lost, doubled or out of order, and nothing acknowledged before it
 * was told. Also run under ThreadSanitizer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/log.h"
#include "base/map.h"
#include "kit.h"

#define THREADS 4
#define SENDS 400
#define FLIGHT 16

static struct kit kit, *const k = &kit;

struct sender {
    pthread_t thread;
    struct mailbox *home;
    id64 user, room;
    int number, sent, done;
    int64_t last_seq;
    int told_late, out_of_order, refused;
};

static bool told(id64 room, int64_t seq) {
    bool found = false;
    pthread_mutex_lock(&k->lock);
    for (size_t i = k->commit_count; i-- > 0 && !found;)
        for (unsigned n = 0; n < k->commits[i]->n && !found; n++)
            found = k->commits[i]->events[n].target == room && k->commits[i]->events[n].seq == seq;
    pthread_mutex_unlock(&k->lock);
    return found;
}

static void on_done(struct op *op) {
    struct sender *s = op->data;
    s->done++;
    if (op->kind == OP_MESSAGE_SEND) {
        s->refused += op->fail != FAIL_NONE;
        s->told_late += !told(s->room, op->seq);
        s->out_of_order += op->seq <= s->last_seq;
        s->last_seq = op->seq;
    }
    op_free(&op);
}

static void submit(struct sender *s) {
    bool page = s->sent % 8 == 7;
    struct op *op = kit_op(page ? OP_MESSAGES_PAGE : OP_MESSAGE_SEND, s->user);
    op->home = s->home;
    op->on_done = on_done;
    op->data = s;
    if (page) {
        op->in.page.room = s->room;
        op->in.page.before = op->in.page.after = op->in.page.around = -1;
    } else {
        op->in.message.room = s->room;
        op->in.message.client_id = arena_printf(op->arena, "c%d", s->sent);
        op->in.message.text = arena_printf(op->arena, "%d of %d", s->sent, s->number);
    }
    s->sent++;
    domain_submit(k->domain, op);
}

static void *send_many(void *arg) {
    struct sender *s = arg;
    while (s->done < SENDS) {
        while (s->sent < SENDS && s->sent - s->done < FLIGHT)
            submit(s);
        mailbox_wait(s->home, -1);
        mailbox_drain(s->home);
    }
    return NULL;
}

static void a_crowd_in_one_room(void **state) {
    (void)state;
    static const char *const names[THREADS] = {"ann", "ben", "cleo", "dora"};
    struct sender senders[THREADS] = {0};
    id64 ids[THREADS], room;
    kit_open(k);
    for (int i = 0; i < THREADS; i++)
        ids[i] = kit_person(k, names[i]);
    assert_int_equal(kit_room(k, ids[0], ROOM_KIND_OPEN, "Square", ids, THREADS, &room), FAIL_NONE);
    kit_forget(k);
    for (int i = 0; i < THREADS; i++) {
        senders[i] =
            (struct sender){.home = mailbox_new(NULL), .user = ids[i], .room = room, .number = i};
        assert_int_equal(pthread_create(&senders[i].thread, NULL, send_many, &senders[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(senders[i].thread, NULL);
    domain_drain(k->domain); /* posting has ended, not only arriving */
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(senders[i].told_late, 0);
        assert_int_equal(senders[i].out_of_order, 0);
        assert_int_equal(senders[i].refused, 0);
        mailbox_free(&senders[i].home);
    }
    /* One row of events, each number once, in order. */
    int64_t next = THREADS + 1;
    for (size_t i = 0; i < k->commit_count; i++)
        for (unsigned n = 0; n < k->commits[i]->n; n++)
            assert_int_equal(k->commits[i]->events[n].seq, next++);
    assert_int_equal(next, THREADS + 1 + THREADS * SENDS * 7 / 8);
    assert_true(store_stats(k->store).batch_max > 1);
    struct buf report = {0};
    assert_int_equal(store_check(k->store, &report), 0);
    buf_fini(&report);
    kit_close(k);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_crowd_in_one_room)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
