/* What people tell of themselves, and pictures: what is written, what is told to whom, and at what
 * cost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/limits.h"
#include "kit.h"
#include "whole.h"

static struct kit kit, *const k = &kit;
static id64 ann, ben, cleo, group;

#define OK(x) assert_int_equal(x, FAIL_NONE)
#define NO(x, why) assert_int_equal(x, FAIL_##why)

static int setup(void **state) {
    (void)state;
    kit_open(k);
    ann = kit_person(k, "ann");
    ben = kit_person(k, "ben");
    cleo = kit_person(k, "cleo");
    OK(kit_room(k, ann, ROOM_KIND_GROUP, "Team", &ben, 1, &group));
    kit_forget(k);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    domain_drain(k->domain);
    assert_whole(k->store);
    kit_close(k);
    return 0;
}

static enum fail patch(id64 user, const char *display_name, const char *about) {
    struct op *op = kit_op(OP_ME_PATCH, user);
    op->in.profile.display_name = str_from(display_name);
    op->in.profile.about = str_from(about);
    return kit_run(k, op, NULL);
}

static enum fail status(id64 user, const char *text, int64_t until_ms) {
    struct op *op = kit_op(OP_STATUS_SET, user);
    op->in.profile.status_text = str_from(text);
    op->in.profile.has_until = until_ms != 0;
    op->in.profile.status_until_ms = until_ms;
    return kit_run(k, op, NULL);
}

/* `room` 0: one's own; `what` NULL: takes it away. */
static enum fail picture(id64 user, id64 room, const char *what, json_t **ret) {
    struct op *op = kit_op(what ? OP_PICTURE_SET : OP_PICTURE_CLEAR, user);
    op->in.picture.of = room ? PICTURE_OF_ROOM : PICTURE_OF_PERSON;
    op->in.picture.owner = room;
    for (int i = 0; what && i < PICTURE_SIZES; i++)
        op->in.picture.data[i] = str_from(what);
    return kit_run(k, op, ret);
}

static enum fail look(id64 user, id64 owner, bool of_room, const char *name, int side) {
    struct op *op = kit_op(OP_PICTURE_GET, user);
    op->in.picture.owner = owner;
    op->in.picture.of = of_room ? PICTURE_OF_ROOM : PICTURE_OF_PERSON;
    op->in.picture.name = str_from(name);
    op->in.picture.side = side;
    return kit_run(k, op, NULL);
}

static enum fail page(id64 user, id64 of, json_t **ret) {
    struct op *op = kit_op(OP_PROFILE_GET, user);
    op->in.id = of;
    return kit_run(k, op, ret);
}

/* How many events of the commits so far are for this audience and target. */
static unsigned told(enum event_audience audience, id64 target) {
    unsigned n = 0;
    domain_drain(k->domain);
    for (size_t i = 0; i < k->commit_count; i++)
        for (unsigned e = 0; e < k->commits[i]->n; e++)
            n += k->commits[i]->events[e].audience == audience
                && k->commits[i]->events[e].target == target;
    kit_reopen(k);
    kit_forget(k);
    return n;
}

static void a_change_is_told_to_oneself_and_to_who_looks_and_to_no_room(void **state) {
    (void)state;
    OK(patch(ann, "Ann of the Hill", NULL));
    OK(status(ann, "Busy", 0));
    OK(picture(ann, 0, "a face", NULL));
    assert_int_equal(told(EVENT_WATCHERS, ann), 3);
    OK(picture(ann, 0, "another face", NULL));
    assert_int_equal(told(EVENT_USER, ann), 1);
    OK(picture(ann, 0, "a third face", NULL));
    assert_int_equal(told(EVENT_ROOM, group), 0);
}

static void what_changes_nothing_is_told_to_nobody(void **state) {
    (void)state;
    OK(patch(ann, "Ann", NULL));
    OK(picture(ann, 0, "a face", NULL));
    told(EVENT_USER, ann);
    OK(patch(ann, "Ann", "Only the page of a person shows this"));
    OK(picture(ann, 0, "a face", NULL));
    OK(picture(ann, group, NULL, NULL));
    assert_int_equal(told(EVENT_WATCHERS, ann), 0);
    OK(picture(ann, 0, "a face", NULL));
    assert_int_equal(told(EVENT_USER, ann), 0);
}

static void a_status_ends_by_its_time(void **state) {
    (void)state;
    json_t *out;
    clock_freeze_us(INT64_C(1700000000000000));
    OK(status(ann, "Until noon", 1700000060000));
    OK(page(ben, ann, &out));
    assert_string_equal(kit_text(json_object_get(out, "user"), "status_text"), "Until noon");
    json_decref(out);
    clock_advance_us(61 * SECOND_US);
    OK(page(ben, ann, &out));
    assert_null(json_object_get(json_object_get(out, "user"), "status_text"));
    assert_null(json_object_get(json_object_get(out, "user"), "status_until"));
    json_decref(out);
    NO(status(ann, "Over already", 1700000060000), STATUS_INVALID);
    clock_freeze_us(0);
}

static void a_rooms_picture_is_for_whom_the_room_is(void **state) {
    (void)state;
    json_t *out;
    NO(picture(ben, group, "x", NULL), FORBIDDEN);
    NO(picture(cleo, group, "x", NULL), NOT_FOUND);
    OK(picture(ann, group, "a garden", &out));
    char name[64];
    snprintf(name, sizeof name, "%s", kit_text(out, "picture"));
    json_decref(out);
    OK(look(ben, group, true, name, PICTURE_SMALL));
    NO(look(cleo, group, true, name, PICTURE_SMALL), NOT_FOUND);
    unsigned unseen = k->queries;
    NO(look(cleo, 12345, true, name, PICTURE_SMALL), NOT_FOUND);
    assert_int_equal(k->queries, unseen); /* and it takes the same */
    NO(look(ben, group, true, "000000000000000000000000", PICTURE_SMALL), NOT_FOUND);
    NO(look(ben, group, true, name, 97), NOT_FOUND);
    /* A room is not to be seen as if it were a person. */
    NO(look(cleo, group, false, name, PICTURE_SMALL), NOT_FOUND);
    OK(kit_remove(k, ann, group, ben));
    NO(look(ben, group, true, name, PICTURE_SMALL), NOT_FOUND);
    OK(kit_delete_room(k, ann, group));
    NO(look(ann, group, true, name, PICTURE_SMALL), NOT_FOUND);
}

static void each_costs_what_it_shows(void **state) {
    (void)state;
    json_t *out;
    OK(picture(ann, 0, "a face", &out));
    char name[64];
    snprintf(name, sizeof name, "%s", kit_text(out, "avatar"));
    json_decref(out);
    assert_int_equal(k->queries, 8); /* who, three squares, the name, rev, a number, its event */
    OK(look(ben, ann, false, name, PICTURE_LARGE));
    assert_int_equal(k->queries, 2);
    OK(page(ben, ann, NULL));
    assert_int_equal(k->queries, 2);
    struct op *op = kit_op(OP_ROOMS_SHARED, ben);
    op->in.list.user = ann;
    OK(kit_run(k, op, NULL));
    assert_int_equal(k->queries, 2);
    OK(status(ann, "x", 0));
    assert_int_equal(k->queries, 5);
    OK(patch(ann, NULL, "x"));
    assert_int_equal(k->queries, 3);
}

static void a_fault_at_any_statement_leaves_the_picture_before(void **state) {
    (void)state;
    json_t *out;
    OK(picture(ann, 0, "before", NULL));
    enum fail fail = FAIL_UNAVAILABLE;
    for (int n = 1; fail != FAIL_NONE; n++) {
        OK(page(ann, 0, &out));
        char before[64];
        snprintf(before, sizeof before, "%s", kit_text(json_object_get(out, "user"), "avatar"));
        json_decref(out);
        fault_arm("store.statement", n);
        fail = picture(ann, 0, "after", NULL);
        fault_arm("", 0);
        if (fail != FAIL_NONE)
            OK(look(ann, ann, false, before, PICTURE_SMALL));
    }
}

static void find_scan(void *arg, const char *sql, const char *plan) {
    static const char *const ours[] = {"profiles", "pictures", "members o"};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (strstr(sql, ours[i]) && strstr(plan, "SCAN ")) {
            fprintf(stderr, "%s\n%s\n", sql, plan);
            ++*(int *)arg;
        }
}

static void no_statement_reads_a_whole_table(void **state) {
    each_costs_what_it_shows(state);
    OK(picture(ann, 0, NULL, NULL));
    int bad = 0;
    domain_drain(k->domain);
    store_explain(k->store, find_scan, &bad);
    assert_int_equal(bad, 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(a_change_is_told_to_oneself_and_to_who_looks_and_to_no_room),
        T(what_changes_nothing_is_told_to_nobody), T(a_status_ends_by_its_time),
        T(a_rooms_picture_is_for_whom_the_room_is), T(each_costs_what_it_shows),
        T(a_fault_at_any_statement_leaves_the_picture_before), T(no_statement_reads_a_whole_table)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
