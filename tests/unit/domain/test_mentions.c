/* Calling people by name: what is a mention, whom it calls, who hears of it, and what becomes of
 * it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "domain/mentions.h"
#include "four.h"
#include "whole.h"

static id64 group;

/* A group of ann (its owner), ben and cleo; dora is not in it. */
static int setup(void **state) {
    (void)state;
    four_open();
    OK(kit_room(k, ann, ROOM_KIND_GROUP, "Team", (id64[]){ben, cleo}, 2, &group));
    return 0;
}

static int teardown(void **state) {
    (void)state;
    domain_drain(k->domain);
    assert_whole(k->store);
    four_close();
    return 0;
}

/* --- the text */

static void names_of(const char *text, size_t n, char out[static 512]) {
    struct arena *arena = arena_new();
    struct rows rows = {0};
    size_t at = 0;
    mentions_scan(arena, str_make(text, n), &rows);
    out[0] = 0;
    for (size_t i = 0; i < rows.n; i++)
        at += (size_t)snprintf(
            out + at, 512 - at, "%s%.*s", i ? " " : "", STR_ARG(((struct str *)rows.p)[i]));
    arena_free(&arena);
}

static void what_is_a_mention(void **state) {
    (void)state;
    json_t *cases = json_load_file(FIXTURES "/mentions.json", 0, NULL), *one, *name;
    size_t i, n;
    assert_true(json_array_size(cases) > 40);
    json_array_foreach (cases, i, one) {
        char found[512], wanted[512] = "";
        const char *text = kit_text(one, "text");
        json_array_foreach (json_object_get(one, "names"), n, name)
            snprintf(wanted + strlen(wanted), sizeof wanted - strlen(wanted), "%s%s", n ? " " : "",
                json_string_value(name));
        names_of(text, strlen(text), found);
        if (strcmp(found, wanted) != 0)
            fail_msg("\"%s\": found \"%s\", wanted \"%s\"", text, found, wanted);
    }
    json_decref(cases);
}

static void hostile_texts_take_their_time_and_no_more(void **state) {
    (void)state;
    static const char *const rows[] = {
        "@", "@a`", "`", "``` ", "> ", "- ", "\\", "`@ab`` ", "https://"};
    static char text[LIMIT_TEXT_CHARS];
    char found[512];
    clock_t start = clock(); /* this process's own time: the machine may have other work */
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t at = 0, n = strlen(rows[i]); at + n <= sizeof text; at += n)
            memcpy(text + at, rows[i], n);
        memcpy(text + sizeof text - 4, " @xy", 4);
        names_of(text, sizeof text, found);
    }
    /* Rows of backticks of every length, none of them closed. */
    size_t at = 0;
    for (size_t n = 1; at + n + 1 < sizeof text; n++) {
        memset(text + at, '`', n);
        at += n;
        text[at++] = ' ';
    }
    names_of(text, at, found);
    assert_true(clock() - start < 2 * CLOCKS_PER_SEC);
}

static void a_message_calls_only_so_many(void **state) {
    (void)state;
    static char text[LIMIT_TEXT_CHARS];
    size_t n = 0;
    for (int i = 0; i < LIMIT_MENTIONS + 5; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "@p%d ", i + 10);
    struct arena *arena = arena_new();
    struct rows rows = {0};
    mentions_scan(arena, str_make(text, n), &rows);
    assert_int_equal(rows.n, LIMIT_MENTIONS);
    arena_free(&arena);
}

/* --- whom it calls */

static json_t *say(id64 user, id64 room, const char *text) {
    static int n;
    char id[16];
    json_t *out;
    snprintf(id, sizeof id, "c%d", ++n);
    OK(kit_send(k, user, room, id, text, &out));
    return out;
}

static id64 sent(id64 user, id64 room, const char *text) {
    json_t *m = say(user, room, text);
    id64 id = kit_id(m, "id");
    json_decref(m);
    return id;
}

/* "ben cleo everyone" */
static void assert_calls(json_t *message, const char *expected) {
    char text[256] = "";
    json_t *one;
    size_t i;
    json_array_foreach (json_object_get(message, "mentions"), i, one) {
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", i ? " " : "",
            kit_text(one, "name"));
        bool all =
            !strcmp(kit_text(one, "name"), "here") || !strcmp(kit_text(one, "name"), "everyone");
        assert_true(all == !json_object_get(one, "user"));
    }
    assert_string_equal(text, expected);
    json_decref(message);
}

static json_t *listed(id64 user, const char *cursor, int limit) {
    struct op *op = kit_op(OP_MENTIONS_LIST, user);
    json_t *out;
    op->in.list.cursor = str_from(cursor);
    op->in.list.limit = limit;
    OK(kit_run(k, op, &out));
    return out;
}

/* The texts of what they were called in, newest first, after a |. */
static void assert_listed(id64 user, const char *expected) {
    char text[512] = "";
    json_t *out = listed(user, NULL, 0), *one;
    size_t i;
    json_array_foreach (json_object_get(out, "items"), i, one)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", i ? "|" : "",
            kit_text(json_object_get(one, "message"), "text"));
    assert_string_equal(text, expected);
    json_decref(out);
}

/* How many unread ones the room's entry has. */
static void assert_unread(id64 user, id64 room, size_t expected) {
    struct op *op = kit_op(OP_ROOM_ENTRY, user);
    json_t *out;
    op->in.id = room;
    OK(kit_run(k, op, &out));
    assert_int_equal(json_array_size(json_object_get(out, "mentioned")), expected);
    assert_true((json_object_get(out, "mentioned") != NULL) == (expected > 0));
    json_decref(out);
}

static void accounts_are_called_by_their_handles(void **state) {
    (void)state;
    assert_calls(say(ann, group, "@ben, @CLEO and @nobody"), "ben cleo");
    assert_listed(ben, "@ben, @CLEO and @nobody");
    assert_listed(cleo, "@ben, @CLEO and @nobody");
    assert_unread(ben, group, 1);
    /* Oneself, no. */
    assert_calls(say(ann, group, "@ann"), "");
    assert_listed(ann, "");
}

static void who_is_not_in_the_room_hears_nothing_of_it(void **state) {
    (void)state;
    assert_calls(say(ann, group, "@dora would know"), "dora");
    assert_listed(dora, "");
    OK(kit_add(k, ann, group, dora));
    /* Now she may see it, and it is not new to her. */
    assert_listed(dora, "@dora would know");
    assert_unread(dora, group, 0);
    sent(ann, group, "@dora, welcome");
    assert_unread(dora, group, 1);
    OK(kit_remove(k, ann, group, dora));
    assert_listed(dora, "");
}

static void everyone_calls_the_members(void **state) {
    (void)state;
    assert_calls(say(ben, group, "@everyone and @here"), "everyone here");
    assert_listed(ann, "@everyone and @here");
    assert_listed(cleo, "@everyone and @here");
    assert_listed(ben, "");
    assert_listed(dora, "");
    assert_unread(ann, group, 1);
    assert_unread(ben, group, 0);
    /* Marked as unread, one's own still does not call one. */
    OK(kit_unread(k, ben, group, 4));
    assert_unread(ben, group, 0);
}

static void in_a_conversation_of_two_there_is_no_everyone(void **state) {
    (void)state;
    id64 room = kit_direct(k, ann, ben);
    assert_calls(say(ann, room, "@everyone @ben"), "ben");
    assert_listed(ben, "@everyone @ben");
}

static void in_large_rooms_only_admins_call_everyone(void **state) {
    (void)state;
    id64 people[LIMIT_CALL_ALL_MEMBERS];
    char name[16];
    for (int i = 3; i < LIMIT_CALL_ALL_MEMBERS; i++) {
        snprintf(name, sizeof name, "guest%d", i);
        people[i] = kit_person(k, name);
        OK(kit_add(k, ann, group, people[i]));
    }
    assert_calls(say(ben, group, "@everyone"), "everyone");
    OK(kit_add(k, ann, group, dora)); /* one more than that */
    /* It is said all the same; it calls nobody. */
    assert_calls(say(ben, group, "@everyone @here @cleo"), "cleo");
    assert_calls(say(ann, group, "@everyone"), "everyone");
    OK(kit_role(k, ann, group, ben, ROOM_ROLE_ADMIN));
    assert_calls(say(ben, group, "@here"), "here");
}

/* --- what becomes of it */

static json_t *message(id64 user, id64 id) {
    struct op *op = kit_op(OP_MESSAGE_GET, user);
    json_t *out;
    op->in.message.room = group;
    op->in.message.message = id;
    OK(kit_run(k, op, &out));
    return out;
}

static void edits_call_others_and_no_longer_those_before(void **state) {
    (void)state;
    id64 id = sent(ann, group, "@ben");
    OK(kit_edit(k, ann, group, id, "@cleo rather"));
    assert_calls(message(ben, id), "cleo");
    assert_listed(ben, "");
    assert_unread(ben, group, 0);
    assert_listed(cleo, "@cleo rather");
    assert_unread(cleo, group, 1);
    /* What was read before it was changed is not new again. */
    OK(kit_read(k, ben, group, 5));
    OK(kit_edit(k, ann, group, id, "@cleo and @ben and @everyone"));
    assert_unread(ben, group, 0);
    assert_listed(ben, "@cleo and @ben and @everyone");
    OK(kit_edit(k, ann, group, id, "nobody"));
    assert_listed(ben, "");
    assert_listed(cleo, "");
    assert_unread(cleo, group, 0);
}

static void what_is_deleted_calls_nobody(void **state) {
    (void)state;
    id64 id = sent(ann, group, "@ben @everyone"), other = sent(ann, group, "@ben @cleo");
    OK(kit_delete(k, ann, group, id));
    assert_calls(message(ben, id), "");
    assert_listed(ben, "@ben @cleo");
    assert_unread(ben, group, 1);
    /* For oneself: gone for ben, there for cleo. */
    OK(kit_mark(k, OP_HIDE, ben, group, other, true));
    assert_calls(message(ben, other), "");
    assert_listed(ben, "");
    assert_unread(ben, group, 0);
    assert_listed(cleo, "@ben @cleo");
}

static void reading_clears_and_unread_brings_back(void **state) {
    (void)state;
    sent(ann, group, "@ben one");
    sent(ann, group, "@ben two");
    assert_unread(ben, group, 2);
    OK(kit_read(k, ben, group, 4));
    assert_unread(ben, group, 1);
    OK(kit_read(k, ben, group, 5));
    assert_unread(ben, group, 0);
    OK(kit_unread(k, ben, group, 4));
    assert_unread(ben, group, 2);
    assert_listed(ben, "@ben two|@ben one");
}

static void no_more_are_told_than_anybody_counts(void **state) {
    (void)state;
    for (int i = 0; i < LIMIT_MENTIONED + 3; i++)
        sent(ann, group, i % 2 ? "@ben" : "@ben @here");
    assert_unread(ben, group, LIMIT_MENTIONED);
    struct op *op = kit_op(OP_ROOM_ENTRY, ben);
    json_t *out;
    op->in.id = group;
    OK(kit_run(k, op, &out));
    /* The newest of them, in their order. */
    json_t *all = json_object_get(out, "mentioned");
    const json_t *oldest = json_array_get(all, 0),
                 *newest = json_array_get(all, LIMIT_MENTIONED - 1);
    assert_int_equal(kit_int(oldest, "seq"), 3 + 4);
    assert_int_equal(kit_int(newest, "seq"), 3 + LIMIT_MENTIONED + 3);
    assert_int_equal(kit_id(newest, "author"), ann);
    json_decref(out);
}

static void the_list_goes_on_by_pages(void **state) {
    (void)state;
    char text[32], seen[256] = "";
    for (int i = 0; i < 7; i++) {
        snprintf(text, sizeof text, i % 3 ? "@ben %d" : "@everyone %d", i);
        clock_advance_us(1000);
        sent(ann, group, text);
    }
    char cursor[32] = "";
    for (int pages = 0; pages < 3; pages++) {
        json_t *out = listed(ben, *cursor ? cursor : NULL, 3), *one;
        size_t i;
        json_array_foreach (json_object_get(out, "items"), i, one)
            snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%s",
                strrchr(kit_text(json_object_get(one, "message"), "text"), ' '));
        assert_int_equal(json_array_size(json_object_get(out, "items")), pages < 2 ? 3 : 1);
        assert_true((json_object_get(out, "next") != NULL) == (pages < 2));
        if (pages < 2)
            snprintf(cursor, sizeof cursor, "%s", kit_text(out, "next"));
        json_decref(out);
    }
    assert_string_equal(seen, " 6 5 4 3 2 1 0");
    struct op *op = kit_op(OP_MENTIONS_LIST, ben);
    op->in.list.cursor = STR("12");
    NO(kit_run(k, op, NULL), CURSOR_INVALID);
}

static void histories_call_nobody(void **state) {
    (void)state;
    struct op *op = kit_op(OP_IMPORT_ROOM, 0);
    json_t *out;
    op->in.import.room_name = STR("History");
    OK(kit_run(k, op, &out));
    id64 room = kit_id(out, "id");
    json_decref(out);
    OK(kit_add(k, ben, room, ben));
    static const struct import_line line = {.author = {"elder", 5},
        .text = {"@ben @everyone", 14},
        .key = {"1", 1},
        .at_us = 1000000,
        .kind = MESSAGE_KIND_TEXT};
    op = kit_op(OP_IMPORT_LINES, 0);
    op->in.import.room = room;
    op->in.import.lines = &line;
    op->in.import.line_count = 1;
    OK(kit_run(k, op, NULL));
    assert_listed(ben, "");
    assert_unread(ben, room, 0);
}

static void a_room_that_is_deleted_leaves_nothing(void **state) {
    (void)state;
    sent(ann, group, "@ben @everyone");
    OK(kit_delete_room(k, ann, group));
    assert_listed(ben, "");
}

static void statements_are_bounded(void **state) {
    (void)state;
    sent(ann, group, "a@b, no one");
    assert_int_equal(k->queries, 6); /* as without */
    id64 id = sent(ann, group, "@ben @everyone");
    assert_int_equal(k->queries, 9); /* who that is, and two rows */
    OK(kit_read(k, ben, group, 3));
    OK(kit_edit(k, ann, group, id, "nobody"));
    assert_int_equal(k->queries, 11 + 2);
    json_decref(listed(ben, NULL, 0));
    assert_int_equal(k->queries, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
        cmocka_unit_test(what_is_a_mention),
        cmocka_unit_test(hostile_texts_take_their_time_and_no_more),
        cmocka_unit_test(a_message_calls_only_so_many), T(accounts_are_called_by_their_handles),
        T(who_is_not_in_the_room_hears_nothing_of_it), T(everyone_calls_the_members),
        T(in_a_conversation_of_two_there_is_no_everyone),
        T(in_large_rooms_only_admins_call_everyone),
        T(edits_call_others_and_no_longer_those_before), T(what_is_deleted_calls_nobody),
        T(reading_clears_and_unread_brings_back), T(no_more_are_told_than_anybody_counts),
        T(the_list_goes_on_by_pages), T(histories_call_nobody),
        T(a_room_that_is_deleted_leaves_nothing), T(statements_are_bounded)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
