/* Run under ThreadSanitizer too. */
#include "test.h"

#include <pthread.h>
#include <stdlib.h>
#include <uv.h>

#include "base/check.h"
#include "base/list.h"
#include "loop/mailbox.h"

#define SENDERS 4
#define LETTERS 20000

struct numbered {
    struct letter letter;
    int sender, number;
};

static int next_of[SENDERS], arrived;

static void on_arrive(struct letter *l) {
    struct numbered *n = container_of(l, struct numbered, letter);
    assert_int_equal(n->number, next_of[n->sender]++);
    arrived++;
    free(n);
}

struct sender {
    struct mailbox *to;
    int index;
    pthread_t thread;
};

static void *send_all(void *arg) {
    struct sender *s = arg;
    for (int i = 0; i < LETTERS; i++) {
        struct numbered *n = xcalloc(1, sizeof *n);
        *n = (struct numbered){{NULL, on_arrive}, s->index, i};
        mailbox_post(s->to, &n->letter);
    }
    return NULL;
}

static void start(struct sender senders[SENDERS], struct mailbox *m) {
    memset(next_of, 0, sizeof next_of);
    arrived = 0;
    for (int i = 0; i < SENDERS; i++) {
        senders[i] = (struct sender){m, i, 0};
        assert_int_equal(pthread_create(&senders[i].thread, NULL, send_all, &senders[i]), 0);
    }
}

static void join(struct sender senders[SENDERS]) {
    for (int i = 0; i < SENDERS; i++)
        pthread_join(senders[i].thread, NULL);
}

static void nothing_is_lost_and_each_sender_keeps_its_order(void **state) {
    struct mailbox *m = mailbox_new(NULL);
    struct sender senders[SENDERS];
    start(senders, m);
    while (arrived < SENDERS * LETTERS) {
        assert_true(mailbox_wait(m, 30 * 1000 * 1000));
        mailbox_drain(m);
    }
    join(senders);
    assert_false(mailbox_wait(m, 1000));
    mailbox_free(&m);
}

struct turn {
    uv_prepare_t prepare;
    struct mailbox *m;
};

static void on_turn(uv_prepare_t *p) {
    struct turn *t = p->data;
    mailbox_drain(t->m);
    if (arrived == SENDERS * LETTERS && !uv_is_closing((uv_handle_t *)p)) {
        mailbox_free(&t->m);
        uv_close((uv_handle_t *)p, NULL);
    }
}

static void a_loop_is_woken_for_every_letter(void **state) {
    uv_loop_t loop;
    struct turn turn;
    struct sender senders[SENDERS];
    assert_int_equal(uv_loop_init(&loop), 0);
    turn.m = mailbox_new(&loop);
    assert_int_equal(uv_prepare_init(&loop, &turn.prepare), 0);
    turn.prepare.data = &turn;
    uv_prepare_start(&turn.prepare, on_turn);
    start(senders, turn.m);
    uv_run(&loop, UV_RUN_DEFAULT);
    join(senders);
    assert_int_equal(arrived, SENDERS * LETTERS);
    assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_lost_and_each_sender_keeps_its_order),
        cmocka_unit_test(a_loop_is_woken_for_every_letter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
