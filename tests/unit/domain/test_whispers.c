/* Whispers: that the two of them have them, at their place, and that nobody else can tell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "four.h"
#include "whole.h"

static id64 room;

static int setup(void **state) {
    (void)state;
    clock_freeze_us(INT64_C(1700000000000000));
    four_open();
    OK(kit_room(k, ann, ROOM_KIND_GROUP, "Team", (id64[]){ben, cleo}, 2, &room));
    kit_forget(k);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    assert_whole(k->store);
    four_close();
    return 0;
}

static id64 whispered(id64 user, id64 to, const char *client_id, const char *text) {
    json_t *out;
    clock_advance_us(SECOND_US);
    OK(kit_whisper(k, user, room, to, client_id, text, &out));
    id64 id = kit_id(out, "id");
    json_decref(out);
    return id;
}

static void said(id64 user, const char *client_id) {
    clock_advance_us(SECOND_US);
    OK(kit_send(k, user, room, client_id, client_id, NULL));
}

static enum fail get(enum op_kind kind, id64 user, json_t **ret_out) {
    struct op *op = kit_op(kind, user);
    op->in.id = room;
    return kit_run(k, op, ret_out);
}

/* Everything that a person can ask about the room and of themselves, with what it cost. */
static char *all_that_is_seen_by(id64 user) {
    json_t *all = json_array(), *out;
    struct op *members = kit_op(OP_MEMBERS_LIST, user);
    json_array_append_new(all, kit_sync(k, user, NULL, 0, NULL, 0));
    json_array_append_new(all, json_integer(k->queries));
    OK(kit_page(k, user, room, -1, -1, -1, 0, &out));
    json_array_append_new(all, out);
    json_array_append_new(all, json_integer(k->queries));
    OK(kit_page(k, user, room, -1, -1, 2, 2, &out));
    json_array_append_new(all, out);
    json_array_append_new(all, json_integer(k->queries));
    OK(get(OP_ROOM_GET, user, &out));
    json_array_append_new(all, out);
    OK(get(OP_ROOM_ENTRY, user, &out));
    json_array_append_new(all, out);
    OK(get(OP_SEEN_LIST, user, &out));
    json_array_append_new(all, out);
    members->in.list.room = room;
    OK(kit_run(k, members, &out));
    json_array_append_new(all, out);
    json_array_append_new(all, json_integer(k->queries));
    char *text = json_dumps(all, JSON_SORT_KEYS);
    json_decref(all);
    return text;
}

static void nobody_else_can_tell_that_there_is_one(void **state) {
    (void)state;
    json_t *out;
    said(ann, "m1");
    char *cleo_before = all_that_is_seen_by(cleo);
    kit_forget(k);
    id64 first = whispered(ben, ann, "w1", "the secret");
    whispered(ann, ben, "w1", "is safe");
    OK(kit_whisper_edit(k, ben, room, first, "the great secret", NULL));
    OK(kit_whispers_read(k, ann, room, 1));
    OK(kit_whisper_delete(k, ben, room, first));
    for (size_t i = 0; i < k->commit_count; i++)
        for (unsigned n = 0; n < k->commits[i]->n; n++) {
            const struct event *e = &k->commits[i]->events[n];
            assert_int_equal(e->audience, EVENT_USER);
            assert_true(e->target == ann || e->target == ben);
        }
    assert_true(k->commit_count >= 5);
    char *cleo_after = all_that_is_seen_by(cleo);
    assert_string_equal(cleo_before, cleo_after);
    free(cleo_before);
    free(cleo_after);
    /* To her it answers as what is not there, and costs as much. */
    unsigned cost[2];
    for (int i = 0; i < 2; i++) {
        struct op *op = kit_op(OP_WHISPER_GET, cleo);
        op->in.message.room = room;
        op->in.message.message = i ? first : first + 1;
        NO(kit_run(k, op, &out), NOT_FOUND);
        cost[i] = k->queries;
        NO(kit_whisper_edit(k, cleo, room, i ? first : first + 1, "mine", NULL), NOT_FOUND);
        cost[i] += k->queries;
        NO(kit_react(k, cleo, room, i ? first : first + 1, "👍", true), NOT_FOUND);
        cost[i] += k->queries;
        NO(kit_delete(k, cleo, room, i ? first : first + 1), NOT_FOUND);
        cost[i] += k->queries;
    }
    assert_int_equal(cost[0], cost[1]);
}

/* The room's owner and the server's are nobody special here. */
static void an_owner_is_not_told_either(void **state) {
    (void)state;
    char *before = all_that_is_seen_by(ann);
    id64 id = whispered(ben, cleo, "w1", "not for the owner");
    char *after = all_that_is_seen_by(ann);
    assert_string_equal(before, after);
    free(before);
    free(after);
    NO(kit_whisper_delete(k, ann, room, id), NOT_FOUND);
    NO(kit_delete(k, ann, room, id), NOT_FOUND);
}

/* A timeline as a row of words: lines by seq, whispers by text. */
static void add_words(char *words, const json_t *page) {
    const json_t *lines = json_object_get(page, "messages"),
                 *whispers = json_object_get(page, "whispers");
    for (size_t l = 0, h = 0; l < json_array_size(lines) || h < json_array_size(whispers);) {
        const json_t *line = json_array_get(lines, l), *heard = json_array_get(whispers, h);
        if (line && (!heard || kit_int(line, "seq") <= kit_int(heard, "place"))) {
            sprintf(words + strlen(words), "%lld ", (long long)kit_int(line, "seq"));
            l++;
        } else {
            snprintf(words + strlen(words), 32, "%s ", kit_text(heard, "text"));
            h++;
        }
    }
}

static void walk(id64 user, bool forward, int limit, char *words) {
    int64_t seq = forward ? 0 : INT32_MAX;
    id64 whisper = 0;
    char earlier[512];
    *words = 0;
    for (bool more = true; more;) {
        json_t *page;
        OK(kit_page_from(k, user, room, forward, seq, whisper, limit, &page));
        const json_t *lines = json_object_get(page, "messages"),
                     *whispers = json_object_get(page, "whispers");
        size_t l = json_array_size(lines), h = json_array_size(whispers);
        assert_true(l + h > 0 && l + h <= (size_t)limit);
        const json_t *line = l ? json_array_get(lines, forward ? l - 1 : 0) : NULL,
                     *heard = h ? json_array_get(whispers, forward ? h - 1 : 0) : NULL;
        bool is_heard = heard
            && (!line
                || (forward ? kit_int(heard, "place") >= kit_int(line, "seq")
                            : kit_int(heard, "place") < kit_int(line, "seq")));
        seq = is_heard ? kit_int(heard, "place") : kit_int(line, "seq");
        whisper = is_heard ? kit_id(heard, "id") : 0;
        if (forward)
            add_words(words, page);
        else {
            strcpy(earlier, words);
            *words = 0;
            add_words(words, page);
            strcat(words, earlier);
        }
        more = json_is_true(json_object_get(page, forward ? "has_after" : "has_before"));
        json_decref(page);
    }
}

static void they_stand_at_their_place_however_a_page_is_cut(void **state) {
    (void)state;
    static const char expected[] = "1 2 3 a b 4 c d e 5 6 f ";
    char words[512];
    /* 1 made, 2 and 3 added */
    whispered(ann, ben, "a", "a");
    whispered(ben, ann, "b", "b");
    said(cleo, "m4");
    whispered(ann, ben, "c", "c");
    whispered(ann, ben, "d", "d");
    whispered(cleo, ann, "x", "e");
    whispered(cleo, ben, "y", "y"); /* not ann's */
    said(cleo, "m5");
    said(ann, "m6");
    whispered(ben, ann, "f", "f");
    for (int limit = 1; limit <= 13; limit++) {
        walk(ann, true, limit, words);
        assert_string_equal(words, expected);
        walk(ann, false, limit, words);
        assert_string_equal(words, expected);
    }
    json_t *page;
    OK(kit_page(k, ann, room, -1, -1, 4, 6, &page)); /* around */
    *words = 0;
    add_words(words, page);
    assert_string_equal(words, "3 a b 4 c d ");
    json_decref(page);
    walk(cleo, true, 200, words);
    assert_string_equal(words, "1 2 3 4 e y 5 6 ");
}

static void a_page_says_whether_there_is_more_of_either(void **state) {
    (void)state;
    json_t *page;
    whispered(ann, ben, "a", "a");
    OK(kit_page_from(k, ben, room, false, 3, 0, 10, &page)); /* lines 1 and 2 */
    assert_true(json_is_true(json_object_get(page, "has_after")));
    json_decref(page);
    OK(kit_page_from(k, ben, room, true, 2, 0, 1, &page)); /* line 3, and then a whisper */
    assert_int_equal(json_array_size(json_object_get(page, "messages")), 1);
    assert_true(json_is_true(json_object_get(page, "has_after")));
    json_decref(page);
    OK(kit_page_from(k, cleo, room, true, 2, 0, 1, &page));
    assert_false(json_is_true(json_object_get(page, "has_after")));
    json_decref(page);
}

/* unread, as the entry tells it. */
static int64_t unread(id64 user) {
    json_t *entry;
    OK(get(OP_ROOM_ENTRY, user, &entry));
    json_t *w = json_object_get(entry, "whispers");
    int64_t n = w ? kit_int(w, "count") - kit_int(w, "read") : 0;
    json_decref(entry);
    return n;
}

static void whispers_to_someone_count_as_unread_until_they_are_read(void **state) {
    (void)state;
    whispered(ann, ben, "a", "a");
    whispered(cleo, ben, "b", "b");
    whispered(ben, ann, "c", "c");
    assert_int_equal(unread(ben), 2);
    assert_int_equal(unread(ann), 1);
    assert_int_equal(unread(cleo), 0);
    OK(kit_whispers_read(k, ben, room, 1));
    assert_int_equal(unread(ben), 1);
    OK(kit_whispers_read(k, ben, room, 0)); /* never back */
    assert_int_equal(unread(ben), 1);
    OK(kit_whispers_read(k, ben, room, 1000)); /* never beyond */
    assert_int_equal(unread(ben), 0);
    whispered(ann, ben, "d", "d");
    assert_int_equal(unread(ben), 1);
    /* Whispering moves nobody's read marker in the room: others would see it. */
    json_t *seen;
    OK(get(OP_SEEN_LIST, cleo, &seen));
    json_t *one;
    size_t i;
    json_array_foreach (json_object_get(seen, "items"), i, one)
        assert_true(kit_int(one, "seq") <= 3);
    json_decref(seen);
}

static void a_retry_returns_the_first_result(void **state) {
    (void)state;
    json_t *out;
    id64 first = whispered(ann, ben, "a", "once");
    kit_forget(k);
    OK(kit_whisper(k, ann, room, ben, "a", "once", &out));
    assert_int_equal(kit_id(out, "id"), first);
    json_decref(out);
    assert_int_equal(k->commit_count, 0);
    NO(kit_whisper(k, ann, room, cleo, "a", "another", NULL), CLIENT_ID_REUSED);
    OK(kit_remove(k, ann, room, ben));
    OK(kit_whisper(k, ann, room, ben, "a", "once", &out)); /* accepted is accepted */
    json_decref(out);
    OK(kit_send(k, ann, room, "a", "aloud", NULL)); /* messages are counted apart */
}

static void it_is_for_somebody_else_who_is_in_the_room(void **state) {
    (void)state;
    id64 direct = kit_direct(k, ann, ben);
    NO(kit_whisper(k, ann, room, ann, "a", "x", NULL), FIELD_INVALID);
    NO(kit_whisper(k, ann, room, dora, "a", "x", NULL), WHISPER_ALONE);
    NO(kit_whisper(k, ann, room, dora + 1, "a", "x", NULL), WHISPER_ALONE);
    NO(kit_whisper(k, dora, room, ann, "a", "x", NULL), NOT_FOUND);
    NO(kit_whisper(k, ann, direct, ben, "a", "x", NULL), FORBIDDEN);
    NO(kit_whisper(k, ann, room, ben, "a b", "x", NULL), CLIENT_ID_INVALID);
    NO(kit_whisper(k, ann, room, ben, "a", " ", NULL), TEXT_EMPTY);
    NO(kit_whisper(k, ann, room, ben, "a", "\x01", NULL), TEXT_INVALID);
    struct op *op = kit_op(OP_WHISPER, ann);
    op->in.message.room = room;
    op->in.message.to = ben;
    op->in.message.client_id = STR("a");
    op->in.message.text = STR("x");
    op->in.message.kind = MESSAGE_KIND_NOTICE;
    NO(kit_run(k, op, NULL), FIELD_INVALID);
}

static void its_author_alone_edits_and_deletes_it(void **state) {
    (void)state;
    json_t *out;
    id64 id = whispered(ann, ben, "a", "first words");
    OK(kit_whisper_edit(k, ann, room, id, "second words", &out));
    assert_string_equal(kit_text(out, "text"), "second words");
    assert_true(kit_int(out, "edited_at") > 0);
    json_decref(out);
    NO(kit_whisper_edit(k, ben, room, id, "mine", NULL), FORBIDDEN);
    NO(kit_whisper_delete(k, ben, room, id), FORBIDDEN);
    OK(kit_whisper_delete(k, ann, room, id));
    OK(kit_whisper_delete(k, ann, room, id));
    NO(kit_whisper_edit(k, ann, room, id, "again", NULL), MESSAGE_DELETED);
    OK(kit_page(k, ben, room, -1, -1, -1, 0, &out));
    const json_t *w = json_array_get(json_object_get(out, "whispers"), 0);
    assert_string_equal(kit_text(w, "text"), "");
    assert_true(kit_int(w, "deleted_at") > 0);
    json_decref(out);
}

static void nothing_can_be_put_on_it_and_the_two_are_told_why(void **state) {
    (void)state;
    id64 id = whispered(ann, ben, "a", "x");
    NO(kit_react(k, ben, room, id, "👍", true), WHISPER_ONLY);
    NO(kit_mark(k, OP_PIN, ann, room, id, true), WHISPER_ONLY);
    NO(kit_mark(k, OP_STAR, ben, room, id, true), WHISPER_ONLY);
    NO(kit_mark(k, OP_HIDE, ben, room, id, true), WHISPER_ONLY);
    NO(kit_edit(k, ann, room, id, "y"), WHISPER_ONLY);
    NO(kit_delete(k, ann, room, id), WHISPER_ONLY);
}

static void it_ends_when_one_of_the_two_leaves(void **state) {
    (void)state;
    json_t *out;
    char words[512];
    id64 id = whispered(ann, ben, "a", "a");
    OK(kit_remove(k, ben, room, ben));
    NO(kit_page(k, ben, room, -1, -1, -1, 0, NULL), NOT_FOUND);
    NO(kit_whisper_edit(k, ben, room, id, "x", NULL), NOT_FOUND);
    NO(kit_whisper(k, ann, room, ben, "b", "b", NULL), WHISPER_ALONE);
    kit_forget(k);
    OK(kit_whisper_edit(k, ann, room, id, "A", NULL)); /* her own is hers still */
    for (size_t i = 0; i < k->commit_count; i++)
        for (unsigned n = 0; n < k->commits[i]->n; n++)
            assert_int_equal(k->commits[i]->events[n].target, ann);
    /* Who comes back finds it again, as read, and the count goes on. */
    OK(kit_add(k, ann, room, ben));
    assert_int_equal(unread(ben), 0);
    whispered(ann, ben, "c", "c");
    assert_int_equal(unread(ben), 1);
    walk(ben, true, 200, words);
    assert_string_equal(words, "1 2 3 A 4 5 c ");
    OK(get(OP_ROOM_ENTRY, ben, &out));
    const json_t *w = json_object_get(out, "whispers");
    assert_int_equal(kit_int(w, "count"), 2);
    assert_string_equal(kit_text(json_object_get(w, "last"), "text"), "c");
    assert_int_equal(kit_id(json_object_get(w, "with"), "id"), ann);
    json_decref(out);
}

static void a_deleted_room_takes_them_along(void **state) {
    (void)state;
    whispered(ann, ben, "a", "a");
    OK(kit_delete_room(k, ann, room));
    domain_drain(k->domain);
}

static void statements_are_bounded_and_none_without_whispers(void **state) {
    (void)state;
    json_t *frames;
    OK(kit_page(k, cleo, room, -1, -1, -1, 0, NULL));
    unsigned without = k->queries;
    whispered(ann, ben, "a", "a");
    assert_int_equal(k->queries, 13); /* two of them for the search */
    OK(kit_page(k, cleo, room, -1, -1, -1, 0, NULL));
    assert_int_equal(k->queries, without);
    OK(kit_page(k, ann, room, -1, -1, -1, 0, NULL));
    assert_int_equal(k->queries, without + 1);
    OK(kit_whispers_read(k, ben, room, 1));
    assert_int_equal(k->queries, 4);
    frames = kit_sync(k, ben, NULL, 0, NULL, 0);
    assert_int_equal(k->queries, 3);
    json_decref(frames);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(nobody_else_can_tell_that_there_is_one),
        T(an_owner_is_not_told_either),
        T(they_stand_at_their_place_however_a_page_is_cut),
        T(a_page_says_whether_there_is_more_of_either),
        T(whispers_to_someone_count_as_unread_until_they_are_read),
        T(a_retry_returns_the_first_result),
        T(it_is_for_somebody_else_who_is_in_the_room),
        T(its_author_alone_edits_and_deletes_it),
        T(nothing_can_be_put_on_it_and_the_two_are_told_why),
        T(it_ends_when_one_of_the_two_leaves),
        T(a_deleted_room_takes_them_along),
        T(statements_are_bounded_and_none_without_whispers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
