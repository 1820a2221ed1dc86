/* Blocking: what two people can't do any more, and who hears of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>

#include "base/limits.h"
#include "kit.h"
#include "whole.h"

static struct kit kit, *const k = &kit;
static id64 ann, ben, cleo, direct, first;

#define OK(x) assert_int_equal(x, FAIL_NONE)
#define NO(x, why) assert_int_equal(x, FAIL_##why)

/* Ann and Ben have a conversation with a message of Ben's. */
static int setup(void **state) {
    (void)state;
    kit_open(k);
    ann = kit_person(k, "ann");
    ben = kit_person(k, "ben");
    cleo = kit_person(k, "cleo");
    direct = kit_direct(k, ann, ben);
    json_t *out;
    OK(kit_send(k, ben, direct, "c1", "hello", &out));
    first = kit_id(out, "id");
    json_decref(out);
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

static enum fail make_direct(id64 user, id64 other) {
    struct op *op = kit_op(OP_ROOM_CREATE, user);
    op->in.room.kind = ROOM_KIND_DIRECT;
    op->in.room.user = other;
    return kit_run(k, op, NULL);
}

static void neither_writes_in_private(void **state) {
    (void)state;
    OK(kit_block(k, ann, ben, true));
    id64 both[] = {ann, ben};
    for (int i = 0; i < 2; i++) {
        NO(kit_send(k, both[i], direct, "x", "x", NULL), WRITE_REFUSED);
        NO(kit_react(k, both[i], direct, first, "👍", true), WRITE_REFUSED);
        NO(kit_mark(k, OP_PIN, both[i], direct, first, true), WRITE_REFUSED);
        OK(kit_read(k, both[i], direct, 1)); /* what is there stays theirs to read */
    }
    NO(kit_edit(k, ben, direct, first, "hello again"), WRITE_REFUSED);
    OK(kit_delete(k, ben, direct, first)); /* and to take back */
    OK(kit_block(k, ann, ben, false));
    OK(kit_send(k, ben, direct, "c2", "x", NULL));
}

static void a_retry_of_what_was_accepted_before_is_refused_like_anything_else(void **state) {
    (void)state;
    OK(kit_block(k, ann, ben, true));
    NO(kit_send(k, ben, direct, "c1", "hello", NULL), WRITE_REFUSED);
}

static void there_is_no_new_conversation_between_them(void **state) {
    (void)state;
    OK(kit_block(k, cleo, ben, true));
    NO(make_direct(ben, cleo), WRITE_REFUSED);
    NO(make_direct(cleo, ben), WRITE_REFUSED);
    OK(make_direct(ann, cleo));
    OK(kit_block(k, ann, ben, true));
    OK(make_direct(ben, ann)); /* the one that is there is found as before */
    OK(make_direct(ben, ben));
}

static void rooms_of_several_are_as_before(void **state) {
    (void)state;
    id64 group;
    OK(kit_room(k, cleo, ROOM_KIND_GROUP, "Team", (id64[]){ann, ben}, 2, &group));
    OK(kit_block(k, ann, ben, true));
    OK(kit_send(k, ben, group, "g1", "x", NULL));
    OK(kit_send(k, ann, group, "g2", "x", NULL));
    /* But what only the two would see is private there too. */
    NO(kit_whisper(k, ben, group, ann, "w1", "x", NULL), WRITE_REFUSED);
    NO(kit_whisper(k, ann, group, ben, "w1", "x", NULL), WRITE_REFUSED);
    OK(kit_whisper(k, ben, group, cleo, "w2", "x", NULL));
}

static enum fail add(id64 by, id64 room, id64 user) {
    struct op *op = kit_op(OP_MEMBER_ADD, by);
    op->in.member.room = room;
    op->in.member.user = user;
    return kit_run(k, op, NULL);
}

static void neither_brings_the_other_into_a_room(void **state) {
    (void)state;
    id64 bens, anns, cleos, open, made;
    OK(kit_room(k, ben, ROOM_KIND_GROUP, "Ben's", (id64[]){cleo}, 1, &bens));
    OK(kit_room(k, ann, ROOM_KIND_GROUP, "Ann's", (id64[]){cleo}, 1, &anns));
    OK(kit_room(k, ben, ROOM_KIND_OPEN, "Square", NULL, 0, &open));
    OK(kit_room(k, cleo, ROOM_KIND_GROUP, "Cleo's", (id64[]){ben}, 1, &cleos));
    OK(kit_block(k, ann, ben, true));
    NO(add(ben, bens, ann), ADD_REFUSED);
    NO(add(ben, open, ann), ADD_REFUSED);
    NO(add(ann, anns, ben), ADD_REFUSED);
    NO(kit_room(k, ben, ROOM_KIND_GROUP, "Both", (id64[]){cleo, ann}, 2, &made), ADD_REFUSED);
    NO(kit_room(k, ann, ROOM_KIND_GROUP, "Both", (id64[]){cleo, ben}, 2, &made), ADD_REFUSED);
    /* Who may not add anybody learns nothing by it. */
    NO(add(ben, cleos, ann), FORBIDDEN);
    NO(add(ben, anns, ann), NOT_FOUND);
    /* By themselves, and by others, they come as before; and who is there is there. */
    OK(add(ann, open, ann));
    OK(add(cleo, cleos, ann));
    OK(add(ben, cleos, ann));
    OK(kit_block(k, ann, ben, false));
    OK(add(ben, bens, ann));
}

static void only_who_blocks_hears_of_it(void **state) {
    (void)state;
    OK(kit_block(k, ann, ben, true));
    OK(kit_block(k, ann, ben, true)); /* twice is once */
    assert_int_equal(k->commit_count, 1);
    const struct commit *c = k->commits[0];
    assert_int_equal(c->n, 2);
    assert_int_equal(c->events[0].target, ann);
    assert_non_null(c->events[0].json);
    /* The other one's connections look anew at whom they may see; nothing is sent to them. */
    assert_int_equal(c->events[1].target, ben);
    assert_int_equal(c->events[1].effect, EFFECT_LOOK);
    assert_null(c->events[1].json);
}

static void assert_apart(id64 user, id64 other, bool apart) {
    struct op *op = kit_op(OP_LAST_SEEN, user);
    op->in.people.users = &other;
    op->in.people.count = 1;
    domain_run(k->domain, op);
    assert_int_equal(op->fail, FAIL_NONE);
    assert_int_equal(op->apart[0], apart);
    op_free(&op);
}

static void neither_sees_where_the_other_is(void **state) {
    (void)state;
    OK(kit_block(k, ann, ben, true));
    assert_apart(ann, ben, true);
    assert_apart(ben, ann, true);
    assert_apart(ann, cleo, false);
    OK(kit_block(k, ann, ben, false));
    assert_apart(ben, ann, false);
}

static void one_blocks_people_and_others_than_oneself(void **state) {
    (void)state;
    NO(kit_block(k, ann, ann, true), FORBIDDEN);
    NO(kit_block(k, ann, 12345, true), NOT_FOUND);
    OK(kit_block(k, ann, ben, false)); /* nothing to undo */
    assert_int_equal(k->commit_count, 0);
}

static void the_list_has_the_last_one_first(void **state) {
    (void)state;
    json_t *out, *items;
    OK(kit_block(k, ann, ben, true));
    OK(kit_block(k, ann, cleo, true));
    OK(kit_run(k, kit_op(OP_BLOCKED_LIST, ann), &out));
    items = json_object_get(out, "items");
    assert_int_equal(json_array_size(items), 2);
    assert_int_equal(kit_id(json_object_get(json_array_get(items, 0), "user"), "id"), cleo);
    json_decref(out);
    OK(kit_run(k, kit_op(OP_BLOCKED_LIST, ben), &out));
    assert_int_equal(json_array_size(json_object_get(out, "items")), 0);
    json_decref(out);
}

static void blocking_is_bounded(void **state) {
    (void)state;
    char name[32];
    id64 last = 0;
    for (int i = 0; i <= LIMIT_BLOCKED; i++) {
        snprintf(name, sizeof name, "person%d", i);
        last = kit_person(k, name);
        if (i < LIMIT_BLOCKED)
            OK(kit_block(k, ann, last, true));
    }
    NO(kit_block(k, ann, last, true), BLOCKS_FULL);
    assert_apart(ann, last, false);
}

static void statements_are_bounded(void **state) {
    (void)state;
    OK(kit_block(k, ann, ben, true));
    assert_int_equal(
        k->queries, 6); /* whom; the block and its count; the bound; number and event */
    NO(kit_send(k, ben, direct, "x", "x", NULL), WRITE_REFUSED);
    assert_int_equal(k->queries, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
        T(neither_writes_in_private),
        T(a_retry_of_what_was_accepted_before_is_refused_like_anything_else),
        T(there_is_no_new_conversation_between_them), T(rooms_of_several_are_as_before),
        T(neither_brings_the_other_into_a_room), T(only_who_blocks_hears_of_it),
        T(neither_sees_where_the_other_is), T(one_blocks_people_and_others_than_oneself),
        T(the_list_has_the_last_one_first), T(blocking_is_bounded), T(statements_are_bounded)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
