/* What people set for themselves in a room: whom it reaches, and what holds when devices come in
 * any order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "kit.h"
#include "whole.h"

static struct kit kit, *const k = &kit;
static id64 ann, ben, cleo, group;

#define OK(x) assert_int_equal(x, FAIL_NONE)
#define NO(x, why) assert_int_equal(x, FAIL_##why)

/* A group of ann (its owner) and ben: notices at 1 and 2, messages at 3, 4 and 5; both have read
 * all. */
static int setup(void **state) {
    (void)state;
    clock_freeze_us(INT64_C(1700000000000000));
    kit_open(k);
    ann = kit_person(k, "ann");
    ben = kit_person(k, "ben");
    cleo = kit_person(k, "cleo");
    OK(kit_room(k, ann, ROOM_KIND_GROUP, "Team", &ben, 1, &group));
    OK(kit_send(k, ann, group, "c1", "one", NULL));
    OK(kit_send(k, ann, group, "c2", "two", NULL));
    OK(kit_send(k, ann, group, "c3", "three", NULL));
    OK(kit_read(k, ben, group, 5));
    kit_forget(k);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    domain_drain(k->domain);
    assert_whole(k->store);
    kit_close(k);
    clock_freeze_us(0);
    return 0;
}

static json_t *entry(id64 user) {
    struct op *op = kit_op(OP_ROOM_ENTRY, user);
    json_t *out;
    op->in.id = group;
    OK(kit_run(k, op, &out));
    return out;
}

static void assert_read(id64 user, int64_t seq, int64_t ordinal, int64_t since) {
    json_t *e = entry(user), *read = json_object_get(e, "read");
    assert_int_equal(kit_int(read, "seq"), seq);
    assert_int_equal(kit_int(read, "ordinal"), ordinal);
    assert_int_equal(json_integer_value(json_object_get(read, "since")), since);
    json_decref(e);
}

static void assert_draft(id64 user, const char *text) {
    json_t *e = entry(user), *draft = json_object_get(e, "draft");
    if (text)
        assert_string_equal(kit_text(draft, "text"), text);
    else
        assert_null(draft);
    json_decref(e);
}

/* How many events the commits since told, and that all of them went to `user`. */
static unsigned told_to(id64 user) {
    unsigned n = 0;
    for (size_t i = 0; i < k->commit_count; i++)
        for (unsigned e = 0; e < k->commits[i]->n; e++, n++) {
            assert_int_equal(k->commits[i]->events[e].audience, EVENT_USER);
            assert_int_equal(k->commits[i]->events[e].target, user);
        }
    kit_forget(k);
    return n;
}

static void all_of_it_is_private(void **state) {
    (void)state;
    OK(kit_notify(k, ben, group, NOTIFY_LEVEL_NOTHING));
    OK(kit_unread(k, ben, group, 4));
    OK(kit_draft(k, ben, group, "not yet", 0, NULL));
    assert_int_equal(told_to(ben), 3);
    json_t *e = entry(ann);
    assert_null(json_object_get(e, "notify"));
    assert_null(json_object_get(e, "draft"));
    json_decref(e);
    assert_read(ann, 5, 3, 0);
    e = entry(ben);
    assert_string_equal(kit_text(e, "notify"), "nothing");
    json_decref(e);
}

static void twice_is_once(void **state) {
    (void)state;
    OK(kit_notify(k, ben, group, NOTIFY_LEVEL_MENTIONS));
    OK(kit_notify(k, ben, group, NOTIFY_LEVEL_MENTIONS));
    OK(kit_unread(k, ben, group, 4));
    OK(kit_unread(k, ben, group, 4)); /* unread already, as all behind it */
    OK(kit_unread(k, ben, group, 5));
    OK(kit_draft(k, ben, group, "x", 0, NULL));
    OK(kit_draft(k, ben, group, "x", 0, NULL));
    OK(kit_draft(k, ben, group, "", 0, NULL));
    OK(kit_draft(k, ben, group, "", 0, NULL));
    assert_int_equal(told_to(ben), 4);
    OK(kit_notify(k, ben, group, NOTIFY_LEVEL_ALL));
    assert_int_equal(told_to(ben), 1);
}

static void strangers_find_nothing(void **state) {
    (void)state;
    id64 rooms[] = {group, 12345};
    for (int i = 0; i < 2; i++) {
        NO(kit_notify(k, cleo, rooms[i], NOTIFY_LEVEL_NOTHING), NOT_FOUND);
        NO(kit_unread(k, cleo, rooms[i], 3), NOT_FOUND);
        NO(kit_draft(k, cleo, rooms[i], "x", 0, NULL), NOT_FOUND);
    }
}

static void marked_as_unread_counts_from_that_message(void **state) {
    (void)state;
    OK(kit_unread(k, ben, group, 4));
    assert_read(ben, 3, 1, 5); /* two of three are unread */
    OK(kit_unread(k, ben, group, 3));
    assert_read(ben, 2, 0, 5);
    OK(kit_read(k, ben, group, 4));
    assert_read(ben, 4, 2, 0);
    NO(kit_unread(k, ben, group, 2), FORBIDDEN); /* a notice */
    NO(kit_unread(k, ben, group, 6), NOT_FOUND);
    NO(kit_unread(k, ben, group, 0), NOT_FOUND);
    /* One's own next message reads what stands before it, as ever. */
    OK(kit_unread(k, ben, group, 3));
    OK(kit_send(k, ben, group, "c4", "four", NULL));
    assert_read(ben, 6, 4, 0);
}

static id64 sent(const char *client_id) {
    json_t *out;
    OK(kit_send(k, ann, group, client_id, client_id, &out));
    id64 id = kit_id(out, "id");
    json_decref(out);
    return id;
}

/* `first` and `last` of them; n 0: nothing is told. */
static void assert_gone(id64 user, size_t n, int64_t first, int64_t last) {
    json_t *e = entry(user), *gone = json_object_get(e, "gone");
    assert_int_equal(json_array_size(gone), n);
    assert_true((gone != NULL) == (n > 0));
    if (n) {
        assert_int_equal(json_integer_value(json_array_get(gone, 0)), first);
        assert_int_equal(json_integer_value(json_array_get(gone, n - 1)), last);
    }
    json_decref(e);
}

static void what_is_deleted_before_it_is_read_is_told_by_its_place(void **state) {
    (void)state;
    id64 six = sent("six"), seven = sent("seven");
    OK(kit_delete(k, ann, group, seven)); /* the change is 8 */
    OK(kit_delete(k, ann, group, six));   /* and 9 */
    assert_gone(ben, 2, 6, 7);
    assert_gone(ann, 0, 0, 0); /* she has read them */
    OK(kit_read(k, ben, group, 6));
    assert_gone(ben, 1, 7, 7);
    OK(kit_read(k, ben, group, 9));
    assert_gone(ben, 0, 0, 0);
    OK(kit_unread(k, ben, group, 6));
    assert_gone(ben, 2, 6, 7);
    OK(kit_read(k, ben, group, 9));
    id64 ids[LIMIT_GONE + 2];
    char name[16];
    for (int i = 0; i < LIMIT_GONE + 2; i++) {
        snprintf(name, sizeof name, "m%d", i);
        ids[i] = sent(name);
    }
    for (int i = LIMIT_GONE + 1; i >= 0; i--)
        OK(kit_delete(k, ann, group, ids[i]));
    assert_gone(ben, LIMIT_GONE, 12, 9 + LIMIT_GONE + 2); /* the newest */
}

static void what_others_see_of_ones_reading_stays(void **state) {
    (void)state;
    OK(kit_unread(k, ben, group, 3));
    struct op *op = kit_op(OP_SEEN_LIST, ann);
    json_t *out, *s;
    size_t i;
    op->in.id = group;
    OK(kit_run(k, op, &out));
    assert_int_equal(json_array_size(json_object_get(out, "items")), 2);
    json_array_foreach (json_object_get(out, "items"), i, s)
        assert_int_equal(kit_int(s, "seq"), 5);
    json_decref(out);
}

static void the_draft_that_was_written_last_holds(void **state) {
    (void)state;
    json_t *out;
    OK(kit_draft(k, ben, group, "at the desk", 60000, NULL));
    /* A phone that was away comes with what it kept: older, and then newer. */
    OK(kit_draft(k, ben, group, "on the phone", 90000, &out));
    assert_string_equal(kit_text(out, "text"), "at the desk"); /* and is told so */
    json_decref(out);
    assert_draft(ben, "at the desk");
    OK(kit_draft(k, ben, group, "on the phone", 30000, NULL));
    assert_draft(ben, "on the phone");
    assert_int_equal(told_to(ben), 2);
}

static void a_draft_that_was_sent_does_not_come_back(void **state) {
    (void)state;
    OK(kit_draft(k, ben, group, "hello", 5000, NULL));
    OK(kit_draft(k, ben, group, "", 0, NULL));
    assert_draft(ben, NULL);
    OK(kit_draft(k, ben, group, "hell", 6000, NULL));
    assert_draft(ben, NULL);
    clock_advance_us(1000);
    OK(kit_draft(k, ben, group, "and another", 0, NULL));
    assert_draft(ben, "and another");
}

static void a_draft_written_before_time_began_is_the_oldest(void **state) {
    (void)state;
    OK(kit_draft(k, ben, group, "x", INT64_C(1) << 53, NULL));
    assert_draft(ben, "x");
    OK(kit_draft(k, ben, group, "y", 60000, NULL));
    assert_draft(ben, "y");
}

static void drafts_are_held_to_what_can_be_sent(void **state) {
    (void)state;
    char text[8002];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = 0;
    NO(kit_draft(k, ben, group, text, 0, NULL), TEXT_TOO_LONG);
    NO(kit_draft(k, ben, group, "\x01", 0, NULL), TEXT_INVALID);
    NO(kit_draft(k, ben, group, "  ", 0, NULL), TEXT_EMPTY);
    assert_draft(ben, NULL);
}

static void who_leaves_takes_it_all_along(void **state) {
    (void)state;
    OK(kit_notify(k, ben, group, NOTIFY_LEVEL_NOTHING));
    OK(kit_draft(k, ben, group, "x", 0, NULL));
    OK(kit_remove(k, ben, group, ben));
    OK(kit_add(k, ann, group, ben));
    json_t *e = entry(ben);
    assert_null(json_object_get(e, "notify"));
    assert_null(json_object_get(e, "draft"));
    json_decref(e);
}

static void statements_are_bounded(void **state) {
    (void)state;
    OK(kit_notify(k, ben, group, NOTIFY_LEVEL_NOTHING));
    assert_int_equal(k->queries, 4); /* access, the level; number and event */
    OK(kit_unread(k, ben, group, 4));
    assert_int_equal(k->queries, 5);
    OK(kit_draft(k, ben, group, "x", 0, NULL));
    assert_int_equal(k->queries, 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
        T(all_of_it_is_private), T(twice_is_once), T(strangers_find_nothing),
        T(what_is_deleted_before_it_is_read_is_told_by_its_place),
        T(marked_as_unread_counts_from_that_message), T(what_others_see_of_ones_reading_stays),
        T(the_draft_that_was_written_last_holds), T(a_draft_that_was_sent_does_not_come_back),
        T(a_draft_written_before_time_began_is_the_oldest), T(drafts_are_held_to_what_can_be_sent),
        T(who_leaves_takes_it_all_along), T(statements_are_bounded)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
