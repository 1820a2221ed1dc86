/* What people put on lines: who may, what it does to what others see, and what is told of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "kit.h"
#include "whole.h"

static struct kit kit, *const k = &kit;
static id64 ann, ben, cleo, group, first;

#define OK(x) assert_int_equal(x, FAIL_NONE)
#define NO(x, why) assert_int_equal(x, FAIL_##why)

static id64 sent(id64 user, id64 room, const char *client_id) {
    json_t *out;
    OK(kit_send(k, user, room, client_id, client_id, &out));
    id64 id = kit_id(out, "id");
    json_decref(out);
    return id;
}

/* A group of ann (its owner) and ben, with notices at 1 and 2 and a message at 3. */
static int setup(void **state) {
    (void)state;
    kit_open(k);
    ann = kit_person(k, "ann");
    ben = kit_person(k, "ben");
    cleo = kit_person(k, "cleo");
    OK(kit_room(k, ann, ROOM_KIND_GROUP, "Team", &ben, 1, &group));
    first = sent(ann, group, "c1");
    return 0;
}

static int teardown(void **state) {
    (void)state;
    domain_drain(k->domain);
    assert_whole(k->store);
    kit_close(k);
    return 0;
}

static json_t *message(id64 user, id64 room, id64 id) {
    struct op *op = kit_op(OP_MESSAGE_GET, user);
    json_t *out;
    op->in.message.room = room;
    op->in.message.message = id;
    OK(kit_run(k, op, &out));
    return out;
}

static json_t *list(enum op_kind kind, id64 user, id64 room) {
    struct op *op = kit_op(kind, user);
    json_t *out;
    op->in.id = room;
    OK(kit_run(k, op, &out));
    json_t *items = json_incref(json_object_get(out, "items"));
    json_decref(out);
    return items;
}

static enum fail reacted(
    id64 user, id64 id, const char *emoji, const char *cursor, int limit, json_t **out) {
    struct op *op = kit_op(OP_REACTED_LIST, user);
    op->in.list.room = group;
    op->in.list.message = id;
    op->in.list.emoji = str_from(emoji);
    op->in.list.cursor = str_from(cursor);
    op->in.list.limit = limit;
    return kit_run(k, op, out);
}

static enum fail stars(id64 user, const char *cursor, int limit, json_t **out) {
    struct op *op = kit_op(OP_STARS_LIST, user);
    op->in.list.cursor = str_from(cursor);
    op->in.list.limit = limit;
    return kit_run(k, op, out);
}

/* The reactions as text: "👍2* ❤️1", a star behind one's own. */
static void assert_reactions(id64 user, id64 id, const char *expected) {
    char text[2048] = "";
    size_t n = 0, i;
    json_t *m = message(user, group, id), *r;
    json_array_foreach (json_object_get(m, "reactions"), i, r)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s%d%s", i ? " " : "",
            kit_text(r, "emoji"), (int)kit_int(r, "count"), json_object_get(r, "mine") ? "*" : "");
    assert_string_equal(text, expected);
    json_decref(m);
}

static void a_person_reacts_once_with_each_emoji(void **state) {
    (void)state;
    OK(kit_react(k, ben, group, first, "👍", true));
    OK(kit_react(k, ben, group, first, "👍", true));
    OK(kit_react(k, ann, group, first, "❤", true)); /* the same in another form */
    OK(kit_react(k, ann, group, first, "❤️", true));
    OK(kit_react(k, ann, group, first, "👍", true));
    assert_reactions(ann, first, "👍2* ❤️1*");
    assert_reactions(ben, first, "👍2* ❤️1");
    OK(kit_react(k, ben, group, first, "👍", false));
    OK(kit_react(k, ben, group, first, "👍", false));
    assert_reactions(ben, first, "👍1 ❤️1");
    /* What comes anew stands last. */
    OK(kit_react(k, ann, group, first, "👍", false));
    OK(kit_react(k, ben, group, first, "👍", true));
    assert_reactions(ben, first, "❤️1 👍1*");
    /* Of all this, what changed nothing told nothing. */
    json_t *m = message(ann, group, first), *page;
    OK(kit_page(k, ann, group, -1, -1, -1, 0, &page));
    assert_int_equal(kit_int(page, "head"), kit_int(m, "seq") + 6);
    json_decref(m);
    json_decref(page);
}

static void a_reaction_is_one_emoji_on_a_message(void **state) {
    (void)state;
    NO(kit_react(k, ben, group, first, "a", true), EMOJI_INVALID);
    NO(kit_react(k, ben, group, first, "👍👍", true), EMOJI_INVALID);
    NO(kit_react(k, ben, group, first, "", false), EMOJI_INVALID);
    NO(reacted(ben, first, "x", NULL, 0, NULL), EMOJI_INVALID);
    json_t *page;
    OK(kit_page(k, ann, group, -1, -1, -1, 0, &page));
    id64 notice = kit_id(json_array_get(json_object_get(page, "messages"), 0), "id");
    json_decref(page);
    NO(kit_react(k, ben, group, notice, "👍", true), FORBIDDEN);
    NO(kit_mark(k, OP_PIN, ann, group, notice, true), FORBIDDEN);
    NO(kit_mark(k, OP_STAR, ann, group, notice, true), FORBIDDEN);
    NO(kit_mark(k, OP_HIDE, ann, group, notice, true), FORBIDDEN);
    NO(kit_react(k, ben, group, 12345, "👍", true), NOT_FOUND);
}

static void kinds_of_reactions_are_bounded(void **state) {
    (void)state;
    char emoji[8] = {0};
    for (uint32_t i = 0; i < LIMIT_REACTION_KINDS; i++) {
        emoji[utf8_put(0x1f600 + i, emoji)] = 0;
        OK(kit_react(k, i % 2 ? ann : ben, group, first, emoji, true));
    }
    NO(kit_react(k, ben, group, first, "🐢", true), REACTIONS_FULL);
    OK(kit_react(k, ann, group, first, "😀", true)); /* one that is there: anyone still may */
    OK(kit_react(k, ben, group, first, "😁", true));
    OK(kit_react(k, ann, group, first, emoji, false));
    OK(kit_react(k, ben, group, first, "🐢", true));
}

static void who_reacted_is_listed_in_order(void **state) {
    (void)state;
    json_t *out;
    OK(kit_add(k, ann, group, cleo));
    OK(kit_react(k, cleo, group, first, "👍", true));
    OK(kit_react(k, ann, group, first, "👍", true));
    OK(kit_react(k, ben, group, first, "👍", true));
    OK(kit_react(k, ann, group, first, "🎉", true));
    OK(reacted(ben, first, "👍", NULL, 2, &out));
    json_t *items = json_object_get(out, "items");
    assert_int_equal(json_array_size(items), 2);
    assert_int_equal(kit_id(json_object_get(json_array_get(items, 0), "user"), "id"), cleo);
    char cursor[32];
    snprintf(cursor, sizeof cursor, "%s", kit_text(out, "next"));
    json_decref(out);
    OK(reacted(ben, first, "👍", cursor, 2, &out));
    items = json_object_get(out, "items");
    assert_int_equal(json_array_size(items), 1);
    assert_int_equal(kit_id(json_object_get(json_array_get(items, 0), "user"), "id"), ben);
    assert_null(json_object_get(out, "next"));
    json_decref(out);
    NO(reacted(ben, first, "👍", "x", 2, NULL), CURSOR_INVALID);
}

static void strangers_cannot_tell_that_there_is_anything(void **state) {
    (void)state;
    OK(kit_mark(k, OP_PIN, ann, group, first, true));
    id64 rooms[] = {group, 12345};
    unsigned cost[2][8];
    for (int i = 0; i < 2; i++) {
        int n = 0;
        struct op *op = kit_op(OP_PINS_LIST, cleo);
        op->in.id = rooms[i];
#define SAME(x) (NO(x, NOT_FOUND), cost[i][n++] = k->queries)
        SAME(kit_run(k, op, NULL));
        op = kit_op(OP_REACTED_LIST, cleo);
        op->in.list.room = rooms[i];
        op->in.list.message = first;
        op->in.list.emoji = STR("👍");
        SAME(kit_run(k, op, NULL));
        SAME(kit_react(k, cleo, rooms[i], first, "👍", true));
        SAME(kit_react(k, cleo, rooms[i], first, "👍", false));
        SAME(kit_mark(k, OP_PIN, cleo, rooms[i], first, true));
        SAME(kit_mark(k, OP_STAR, cleo, rooms[i], first, true));
        SAME(kit_mark(k, OP_HIDE, cleo, rooms[i], first, true));
    }
    assert_memory_equal(cost[0], cost[1], 7 * sizeof cost[0][0]);
    /* A message of another room is not there, whoever asks. */
    id64 notes = kit_direct(k, ann, ann);
    NO(kit_react(k, ann, notes, first, "👍", true), NOT_FOUND);
}

static void admins_pin(void **state) {
    (void)state;
    NO(kit_mark(k, OP_PIN, ben, group, first, true), FORBIDDEN);
    OK(kit_mark(k, OP_PIN, ann, group, first, true));
    OK(kit_mark(k, OP_PIN, ann, group, first, true));
    NO(kit_mark(k, OP_PIN, ben, group, first, false), FORBIDDEN);
    id64 second = sent(ben, group, "c2");
    OK(kit_role(k, ann, group, ben, ROOM_ROLE_ADMIN));
    OK(kit_mark(k, OP_PIN, ben, group, second, true));
    json_t *pins = list(OP_PINS_LIST, ben, group), *pin = json_array_get(pins, 0), *m;
    assert_int_equal(json_array_size(pins), 2);
    assert_int_equal(kit_id(json_object_get(pin, "message"), "id"), second); /* latest first */
    assert_int_equal(kit_id(json_object_get(pin, "by"), "id"), ben);
    m = message(ben, group, first);
    assert_true(json_is_true(json_object_get(m, "pinned")));
    json_decref(pins);
    json_decref(m);
    OK(kit_mark(k, OP_PIN, ben, group, first, false));
    OK(kit_mark(k, OP_PIN, ben, group, first, false));
    OK(kit_delete(k, ben, group, second)); /* the pin goes with its message */
    pins = list(OP_PINS_LIST, ann, group);
    assert_int_equal(json_array_size(pins), 0);
    json_decref(pins);
    /* In a conversation of two, both may. */
    id64 direct = kit_direct(k, ann, ben), hello = sent(ann, direct, "c3");
    OK(kit_mark(k, OP_PIN, ben, direct, hello, true));
    OK(kit_mark(k, OP_PIN, ann, direct, hello, false));
}

static void pins_are_bounded(void **state) {
    (void)state;
    id64 last = 0;
    char id[16];
    for (int i = 0; i < LIMIT_PINS; i++) {
        snprintf(id, sizeof id, "p%d", i);
        OK(kit_mark(k, OP_PIN, ann, group, last = sent(ann, group, id), true));
    }
    NO(kit_mark(k, OP_PIN, ann, group, first, true), PINS_FULL);
    OK(kit_mark(k, OP_PIN, ann, group, last, false));
    OK(kit_mark(k, OP_PIN, ann, group, first, true));
}

static void stars_are_ones_own(void **state) {
    (void)state;
    json_t *out, *m;
    id64 second = sent(ben, group, "c2"), notes = kit_direct(k, ben, ben),
         third = sent(ben, notes, "c3");
    OK(kit_mark(k, OP_STAR, ben, group, second, true));
    OK(kit_mark(k, OP_STAR, ben, group, first, true));
    OK(kit_mark(k, OP_STAR, ben, notes, third, true));
    OK(kit_mark(k, OP_STAR, ben, group, second, true)); /* stays where it was in the list */
    m = message(ben, group, first);
    assert_true(json_is_true(json_object_get(m, "starred")));
    json_decref(m);
    m = message(ann, group, first);
    assert_null(json_object_get(m, "starred"));
    json_decref(m);
    OK(stars(ben, NULL, 2, &out));
    json_t *items = json_object_get(out, "items");
    assert_int_equal(json_array_size(items), 2);
    assert_int_equal(kit_id(json_object_get(json_array_get(items, 0), "message"), "id"), third);
    char cursor[32];
    snprintf(cursor, sizeof cursor, "%s", kit_text(out, "next"));
    json_decref(out);
    OK(stars(ben, cursor, 2, &out));
    items = json_object_get(out, "items");
    assert_int_equal(json_array_size(items), 1);
    assert_int_equal(kit_id(json_object_get(json_array_get(items, 0), "message"), "id"), second);
    json_decref(out);
    OK(stars(ann, NULL, 0, &out));
    assert_int_equal(json_array_size(json_object_get(out, "items")), 0);
    json_decref(out);
    NO(stars(ben, "x", 0, NULL), CURSOR_INVALID);
    OK(kit_mark(k, OP_STAR, ben, notes, third, false));
    OK(kit_mark(k, OP_STAR, ben, notes, third, false));
    OK(kit_delete(k, ben, group, second)); /* what is deleted is not worth a star */
    OK(stars(ben, NULL, 0, &out));
    assert_int_equal(json_array_size(json_object_get(out, "items")), 1);
    json_decref(out);
    /* Who leaves loses sight of them, and finds them again on coming back. */
    OK(kit_remove(k, ben, group, ben));
    OK(stars(ben, NULL, 0, &out));
    assert_int_equal(json_array_size(json_object_get(out, "items")), 0);
    json_decref(out);
    OK(kit_add(k, ann, group, ben));
    OK(stars(ben, NULL, 0, &out));
    assert_int_equal(json_array_size(json_object_get(out, "items")), 1);
    json_decref(out);
}

static json_t *line_of(id64 user, int64_t seq) {
    json_t *page, *m, *found = NULL;
    size_t i;
    OK(kit_page(k, user, group, -1, -1, -1, LIMIT_PAGE, &page));
    json_array_foreach (json_object_get(page, "messages"), i, m)
        if (kit_int(m, "seq") == seq)
            found = json_incref(m);
    json_decref(page);
    return found;
}

static void what_one_deletes_for_oneself_is_gone_for_one_alone(void **state) {
    (void)state;
    OK(kit_edit(k, ann, group, first, "edited"));
    OK(kit_react(k, ann, group, first, "👍", true));
    OK(kit_mark(k, OP_PIN, ann, group, first, true));
    OK(kit_mark(k, OP_STAR, ben, group, first, true));
    OK(kit_mark(k, OP_HIDE, ben, group, first, true));
    OK(kit_mark(k, OP_HIDE, ben, group, first, true));
    json_t *m = line_of(ben, 3), *one = message(ben, group, first), *out;
    assert_true(json_equal(m, one));
    assert_string_equal(kit_text(m, "text"), "");
    assert_true(json_is_true(json_object_get(m, "hidden")));
    static const char *const gone[] = {"edited_at", "reactions", "pinned", "starred"};
    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
        assert_null(json_object_get(m, gone[i]));
    json_decref(m);
    json_decref(one);
    NO(kit_mark(k, OP_STAR, ben, group, first, true), NOT_FOUND);
    struct op *op = kit_op(OP_MESSAGE_EDITS, ben);
    op->in.message.room = group;
    op->in.message.message = first;
    NO(kit_run(k, op, NULL), NOT_FOUND);
    json_t *pins = list(OP_PINS_LIST, ben, group);
    assert_int_equal(json_array_size(pins), 0);
    json_decref(pins);
    OK(stars(ben, NULL, 0, &out));
    assert_int_equal(json_array_size(json_object_get(out, "items")), 0);
    json_decref(out);
    /* Nor is it quoted. */
    op = kit_op(OP_MESSAGE_SEND, ann);
    op->in.message.room = group;
    op->in.message.client_id = STR("c2");
    op->in.message.text = STR("an answer");
    op->in.message.reply_to = 3;
    OK(kit_run(k, op, NULL));
    OK(kit_page(k, ben, group, -1, 3, -1, 0, &out));
    assert_int_equal(json_array_size(json_object_get(out, "quoted")), 0);
    json_decref(out);
    OK(kit_page(k, ann, group, -1, 3, -1, 0, &out));
    assert_int_equal(json_array_size(json_object_get(out, "quoted")), 1);
    json_decref(out);
    /* Everybody else has it as it was. */
    m = line_of(ann, 3);
    assert_string_equal(kit_text(m, "text"), "edited");
    assert_true(json_is_true(json_object_get(m, "pinned")));
    json_decref(m);
    assert_reactions(ann, first, "👍1*");
}

static int64_t last_of(id64 user) {
    struct op *op = kit_op(OP_ROOM_ENTRY, user);
    json_t *out;
    op->in.id = group;
    OK(kit_run(k, op, &out));
    json_t *last = json_object_get(out, "last");
    int64_t seq = last ? kit_int(last, "seq") : 0;
    json_decref(out);
    return seq;
}

static void another_line_stands_for_a_room_whose_last_is_hidden(void **state) {
    (void)state;
    id64 second = sent(ann, group, "c2"), third = sent(ann, group, "c3");
    assert_int_equal(last_of(ben), 5);
    OK(kit_mark(k, OP_HIDE, ben, group, second, true));
    assert_int_equal(last_of(ben), 5);
    OK(kit_mark(k, OP_HIDE, ben, group, third, true));
    assert_int_equal(last_of(ben), 3);
    assert_int_equal(last_of(ann), 5);
    OK(kit_mark(k, OP_HIDE, ben, group, first, true));
    assert_int_equal(last_of(ben), 2); /* a notice */
    OK(kit_patch(k, ann, group, "Crew", NULL));
    assert_int_equal(last_of(ben), 6); /* a newer one */
    sent(ann, group, "c4");
    assert_int_equal(last_of(ben), 7);
}

static void who_hides_no_end_of_lines_costs_no_end_of_work(void **state) {
    (void)state;
    char id[16];
    for (int i = 0; i < 205; i++) {
        snprintf(id, sizeof id, "h%d", i);
        OK(kit_mark(k, OP_HIDE, ben, group, sent(ann, group, id), true));
    }
    assert_int_equal(last_of(ben), 0);
    OK(kit_patch(k, ann, group, "Crew", NULL));
    assert_int_equal(last_of(ben), 3 + 205 + 1);
}

static void nothing_is_put_on_what_was_deleted(void **state) {
    (void)state;
    OK(kit_react(k, ben, group, first, "👍", true));
    OK(kit_mark(k, OP_STAR, ben, group, first, true));
    OK(kit_delete(k, ann, group, first));
    json_t *m = line_of(ben, 3);
    assert_null(json_object_get(m, "reactions"));
    assert_null(json_object_get(m, "starred"));
    json_decref(m);
    NO(kit_react(k, ben, group, first, "👍", true), MESSAGE_DELETED);
    NO(kit_react(k, ben, group, first, "👍", false), MESSAGE_DELETED);
    NO(kit_mark(k, OP_PIN, ann, group, first, true), MESSAGE_DELETED);
    NO(kit_mark(k, OP_STAR, ben, group, first, true), MESSAGE_DELETED);
    OK(kit_mark(k, OP_HIDE, ben, group, first, true)); /* its tombstone goes, for ben */
    m = line_of(ben, 3);
    assert_null(json_object_get(m, "deleted_at"));
    json_decref(m);
}

/* More than are kept for resuming: then everything comes anew, and has to be as it was. */
static void marks_outlive_the_log_of_ones_own_events(void **state) {
    (void)state;
    id64 second = sent(ann, group, "c2");
    OK(kit_mark(k, OP_HIDE, ben, group, second, true));
    for (int i = 0; i < LIMIT_SYNC_USER_EVENTS + 2; i++)
        OK(kit_mark(k, OP_STAR, ben, group, first, i % 2 == 0));
    OK(kit_mark(k, OP_STAR, ben, group, first, true));
    json_t *m = line_of(ben, 3);
    assert_true(json_is_true(json_object_get(m, "starred")));
    json_decref(m);
    m = line_of(ben, 4);
    assert_true(json_is_true(json_object_get(m, "hidden")));
    json_decref(m);
    assert_int_equal(last_of(ben), 3);
}

static void everything_goes_with_the_room(void **state) {
    (void)state;
    OK(kit_react(k, ben, group, first, "👍", true));
    OK(kit_mark(k, OP_PIN, ann, group, first, true));
    OK(kit_mark(k, OP_STAR, ann, group, first, true));
    OK(kit_mark(k, OP_HIDE, ben, group, first, true));
    OK(kit_delete_room(k, ann, group));
    json_t *out;
    OK(stars(ann, NULL, 0, &out));
    assert_int_equal(json_array_size(json_object_get(out, "items")), 0);
    json_decref(out);
    kit_reopen(k); /* the purge ends; store_check sees rows that point to nothing */
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
        T(a_person_reacts_once_with_each_emoji), T(a_reaction_is_one_emoji_on_a_message),
        T(kinds_of_reactions_are_bounded), T(who_reacted_is_listed_in_order),
        T(strangers_cannot_tell_that_there_is_anything), T(admins_pin), T(pins_are_bounded),
        T(stars_are_ones_own), T(what_one_deletes_for_oneself_is_gone_for_one_alone),
        T(another_line_stands_for_a_room_whose_last_is_hidden),
        T(who_hides_no_end_of_lines_costs_no_end_of_work), T(nothing_is_put_on_what_was_deleted),
        T(marks_outlive_the_log_of_ones_own_events), T(everything_goes_with_the_room)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
