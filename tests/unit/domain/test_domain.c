/* The rules: who may do what, what texts may hold, what is idempotent, what each operation costs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/utf8.h"
#include "four.h"
#include "whole.h"

static int setup(void **state) {
    (void)state;
    four_open();
    return 0;
}

static int teardown(void **state) {
    (void)state;
    four_close();
    return 0;
}

static enum fail get(enum op_kind kind, id64 user, id64 id, json_t **out) {
    struct op *op = kit_op(kind, user);
    op->in.id = id;
    return kit_run(k, op, out);
}

static enum fail get_message(enum op_kind kind, id64 user, id64 room, id64 message) {
    struct op *op = kit_op(kind, user);
    op->in.message.room = room;
    op->in.message.message = message;
    return kit_run(k, op, NULL);
}

static id64 sent(id64 user, id64 room, const char *client_id, const char *text) {
    json_t *out;
    OK(kit_send(k, user, room, client_id, text, &out));
    id64 id = kit_id(out, "id");
    json_decref(out);
    return id;
}

/* --- access */

static void who_is_not_in_a_group_cannot_tell_that_it_exists(void **state) {
    (void)state;
    id64 room, nothing = 12345, message;
    OK(kit_room(k, ann, ROOM_KIND_GROUP, "Secret", &ben, 1, &room));
    message = sent(ann, room, "c1", "hush");
    id64 ids[] = {room, nothing};
    unsigned cost[2][12];
    for (int i = 0; i < 2; i++) {
        int n = 0;
#define SAME(x) (NO(x, NOT_FOUND), cost[i][n++] = k->queries)
        SAME(get(OP_ROOM_GET, cleo, ids[i], NULL));
        SAME(get(OP_ROOM_ENTRY, cleo, ids[i], NULL));
        SAME(kit_page(k, cleo, ids[i], -1, -1, -1, 0, NULL));
        SAME(kit_send(k, cleo, ids[i], "x", "x", NULL));
        SAME(kit_edit(k, cleo, ids[i], message, "x"));
        SAME(kit_delete(k, cleo, ids[i], message));
        SAME(kit_read(k, cleo, ids[i], 1));
        SAME(kit_add(k, cleo, ids[i], cleo));
        SAME(kit_remove(k, cleo, ids[i], ben));
        SAME(kit_patch(k, cleo, ids[i], "x", NULL));
        SAME(kit_delete_room(k, cleo, ids[i]));
        SAME(get(OP_SEEN_LIST, cleo, ids[i], NULL));
    }
    /* Nor by how much work it makes. */
    assert_memory_equal(cost[0], cost[1], sizeof cost[0]);
    NO(get_message(OP_MESSAGE_GET, cleo, room, message), NOT_FOUND);
}

static void an_open_room_is_seen_by_all_and_read_by_members(void **state) {
    (void)state;
    id64 room;
    OK(kit_room(k, ann, ROOM_KIND_OPEN, "Lobby", NULL, 0, &room));
    OK(get(OP_ROOM_GET, ben, room, NULL));
    NO(get(OP_ROOM_ENTRY, ben, room, NULL), NOT_FOUND);
    NO(kit_page(k, ben, room, -1, -1, -1, 0, NULL), NOT_FOUND);
    NO(kit_send(k, ben, room, "c1", "x", NULL), NOT_FOUND);
    NO(kit_patch(k, ben, room, "Mine", NULL), FORBIDDEN);
    NO(kit_add(k, ben, room, cleo), FORBIDDEN);
    OK(kit_add(k, ben, room, ben));
    OK(kit_page(k, ben, room, -1, -1, -1, 0, NULL));
    OK(kit_add(k, ben, room, cleo)); /* members of open rooms add others */
    NO(kit_remove(k, ben, room, cleo), FORBIDDEN);
    NO(kit_patch(k, ben, room, "Mine", NULL), FORBIDDEN);
    NO(kit_delete_room(k, ben, room), FORBIDDEN);
}

static void roles_in_a_group(void **state) {
    (void)state;
    id64 room, others[] = {ben, cleo};
    OK(kit_room(k, ann, ROOM_KIND_GROUP, "Team", others, 2, &room));
    NO(kit_add(k, ben, room, dora), FORBIDDEN);
    NO(kit_role(k, ben, room, ben, ROOM_ROLE_ADMIN), FORBIDDEN);
    OK(kit_role(k, ann, room, ben, ROOM_ROLE_ADMIN));
    OK(kit_add(k, ben, room, dora));
    OK(kit_patch(k, ben, room, "Crew", "We"));
    NO(kit_role(k, ben, room, cleo, ROOM_ROLE_ADMIN), FORBIDDEN);
    NO(kit_remove(k, ben, room, ann), FORBIDDEN);
    OK(kit_role(k, ann, room, cleo, ROOM_ROLE_ADMIN));
    NO(kit_remove(k, ben, room, cleo), FORBIDDEN);
    OK(kit_remove(k, ben, room, dora));
    NO(kit_remove(k, ben, room, dora), NOT_FOUND);
    NO(kit_delete_room(k, ben, room), FORBIDDEN);
    NO(kit_role(k, ann, room, ann, ROOM_ROLE_MEMBER), FORBIDDEN);
    OK(kit_role(k, ann, room, ben, ROOM_ROLE_OWNER));
    NO(kit_delete_room(k, ann, room), FORBIDDEN);
    OK(kit_remove(k, ben, room, ben)); /* the owner goes: the longest-serving admin follows */
    json_t *entry;
    OK(get(OP_ROOM_ENTRY, ann, room, &entry));
    assert_string_equal(kit_text(entry, "role"), "owner");
    json_decref(entry);
    OK(kit_delete_room(k, ann, room));
    NO(get(OP_ROOM_ENTRY, ann, room, NULL), NOT_FOUND);
}

static void direct_rooms_are_for_ever_and_for_two(void **state) {
    (void)state;
    id64 room = kit_direct(k, ann, ben);
    assert_int_equal(kit_direct(k, ben, ann), room);
    NO(kit_add(k, ann, room, cleo), FORBIDDEN);
    NO(kit_remove(k, ann, room, ann), FORBIDDEN);
    NO(kit_remove(k, ann, room, ben), FORBIDDEN);
    NO(kit_patch(k, ann, room, "Us", NULL), FORBIDDEN);
    NO(kit_delete_room(k, ann, room), FORBIDDEN);
    NO(get(OP_ROOM_GET, cleo, room, NULL), NOT_FOUND);
    id64 theirs = sent(ben, room, "c1", "mine");
    NO(kit_delete(k, ann, room, theirs), FORBIDDEN);
    assert_true(kit_direct(k, ann, ann) != room);
}

static void messages_belong_to_their_authors(void **state) {
    (void)state;
    id64 room, message;
    OK(kit_room(k, ann, ROOM_KIND_GROUP, "Team", (id64[]){ben, cleo}, 2, &room));
    message = sent(ben, room, "c1", "first");
    NO(kit_edit(k, ann, room, message, "x"), FORBIDDEN);
    NO(kit_delete(k, cleo, room, message), FORBIDDEN);
    OK(kit_edit(k, ben, room, message, "second"));
    OK(kit_edit(k, ben, room, message, "second")); /* no change, no event */
    json_t *page, *edits;
    struct op *op = kit_op(OP_MESSAGE_EDITS, cleo);
    op->in.message.room = room;
    op->in.message.message = message;
    OK(kit_run(k, op, &edits));
    assert_int_equal(json_array_size(json_object_get(edits, "items")), 1);
    json_decref(edits);
    OK(kit_delete(k, ann, room, message));
    OK(kit_delete(k, ann, room, message));
    NO(kit_edit(k, ben, room, message, "x"), MESSAGE_DELETED);
    OK(kit_page(k, cleo, room, -1, -1, -1, 1, &page));
    assert_int_equal(kit_int(page, "head"), 6); /* created, added twice, message, edit, delete */
    assert_string_equal(kit_text(json_array_get(json_object_get(page, "messages"), 0), "text"), "");
    json_decref(page);
    json_t *notice;
    OK(kit_page(k, ann, room, 2, -1, -1, 1, &notice));
    id64 id = kit_id(json_array_get(json_object_get(notice, "messages"), 0), "id");
    NO(kit_delete(k, ann, room, id), FORBIDDEN);
    NO(kit_edit(k, ann, room, id, "x"), FORBIDDEN);
    json_decref(notice);
}

/* --- texts */

static void texts_that_are_refused(void **state) {
    (void)state;
    id64 room = kit_direct(k, ann, ann);
    char *longest = malloc(LIMIT_TEXT_CHARS * 4 + 8);
    size_t n = 0;
    for (int i = 0; i < LIMIT_TEXT_CHARS; i++)
        n += utf8_put(0x1f33b, longest + n);
    longest[n] = '\0';
    OK(kit_send(k, ann, room, "longest", longest, NULL)); /* 8,000 characters of four bytes */
    longest[n++] = 'x';
    longest[n] = '\0';
    NO(kit_send(k, ann, room, "longer", longest, NULL), TEXT_TOO_LONG);
    free(longest);
    NO(kit_send(k, ann, room, "c", "", NULL), TEXT_EMPTY);
    NO(kit_send(k, ann, room, "c", " \n\t \xc2\xa0\xe2\x80\x8b", NULL), TEXT_EMPTY);
    NO(kit_send(k, ann, room, "c", "a\r\nb", NULL), TEXT_INVALID);
    NO(kit_send(k, ann, room, "c", "a\x1b[31mb", NULL), TEXT_INVALID);
    NO(kit_send(k, ann, room, "c", "\xc2\x85", NULL), TEXT_INVALID);
    NO(kit_send(k, ann, room, "c", "\xff", NULL), TEXT_INVALID);
    NO(kit_send(k, ann, room, "c", "\xef\xbf\xbe", NULL), TEXT_INVALID);
    OK(kit_send(k, ann, room, "c", "a\tb\nc \xe2\x80\xae", NULL));
    NO(kit_send(k, ann, room, "", "x", NULL), CLIENT_ID_INVALID);
    NO(kit_send(k, ann, room, "white space", "x", NULL), CLIENT_ID_INVALID);
    NO(kit_send(k, ann, room, "a234567890123456789012345678901234567890123456789012345678901234x",
           "x", NULL),
        CLIENT_ID_INVALID);
}

static void names_that_are_refused(void **state) {
    (void)state;
    static const char *const bad[] = {"", "a", "-ab", "ab-", ".a", "a b", "a@b", "admin", "Root",
        "\xc3\xa4rger", "a23456789012345678901234567890123"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct op *op = op_new(OP_ADMIN_ADD);
        op->in.admin.name = str_from(bad[i]);
        NO(kit_run(k, op, NULL), NAME_INVALID);
    }
    struct op *op = op_new(OP_ADMIN_ADD);
    op->in.admin.name = STR("ANN"); /* folded: the same as ann */
    NO(kit_run(k, op, NULL), NAME_TAKEN);
    NO(kit_room(k, ann, ROOM_KIND_GROUP, "", NULL, 0, NULL), ROOM_NAME_INVALID);
    NO(kit_room(k, ann, ROOM_KIND_GROUP,
           "a\xe2\x80\xae"
           "b",
           NULL, 0, NULL),
        ROOM_NAME_INVALID);
    NO(kit_room(k, ann, ROOM_KIND_GROUP, "a\nb", NULL, 0, NULL), ROOM_NAME_INVALID);
    OK(kit_room(k, ann, ROOM_KIND_OPEN, "Caf\xc3\x89", NULL, 0, NULL));
    NO(kit_room(k, ben, ROOM_KIND_OPEN, "caf\xc3\xa9", NULL, 0, NULL), ROOM_NAME_TAKEN);
    OK(kit_room(k, ben, ROOM_KIND_GROUP, "caf\xc3\xa9", NULL, 0, NULL));
}

/* --- sending */

static void a_retry_returns_the_first_result(void **state) {
    (void)state;
    id64 room = kit_direct(k, ann, ben), other = kit_direct(k, ann, cleo),
         first = sent(ann, room, "c1", "hello");
    assert_int_equal(sent(ann, room, "c1", "hello"), first);
    NO(kit_send(k, ann, room, "c1", "other words", NULL), CLIENT_ID_REUSED);
    OK(kit_edit(k, ann, room, first, "edited"));
    assert_int_equal(sent(ann, room, "c1", "hello"), first);
    NO(kit_send(k, ann, other, "c1", "hello", NULL), CLIENT_ID_REUSED);
    assert_true(sent(ben, room, "c1", "mine") != first); /* unique per sender only */
    json_t *page;
    OK(kit_page(k, ann, room, -1, -1, -1, 0, &page));
    assert_int_equal(json_array_size(json_object_get(page, "messages")), 2);
    json_decref(page);
}

static void a_reply_must_stand_in_the_room(void **state) {
    (void)state;
    id64 room, other = kit_direct(k, ann, ben);
    sent(ann, other, "c0", "elsewhere");
    OK(kit_room(k, ann, ROOM_KIND_GROUP, "Team", NULL, 0, &room));
    sent(ann, room, "c1", "question");
    for (int to = 0; to < 4; to++) {
        struct op *op = kit_op(OP_MESSAGE_SEND, ann);
        char id[8];
        snprintf(id, sizeof id, "r%d", to);
        op->in.message.room = room;
        op->in.message.client_id = str_from(id);
        op->in.message.text = STR("answer");
        op->in.message.reply_to = to;
        /* 0 none, 1 a notice, 2 the question, 3 this first answer */
        if (to == 1)
            NO(kit_run(k, op, NULL), REPLY_INVALID);
        else
            OK(kit_run(k, op, NULL));
    }
    struct op *op = kit_op(OP_MESSAGE_SEND, ann);
    op->in.message.room = room;
    op->in.message.client_id = STR("future");
    op->in.message.text = STR("answer");
    op->in.message.reply_to = 99;
    NO(kit_run(k, op, NULL), REPLY_INVALID);
}

/* --- pages */

static void pages_cover_the_timeline_without_gap_or_double(void **state) {
    (void)state;
    id64 room = kit_direct(k, ann, ben), message = 0;
    char id[16];
    for (int i = 1; i <= 60; i++) {
        snprintf(id, sizeof id, "c%d", i);
        message = sent(ann, room, id, id);
        if (i % 7 == 0)
            OK(kit_edit(k, ann, room, message, "edited")); /* numbers between lines */
    }
    int seen = 0;
    int64_t before = -1, last = INT64_MAX;
    for (bool more = true; more;) {
        json_t *page, *m;
        OK(kit_page(k, ben, room, before, -1, -1, 9, &page));
        size_t n = json_array_size(json_object_get(page, "messages"));
        for (size_t i = n; i-- > 0; seen++) {
            m = json_array_get(json_object_get(page, "messages"), i);
            assert_true(kit_int(m, "seq") < last);
            last = kit_int(m, "seq");
        }
        more = json_is_true(json_object_get(page, "has_before"));
        assert_int_equal(json_is_true(json_object_get(page, "has_after")), before >= 0);
        before = last;
        json_decref(page);
    }
    assert_int_equal(seen, 60);
    json_t *page;
    OK(kit_page(k, ben, room, -1, -1, 30, 10, &page));
    assert_int_equal(json_array_size(json_object_get(page, "messages")), 10);
    assert_true(json_is_true(json_object_get(page, "has_before"))
        && json_is_true(json_object_get(page, "has_after")));
    json_decref(page);
    OK(kit_page(k, ben, room, -1, 0, -1, 10, &page));
    assert_int_equal(kit_int(json_array_get(json_object_get(page, "messages"), 0), "seq"), 1);
    assert_true(json_is_false(json_object_get(page, "has_before")));
    json_decref(page);
    OK(kit_page(
        k, ben, room, -1, -1, 100000, 10, &page)); /* around what is not there yet: the end */
    assert_int_equal(json_array_size(json_object_get(page, "messages")), 10);
    json_decref(page);
}

static void read_markers_only_move_forward(void **state) {
    (void)state;
    id64 room = kit_direct(k, ann, ben);
    for (int i = 0; i < 5; i++)
        sent(ann, room, (char[]){'a' + (char)i, 0}, "x");
    OK(kit_read(k, ben, room, 3));
    OK(kit_read(k, ben, room, 1));
    json_t *entry;
    OK(get(OP_ROOM_ENTRY, ben, room, &entry));
    assert_int_equal(kit_int(json_object_get(entry, "read"), "seq"), 3);
    json_decref(entry);
    OK(kit_read(k, ben, room, 1000000)); /* no further than the head */
    OK(get(OP_ROOM_ENTRY, ben, room, &entry));
    assert_int_equal(kit_int(json_object_get(entry, "read"), "seq"), 5);
    assert_int_equal(kit_int(json_object_get(entry, "read"), "ordinal"), 5);
    json_decref(entry);
}

/* --- accounts */

static enum fail sign_up(const char *name, const char *password, char *token) {
    struct op *op = op_new(OP_ACCOUNT_CREATE);
    op->in.account.name = str_from(name);
    op->in.account.password = str_from(password);
    op->address = STR("192.0.2.1");
    domain_run(k->domain, op);
    enum fail fail = op->fail;
    if (token && fail == FAIL_NONE)
        snprintf(token, 64, "%.*s", STR_ARG(op->new_token));
    op_free(&op);
    return fail;
}

static enum fail sign_in(const char *name, const char *password, char *token) {
    struct op *op = op_new(OP_SIGN_IN);
    op->in.account.name = str_from(name);
    op->in.account.password = str_from(password);
    op->address = STR("192.0.2.1");
    domain_run(k->domain, op);
    enum fail fail = op->fail;
    if (token && fail == FAIL_NONE)
        snprintf(token, 64, "%.*s", STR_ARG(op->new_token));
    op_free(&op);
    return fail;
}

static enum fail who_am_i(const char *token, json_t **out) {
    struct op *op = op_new(OP_SESSION_GET);
    op->token = str_from(token);
    return kit_run(k, op, out);
}

static void accounts_and_sessions(void **state) {
    (void)state;
    char one[64], two[64];
    NO(sign_up("eve", "short", NULL), PASSWORD_WEAK);
    NO(sign_up("eve", "password", NULL), PASSWORD_WEAK);
    NO(sign_up("evelyn-1", "evelyn-1", NULL), PASSWORD_WEAK);
    OK(sign_up("eve", "correct horse", one));
    NO(sign_up("Eve", "correct horse", NULL), NAME_TAKEN);
    NO(sign_in("eve", "wrong horse", NULL), SIGN_IN_FAILED);
    NO(sign_in("nobody", "correct horse", NULL), SIGN_IN_FAILED);
    NO(sign_in("ann", "", NULL), SIGN_IN_FAILED); /* has no password */
    OK(sign_in("EVE", "correct horse", two));
    json_t *me;
    OK(who_am_i(one, &me));
    assert_string_equal(kit_text(json_object_get(me, "user"), "name"), "eve");
    json_decref(me);
    NO(who_am_i("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", NULL), SIGNED_OUT);
    NO(who_am_i("", NULL), SIGNED_OUT);

    struct op *op = op_new(OP_PASSWORD_CHANGE);
    op->token = str_from(two);
    op->in.password.current = STR("wrong horse");
    op->in.password.fresh = STR("battery staple");
    NO(kit_run(k, op, NULL), PASSWORD_WRONG);
    op = op_new(OP_PASSWORD_CHANGE);
    op->token = str_from(two);
    op->in.password.current = STR("correct horse");
    op->in.password.fresh = STR("battery staple");
    kit_forget(k);
    OK(kit_run(k, op, NULL));
    assert_int_equal(k->commits[0]->events[0].audience,
        EVENT_SESSION); /* the other one ends, also where it is connected */
    NO(who_am_i(one, NULL), SIGNED_OUT);
    OK(who_am_i(two, NULL));
    NO(sign_in("eve", "correct horse", NULL), SIGN_IN_FAILED);
    OK(sign_in("eve", "battery staple", one));

    op = op_new(OP_SIGN_OUT);
    op->token = str_from(two);
    OK(kit_run(k, op, NULL));
    NO(who_am_i(two, NULL), SIGNED_OUT);
    op = op_new(OP_ADMIN_DISABLE);
    op->in.admin.name = STR("eve");
    op->in.admin.disabled = true;
    kit_forget(k);
    OK(kit_run(k, op, NULL));
    struct commit *c = k->commits[k->commit_count - 1];
    assert_int_equal(c->events[c->n - 1].effect, EFFECT_GONE);
    NO(who_am_i(one, NULL), SIGNED_OUT);
    NO(sign_in("eve", "battery staple", NULL), SIGN_IN_FAILED);
}

/* A connection is known by its session from the moment the hub has it; the session may have ended
 * just before. */
static void a_session_that_ended_while_connecting_gets_no_rooms(void **state) {
    (void)state;
    char token[64];
    json_t *me;
    OK(sign_up("eve", "correct horse", token));
    OK(who_am_i(token, &me));
    struct who who = {.user = kit_id(json_object_get(me, "user"), "id"),
        .session = kit_id(json_object_get(me, "session"), "id")};
    json_decref(me);
    struct op *op = op_new(OP_SYNC_ROOMS);
    op->who = who;
    OK(kit_run(k, op, NULL));
    op = op_new(OP_SIGN_OUT);
    op->token = str_from(token);
    OK(kit_run(k, op, NULL));
    op = op_new(OP_SYNC_ROOMS);
    op->who = who;
    NO(kit_run(k, op, NULL), SIGNED_OUT);
}

static void the_first_account_owns_the_server(void **state) {
    (void)state;
    struct kit fresh;
    kit_open(&fresh);
    struct op *ops[2];
    json_t *a, *b;
    for (int i = 0; i < 2; i++) {
        ops[i] = op_new(OP_ACCOUNT_CREATE);
        ops[i]->in.account.name = i ? STR("second") : STR("first");
        ops[i]->in.account.password = STR("correct horse");
    }
    OK(kit_run(&fresh, ops[0], &a));
    OK(kit_run(&fresh, ops[1], &b));
    assert_string_equal(kit_text(json_object_get(a, "user"), "role"), "owner");
    assert_string_equal(kit_text(json_object_get(b, "user"), "role"), "member");
    json_decref(a);
    json_decref(b);
    kit_close(&fresh);
}

static void guessing_is_slowed_down(void **state) {
    (void)state;
    k->rate_limits = true;
    kit_reopen(k);
    clock_freeze_us(INT64_C(1700000000000000));
    OK(sign_up("eve", "correct horse", NULL));
    for (int i = 0; i < 10; i++)
        NO(sign_in("eve", "wrong horse", NULL), SIGN_IN_FAILED);
    NO(sign_in("eve", "correct horse", NULL), RATE_LIMITED);
    NO(sign_in("nobody", "correct horse", NULL),
        SIGN_IN_FAILED); /* another account is another row of tries */
    clock_advance_us(5 * MINUTE_US);
    OK(sign_in("eve", "correct horse", NULL));
    for (int i = 0; i < 9; i++) {
        char name[8];
        snprintf(name, sizeof name, "f%d", i);
        OK(sign_up(name, "correct horse", NULL));
    }
    NO(sign_up("f9", "correct horse", NULL), RATE_LIMITED);
}

static void sessions_slide_and_end(void **state) {
    (void)state;
    clock_freeze_us(INT64_C(1700000000000000));
    char token[64];
    OK(sign_up("eve", "correct horse", token));
    clock_advance_us(20 * DAY_US);
    OK(who_am_i(token, NULL));
    clock_advance_us(20
        * DAY_US); /* used within thirty days: still there; the note of it is written on its own */
    for (int i = 0; i < 3; i++)
        kit_person(k, (char[]){'x', '0' + (char)i, 0}); /* later writes come after it */
    OK(who_am_i(token, NULL));
    kit_person(k, "x9");
    clock_advance_us(31 * DAY_US);
    NO(who_am_i(token, NULL), SIGNED_OUT);
}

/* --- lists */

static void people_are_found_by_word_and_page(void **state) {
    (void)state;
    for (int i = 0; i < 30; i++) {
        char name[32];
        snprintf(name, sizeof name, "person%02d", i);
        kit_person(k, name);
    }
    char cursor[128] = "";
    int found = 0;
    for (int pages = 0; pages < 10; pages++) {
        struct op *op = kit_op(OP_USERS_LIST, ann);
        json_t *out;
        op->in.list.q = STR("Person");
        op->in.list.limit = 7;
        if (*cursor)
            op->in.list.cursor = str_from(cursor);
        OK(kit_run(k, op, &out));
        found += (int)json_array_size(json_object_get(out, "items"));
        const char *next = kit_text(out, "next");
        snprintf(cursor, sizeof cursor, "%s", next ? next : "");
        json_decref(out);
        if (!*cursor)
            break;
    }
    assert_int_equal(found, 30);
    struct op *op = kit_op(OP_USERS_LIST, ann);
    op->in.list.cursor = STR("made up");
    NO(kit_run(k, op, NULL), CURSOR_INVALID);
    op = kit_op(OP_USERS_LIST, ann);
    op->in.list.q = STR("%"); /* no wildcard */
    json_t *out;
    OK(kit_run(k, op, &out));
    assert_int_equal(json_array_size(json_object_get(out, "items")), 0);
    json_decref(out);
}

static void open_rooms_are_listed_largest_first(void **state) {
    (void)state;
    id64 rooms[5];
    for (int i = 0; i < 5; i++) {
        char name[32];
        snprintf(name, sizeof name, "Room %d", i);
        OK(kit_room(k, ann, ROOM_KIND_OPEN, name, NULL, 0, &rooms[i]));
    }
    OK(kit_add(k, ben, rooms[3], ben));
    char cursor[64] = "";
    int64_t last = INT64_MAX;
    int found = 0;
    for (;;) {
        struct op *op = kit_op(OP_ROOMS_OPEN, ann);
        json_t *out, *room;
        size_t i;
        op->in.list.limit = 2;
        op->in.list.q = STR("room");
        if (*cursor)
            op->in.list.cursor = str_from(cursor);
        OK(kit_run(k, op, &out));
        json_array_foreach (json_object_get(out, "items"), i, room) {
            assert_true(kit_int(room, "member_count") <= last);
            last = kit_int(room, "member_count");
            found++;
        }
        const char *next = kit_text(out, "next");
        snprintf(cursor, sizeof cursor, "%s", next ? next : "");
        json_decref(out);
        if (!*cursor)
            break;
    }
    assert_int_equal(found, 5);
}

/* --- imports */

static void importing_twice_adds_nothing(void **state) {
    (void)state;
    json_t *room;
    struct op *op = op_new(OP_IMPORT_ROOM);
    op->in.import.room_name = STR("#ubuntu");
    OK(kit_run(k, op, &room));
    id64 id = kit_id(room, "id");
    json_decref(room);
    const struct import_line lines[] = {{.author = STR("nick[1]"),
                                            .text = STR("hello"),
                                            .key = STR("f:1"),
                                            .at_us = 1000000,
                                            .kind = MESSAGE_KIND_TEXT},
        {.author = STR("nick`"),
            .text = STR("waves"),
            .key = STR("f:2"),
            .at_us = 900000,
            .kind = MESSAGE_KIND_ACTION},
        {.author = STR("other"),
            .key = STR("f:3"),
            .at_us = 1100000,
            .kind = MESSAGE_KIND_NOTICE,
            .notice = NOTICE_KIND_JOINED},
        {.author = STR("nick[1]"),
            .subject = STR("nick2"),
            .key = STR("f:4"),
            .at_us = 1100000,
            .kind = MESSAGE_KIND_NOTICE,
            .notice = NOTICE_KIND_NICK}};
    for (int again = 0; again < 2; again++) {
        op = op_new(OP_IMPORT_LINES);
        op->in.import.room = id;
        op->in.import.lines = lines;
        op->in.import.line_count = 4;
        domain_run(k->domain, op);
        OK(op->fail);
        assert_int_equal(op->imported.added, again ? 0 : 4);
        assert_int_equal(op->imported.skipped, again ? 4 : 0);
        assert_int_equal(op->imported.users, again ? 0 : 4);
        op_free(&op);
    }
    json_t *page;
    OK(kit_page(k, ann, id, -1, -1, -1, 0, &page)); /* the server's owner is in it */
    assert_int_equal(json_array_size(json_object_get(page, "messages")), 4);
    assert_int_equal(kit_int(json_array_get(json_object_get(page, "messages"), 1), "at"), 900);
    json_decref(page);
    json_t *entry;
    OK(get(OP_ROOM_ENTRY, ann, id, &entry)); /* to whom the history is no news */
    assert_int_equal(kit_int(json_object_get(entry, "read"), "ordinal"), 2);
    json_decref(entry);
    OK(get(OP_ROOM_GET, ben, id, &room));
    assert_int_equal(kit_int(room, "member_count"), 1);
    assert_int_equal(kit_int(room, "count"), 2);
    json_decref(room);
}

/* --- what it costs */

static void statements_per_operation_are_bounded(void **state) {
    (void)state;
    id64 room, message;
    OK(kit_room(k, ann, ROOM_KIND_GROUP, "Team", (id64[]){ben, cleo}, 2, &room));
    message = sent(ann, room, "c0", "x");
    assert_int_equal(k->queries, 6); /* two of them for the search */
    OK(kit_send(k, ann, room, "c0", "x", NULL));
    assert_int_equal(k->queries, 3);
    OK(kit_edit(k, ann, room, message, "y"));
    assert_int_equal(k->queries, 11); /* three of them for the search */
    OK(kit_read(k, ben, room, 4));
    assert_int_equal(k->queries, 5);
    OK(kit_read(k, ben, room, 5)); /* the head: nothing need be looked up */
    assert_int_equal(k->queries, 4);
    OK(kit_page(k, ann, room, -1, -1, -1, 0, NULL));
    assert_int_equal(k->queries, 4);
    OK(kit_page(k, ann, room, -1, -1, 2, 0, NULL));
    assert_int_equal(k->queries, 5);
    OK(kit_react(k, ben, room, message, "👍", true));
    assert_int_equal(k->queries, 7);
    OK(kit_react(k, cleo, room, message, "👍", true)); /* not the first of its kind */
    assert_int_equal(k->queries, 6);
    OK(kit_react(k, cleo, room, message, "👍", true));
    assert_int_equal(k->queries, 3);
    json_t *frames;
    for (int i = 0; i < 20; i++) {
        char name[32];
        snprintf(name, sizeof name, "Room %d", i);
        OK(kit_room(k, ann, ROOM_KIND_GROUP, name, &ben, 1, NULL));
    }
    frames = kit_sync(k, ben, NULL, 0, NULL, 0);
    assert_int_equal(k->queries, 3); /* however many rooms there are */
    json_decref(frames);
}

/* Each operation on lines once, so that its statements are there to be looked at. */
static void put_marks(void) {
    id64 room, message;
    struct op *op = kit_op(OP_REACTED_LIST, ann);
    OK(kit_room(k, ann, ROOM_KIND_GROUP, "Marks", &ben, 1, &room));
    message = sent(ann, room, "marked", "@ben @everyone");
    OK(kit_react(k, ann, room, message, "👍", true));
    OK(kit_mark(k, OP_PIN, ann, room, message, true));
    OK(kit_mark(k, OP_STAR, ann, room, message, true));
    OK(kit_mark(k, OP_STAR, ann, room, message, false));
    OK(kit_mark(k, OP_HIDE, ben, room, message, true));
    op->in.list.room = room;
    op->in.list.message = message;
    op->in.list.emoji = STR("👍");
    OK(kit_run(k, op, NULL));
    OK(get(OP_PINS_LIST, ann, room, NULL));
    OK(kit_run(k, kit_op(OP_STARS_LIST, ann), NULL));
    OK(kit_run(k, kit_op(OP_MENTIONS_LIST, ben), NULL));
    OK(kit_react(k, ann, room, message, "👍", false));
    OK(kit_mark(k, OP_PIN, ann, room, message, false));
    OK(kit_delete(k, ann, room, message));
}

static void no_statement_reads_a_whole_table(void **state) {
    put_marks();
    roles_in_a_group(state);
    messages_belong_to_their_authors(state);
    accounts_and_sessions(state);
    read_markers_only_move_forward(state);
    people_are_found_by_word_and_page(state);
    assert_int_equal(kit_scans(k), 0);
}

/* --- faults */

/* Each statement of each operation fails once: nothing half done stays, nothing is told, and the
 * same again succeeds.
 */
static void a_fault_at_any_statement_undoes_the_whole_operation(void **state) {
    (void)state;
    id64 room, message;
    OK(kit_room(k, ann, ROOM_KIND_GROUP, "Team", (id64[]){ben, cleo}, 2, &room));
    message = sent(ann, room, "c0", "x");
    for (int kind = 0; kind < 13; kind++) {
        enum fail fail = FAIL_UNAVAILABLE;
        for (int n = 1; fail != FAIL_NONE; n++) {
            json_t *before = kit_sync(k, ben, NULL, 0, NULL, 0);
            kit_forget(k);
            fault_arm("store.statement", n);
            switch (kind) {
            case 0:
                fail = kit_send(k, ann, room, "c1", "text", NULL);
                break;
            case 1:
                fail = kit_edit(k, ann, room, message, "other");
                break;
            case 2:
                fail = kit_react(k, ben, room, message, "👍", true);
                break;
            case 3:
                fail = kit_react(k, ben, room, message, "👍", false);
                break;
            case 4:
                fail = kit_mark(k, OP_PIN, ann, room, message, true);
                break;
            case 5:
                fail = kit_mark(k, OP_STAR, ben, room, message, true);
                break;
            case 6:
                fail = kit_mark(k, OP_HIDE, ben, room, message, true);
                break;
            case 7:
                fail = kit_delete(k, ann, room, message);
                break;
            case 8:
                fail = kit_read(k, ben, room, 3);
                break;
            case 9:
                fail = kit_add(k, ann, room, dora);
                break;
            case 10:
                fail = kit_role(k, ann, room, ben, ROOM_ROLE_OWNER);
                break;
            case 11:
                fail = kit_remove(k, ben, room, ben);
                break;
            default:
                fail = kit_room(k, ann, ROOM_KIND_OPEN, "Lobby", &ben, 1, NULL);
            }
            fault_arm("", 0);
            if (fail == FAIL_NONE) {
                json_decref(before);
                break;
            }
            assert_int_equal(fail, FAIL_UNAVAILABLE);
            assert_int_equal(k->commit_count, 0);
            json_t *after = kit_sync(k, ben, NULL, 0, NULL, 0);
            assert_true(json_equal(before, after));
            json_decref(before);
            json_decref(after);
        }
    }
    assert_whole(k->store);
}

static void a_deleted_room_goes_to_the_last_row(void **state) {
    (void)state;
    id64 room;
    OK(kit_room(k, ann, ROOM_KIND_OPEN, "Lobby", NULL, 0, &room));
    char id[16];
    for (int i = 0; i < 1200; i++) { /* more than one piece */
        snprintf(id, sizeof id, "c%d", i);
        id64 message = sent(ann, room, id, id);
        if (i % 100 == 0)
            OK(kit_edit(k, ann, room, message, "edited"));
    }
    OK(kit_delete_room(k, ann, room));
    OK(kit_room(k, ben, ROOM_KIND_OPEN, "Lobby", NULL, 0, NULL)); /* the name is free at once */
    struct store_stats s = store_stats(k->store);
    while (s.waiting > 0) { /* the pieces follow each other: wait for the last */
        kit_person(k,
            (char[]){'w', (char)('0' + s.jobs % 10), (char)('a' + s.jobs / 10 % 26),
                (char)('a' + s.jobs / 260 % 26), 0});
        s = store_stats(k->store);
    }
    kit_reopen(k);
    OK(kit_send(k, ann, kit_direct(k, ann, ann), "c0", "the same client_id is free too", NULL));
    struct buf report = {0};
    assert_int_equal(store_check(k->store, &report), 0);
    buf_fini(&report);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
        T(who_is_not_in_a_group_cannot_tell_that_it_exists),
        T(an_open_room_is_seen_by_all_and_read_by_members), T(roles_in_a_group),
        T(direct_rooms_are_for_ever_and_for_two), T(messages_belong_to_their_authors),
        T(texts_that_are_refused), T(names_that_are_refused), T(a_retry_returns_the_first_result),
        T(a_reply_must_stand_in_the_room), T(pages_cover_the_timeline_without_gap_or_double),
        T(read_markers_only_move_forward), T(accounts_and_sessions),
        T(a_session_that_ended_while_connecting_gets_no_rooms),
        T(the_first_account_owns_the_server), T(guessing_is_slowed_down), T(sessions_slide_and_end),
        T(people_are_found_by_word_and_page), T(open_rooms_are_listed_largest_first),
        T(importing_twice_adds_nothing), T(statements_per_operation_are_bounded),
        T(no_statement_reads_a_whole_table), T(a_fault_at_any_statement_undoes_the_whole_operation),
        T(a_deleted_room_goes_to_the_last_row)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
