/* Passing rooms: who is in them, in which order what happens is told, that all is bounded, and that
 * nothing is left of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "kit.h"

static struct kit kit, *const k = &kit;
static id64 ann, ben, cleo;

#define OK(x) assert_int_equal(x, FAIL_NONE)
#define NO(x, why) assert_int_equal(x, FAIL_##why)

static int setup(void **state) {
    (void)state;
    clock_freeze_us(INT64_C(1700000000000000));
    kit_open(k);
    ann = kit_person(k, "ann");
    ben = kit_person(k, "ben");
    cleo = kit_person(k, "cleo");
    kit_forget(k);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    kit_close(k);
    clock_freeze_us(0);
    return 0;
}

static enum fail make(id64 user, const char *name, bool listed, id64 *ret_room) {
    struct op *op = kit_op(OP_PASSING_MAKE, user);
    json_t *out = NULL;
    op->in.passing.name = str_from(name);
    op->in.passing.listed = listed;
    enum fail fail = kit_run(k, op, &out);
    if (fail == FAIL_NONE)
        *ret_room = kit_id(out, "id");
    json_decref(out);
    return fail;
}

static enum fail enter_after(id64 user, id64 room, id64 connection, int64_t after) {
    struct op *op = kit_op(OP_PASSING_ENTER, user);
    op->in.passing.room = room;
    op->in.passing.connection = connection;
    op->in.passing.after = after;
    return kit_run(k, op, NULL);
}

static enum fail enter(id64 user, id64 room, id64 connection) {
    return enter_after(user, room, connection, -1);
}

static enum fail leave(id64 user, id64 room, id64 connection) {
    struct op *op = kit_op(OP_PASSING_EXIT, user);
    op->in.passing.room = room;
    op->in.passing.connection = connection;
    return kit_run(k, op, NULL);
}

static enum fail say(
    id64 user, id64 room, const char *client_id, const char *text, int64_t *ret_seq) {
    struct op *op = kit_op(OP_PASSING_SAY, user);
    json_t *out = NULL;
    op->in.message.room = room;
    op->in.message.client_id = str_from(client_id);
    op->in.message.text = str_from(text);
    op->in.message.kind = MESSAGE_KIND_TEXT;
    enum fail fail = kit_run(k, op, &out);
    if (fail == FAIL_NONE && ret_seq)
        *ret_seq = kit_int(out, "seq");
    json_decref(out);
    return fail;
}

static size_t listed(id64 user) {
    json_t *out;
    OK(kit_run(k, kit_op(OP_PASSING_LIST, user), &out));
    size_t n = json_array_size(json_object_get(out, "items"));
    json_decref(out);
    return n;
}

/* The event told last, of this many before it. */
static json_t *told(size_t back, const char *type) {
    assert_true(back < k->passing_count);
    const struct event *e = &k->passing[k->passing_count - 1 - back];
    json_t *frame = json_loadb(e->json->p, e->json->n, 0, NULL);
    assert_string_equal(kit_text(frame, "type"), type);
    return frame;
}

static void told_of(const char *type, id64 user) {
    json_t *frame = told(0, type);
    assert_int_equal(kit_id(frame, "user"), user);
    json_decref(frame);
}

/* A state told to a connection: how many people, how many messages; is it resumed? */
static void told_state(size_t people, int messages) {
    json_t *frame = told(0, "passing_state");
    assert_int_equal(json_array_size(json_object_get(frame, "people")), people);
    assert_int_equal(json_is_true(json_object_get(frame, "resumed")), messages >= 0);
    assert_int_equal(
        json_array_size(json_object_get(frame, "messages")), messages >= 0 ? messages : 0);
    json_decref(frame);
}

static void seconds(int n) {
    clock_advance_us(n * SECOND_US);
    domain_tick(k->domain);
}

static void what_happens_is_numbered_without_a_gap_and_told_in_that_order(void **state) {
    (void)state;
    id64 room;
    int64_t seq;
    OK(make(ann, "Kitchen table", true, &room));
    OK(enter(ann, room, 11));
    OK(enter(ben, room, 21));
    OK(say(ann, room, "c1", "psst", &seq));
    assert_int_equal(seq, 3);
    OK(enter(ben, room, 22));
    domain_passing_gone(k->domain, room, ben, 21);
    domain_passing_gone(k->domain, room, ben, 22);
    told_of("passing_link", ben);
    OK(enter(ben, room, 23));
    OK(leave(ben, room, 23));
    told_of("passing_left", ben);
    int64_t last = 0;
    for (size_t i = 0; i < k->passing_count; i++) {
        const struct event *e = &k->passing[i];
        if (e->audience != EVENT_ROOM)
            continue;
        assert_int_equal(e->target, room);
        assert_int_equal(e->seq, ++last);
        json_t *frame = json_loadb(e->json->p, e->json->n, 0, NULL);
        assert_int_equal(kit_int(frame, "seq"), e->seq);
        json_decref(frame);
    }
    assert_int_equal(last, 6); /* two came, one spoke, one was lost, found, and went */
}

static void a_state_ends_where_the_next_number_begins_and_tells_nothing_from_before(void **state) {
    (void)state;
    id64 room;
    OK(make(ann, "Kitchen table", false, &room));
    OK(enter(ann, room, 11));
    OK(say(ann, room, "c1", "before ben", NULL));
    OK(enter(ben, room, 21));
    const struct event *e = &k->passing[k->passing_count - 1];
    assert_int_equal(e->audience, EVENT_CONNECTION);
    assert_int_equal(e->effect, EFFECT_JOIN);
    assert_int_equal(e->target, 21);
    assert_int_equal(e->user, ben);
    assert_int_equal(e->seq, 3);
    told_state(2, -1);
    OK(enter_after(cleo, room, 31, 0)); /* who was not in it can't ask for the past either */
    told_state(3, -1);
}

static void whoever_comes_back_in_time_hears_what_was_said_meanwhile(void **state) {
    (void)state;
    id64 room;
    OK(make(ann, "Kitchen table", false, &room));
    OK(enter(ann, room, 11));
    OK(enter(ben, room, 21));
    domain_passing_gone(k->domain, room, ben, 21);
    OK(say(ann, room, "c1", "are you there?", NULL));
    seconds(PASSING_GRACE_SECONDS - 1);
    OK(say(ann, room, "c2", "hello?", NULL));
    OK(enter_after(ben, room, 22, 2));
    told_state(2, 2);
    OK(enter_after(ben, room, 22, 4)); /* the first word was the 4th number */
    told_state(2, 1);
    seconds(10);
    OK(enter_after(ben, room, 22, 2)); /* by now it is forgotten */
    told_state(2, -1);
}

static void whoever_does_not_come_back_in_time_has_left(void **state) {
    (void)state;
    id64 room;
    OK(make(ann, "Kitchen table", true, &room));
    OK(enter(ann, room, 11));
    OK(enter(ben, room, 21));
    domain_passing_gone(k->domain, room, ben, 21);
    seconds(PASSING_GRACE_SECONDS - 1);
    told_of("passing_link", ben);
    seconds(2);
    told_of("passing_left", ben);
    NO(say(ben, room, "c1", "too late", NULL), NOT_FOUND);
    assert_int_equal(listed(cleo), 1);
    domain_passing_gone(k->domain, room, ann, 11);
    seconds(PASSING_GRACE_SECONDS + 1);
    assert_int_equal(listed(cleo), 0);
    NO(enter(cleo, room, 31), NOT_FOUND);
}

static void a_room_is_gone_with_the_last_one_or_when_nobody_comes(void **state) {
    (void)state;
    id64 room, empty;
    OK(make(ann, "Kitchen table", true, &room));
    OK(make(ann, "Nobody comes", true, &empty));
    OK(enter(ann, room, 11));
    OK(say(ann, room, "c1", "soon nowhere", NULL));
    OK(leave(ann, room, 11));
    NO(enter(ben, room, 21), NOT_FOUND);
    seconds(PASSING_GRACE_SECONDS + 1);
    NO(enter(ben, empty, 21), NOT_FOUND);
}

static void an_unlisted_room_is_found_by_its_address_alone(void **state) {
    (void)state;
    id64 secret, open;
    OK(make(ann, "Secret", false, &secret));
    OK(enter(ann, secret, 11));
    assert_int_equal(listed(ann), 0);
    OK(make(ben, "Open", true, &open));
    assert_int_equal(listed(ann), 0); /* nobody is in it yet */
    OK(enter(ben, open, 21));
    assert_int_equal(listed(ann), 1);
    OK(enter(ben, secret, 21));
}

static void who_is_not_in_it_can_do_nothing_in_it(void **state) {
    (void)state;
    id64 room;
    OK(make(ann, "Kitchen table", true, &room));
    OK(enter(ann, room, 11));
    NO(say(ben, room, "c1", "let me in", NULL), NOT_FOUND);
    NO(leave(ben, room, 21), NOT_FOUND);
    NO(say(ben, room + 1, "c1", "nothing here", NULL), NOT_FOUND);
    NO(enter(ben, room + 1, 21), NOT_FOUND);
}

static void a_retry_says_nothing_twice(void **state) {
    (void)state;
    id64 room;
    int64_t first, again, other;
    OK(make(ann, "Kitchen table", true, &room));
    OK(enter(ann, room, 11));
    OK(enter(ben, room, 21));
    OK(say(ann, room, "c1", "once", &first));
    size_t events = k->passing_count;
    OK(say(ann, room, "c1", "once", &again));
    assert_int_equal(first, again);
    assert_int_equal(k->passing_count, events);
    OK(say(ben, room, "c1", "mine", &other));
    assert_int_equal(other, first + 1);
}

static void texts_are_bounded_and_checked(void **state) {
    (void)state;
    static char text[LIMIT_PASSING_TEXT_CHARS + 2];
    id64 room;
    OK(make(ann, "Kitchen table", true, &room));
    OK(enter(ann, room, 11));
    memset(text, 'x', LIMIT_PASSING_TEXT_CHARS);
    OK(say(ann, room, "c1", text, NULL));
    text[LIMIT_PASSING_TEXT_CHARS] = 'x';
    NO(say(ann, room, "c2", text, NULL), TEXT_TOO_LONG);
    NO(say(ann, room, "c3", " ", NULL), TEXT_EMPTY);
    NO(say(ann, room, "c4", "\x01", NULL), TEXT_INVALID);
    NO(say(ann, room, "c 5", "x", NULL), CLIENT_ID_INVALID);
    NO(make(ann, "", true, &room), ROOM_NAME_INVALID);
}

static void one_person_can_neither_make_nor_enter_without_end(void **state) {
    (void)state;
    id64 rooms[LIMIT_PASSING_IN + 1], more;
    for (int i = 0; i < LIMIT_PASSING_MADE; i++)
        OK(make(ann, "One", false, &rooms[i]));
    NO(make(ann, "More", false, &more), PASSING_FULL);
    for (int i = LIMIT_PASSING_MADE; i < LIMIT_PASSING_IN + 1; i++)
        OK(make(i < 2 * LIMIT_PASSING_MADE ? ben : cleo, "One", false, &rooms[i]));
    for (int i = 0; i < LIMIT_PASSING_IN; i++)
        OK(enter(ann, rooms[i], 11));
    NO(enter(ann, rooms[LIMIT_PASSING_IN], 11), PASSING_FULL);
    OK(leave(ann, rooms[0], 11)); /* which ends it */
    OK(enter(ann, rooms[LIMIT_PASSING_IN], 11));
    OK(make(ann, "Again", false, &more));
    for (int i = 1; i < LIMIT_SOCKETS_PER_USER; i++)
        OK(enter(ann, rooms[1], 11 + i));
    NO(enter(ann, rooms[1], 1000), PASSING_FULL);
}

static void what_is_kept_for_those_who_come_back_is_bounded(void **state) {
    (void)state;
    static char text[LIMIT_PASSING_TEXT_CHARS + 1];
    char client_id[16];
    id64 room;
    memset(text, 'x', LIMIT_PASSING_TEXT_CHARS);
    OK(make(ann, "Kitchen table", true, &room));
    OK(enter(ann, room, 11));
    int most = LIMIT_PASSING_ROOM_BYTES / LIMIT_PASSING_TEXT_CHARS, n = 0;
    while (snprintf(client_id, sizeof client_id, "c%d", n)
        && say(ann, room, client_id, text, NULL) == FAIL_NONE)
        assert_true(++n <= most);
    NO(say(ann, room, client_id, text, NULL), RATE_LIMITED);
    seconds(PASSING_GRACE_SECONDS + 6);
    OK(say(ann, room, client_id, text, NULL));
}

static void whoever_speaks_too_fast_is_asked_to_wait(void **state) {
    (void)state;
    char client_id[16];
    id64 room;
    k->rate_limits = true;
    kit_reopen(k);
    OK(make(ann, "Kitchen table", true, &room));
    OK(enter(ann, room, 11));
    OK(enter(ben, room, 21));
    for (int i = 0; i < LIMIT_PASSING_SAID_BURST; i++) {
        snprintf(client_id, sizeof client_id, "c%d", i);
        OK(say(ann, room, client_id, "word", NULL));
    }
    NO(say(ann, room, "more", "word", NULL), RATE_LIMITED);
    OK(say(ben, room, "c1", "others may", NULL));
    seconds(1);
    OK(say(ann, room, "more", "word", NULL));
}

static void whoever_asks_for_the_state_again_and_again_is_asked_to_wait(void **state) {
    (void)state;
    id64 room;
    k->rate_limits = true;
    kit_reopen(k);
    OK(make(ann, "Kitchen table", true, &room));
    for (int i = 0; i < LIMIT_PASSING_ASKED_BURST; i++)
        OK(enter(ann, room, 11));
    size_t events = k->passing_count;
    NO(enter(ann, room, 11), RATE_LIMITED);
    assert_int_equal(k->passing_count, events);
    OK(enter(ben, room, 21));
    seconds(1);
    OK(enter(ann, room, 11));
}

static void listed_rooms_follow_what_administrators_have_set(void **state) {
    (void)state;
    struct op_setting item = {STR("members_open_rooms"), STR("no")};
    struct op *op = kit_op(OP_SETTINGS_PATCH, ann);
    id64 room;
    op->in.settings.items = &item;
    op->in.settings.n = 1;
    OK(kit_run(k, op, NULL));
    NO(make(ben, "For all", true, &room), FORBIDDEN);
    OK(make(ben, "For some", false, &room));
    OK(make(ann, "For all", true, &room));
}

static void nothing_of_it_is_in_the_store_or_in_a_commit(void **state) {
    (void)state;
    id64 room;
    OK(make(ann, "Kitchen table", true, &room));
    OK(enter(ann, room, 11));
    OK(say(ann, room, "c1", "unwritten", NULL));
    assert_int_equal(k->commit_count, 0);
    kit_reopen(k);
    NO(enter(ann, room, 11), NOT_FOUND);
    assert_int_equal(listed(ann), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(what_happens_is_numbered_without_a_gap_and_told_in_that_order),
        T(a_state_ends_where_the_next_number_begins_and_tells_nothing_from_before),
        T(whoever_comes_back_in_time_hears_what_was_said_meanwhile),
        T(whoever_does_not_come_back_in_time_has_left),
        T(a_room_is_gone_with_the_last_one_or_when_nobody_comes),
        T(an_unlisted_room_is_found_by_its_address_alone),
        T(who_is_not_in_it_can_do_nothing_in_it),
        T(a_retry_says_nothing_twice),
        T(texts_are_bounded_and_checked),
        T(one_person_can_neither_make_nor_enter_without_end),
        T(what_is_kept_for_those_who_come_back_is_bounded),
        T(whoever_speaks_too_fast_is_asked_to_wait),
        T(whoever_asks_for_the_state_again_and_again_is_asked_to_wait),
        T(listed_rooms_follow_what_administrators_have_set),
        T(nothing_of_it_is_in_the_store_or_in_a_commit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
