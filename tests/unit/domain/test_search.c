/* Finding people, rooms and messages: what is found, by whom, and what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "domain/query.h"
#include "kit.h"
#include "whole.h"

static struct kit kit, *const k = &kit;
static id64 ann, ben, cleo, team, garden;

#define OK(x) assert_int_equal(x, FAIL_NONE)
#define NO(x, why) assert_int_equal(x, FAIL_##why)

static id64 say(id64 user, id64 room, const char *text) {
    static int n;
    char client_id[16];
    json_t *out;
    snprintf(client_id, sizeof client_id, "s%d", n++);
    OK(kit_send(k, user, room, client_id, text, &out));
    id64 id = kit_id(out, "id");
    json_decref(out);
    return id;
}

static int setup(void **state) {
    (void)state;
    kit_open(k);
    ann = kit_person(k, "ann");
    ben = kit_person(k, "ben");
    cleo = kit_person(k, "cleo");
    OK(kit_room(k, ann, ROOM_KIND_GROUP, "Team", &ben, 1, &team));
    OK(kit_room(k, ann, ROOM_KIND_OPEN, "Garden", NULL, 0, &garden));
    return 0;
}

static int teardown(void **state) {
    (void)state;
    clock_freeze_us(0);
    assert_whole(k->store);
    kit_close(k);
    return 0;
}

static struct op *search_op(id64 user, const char *q) {
    struct op *op = kit_op(OP_SEARCH, user);
    op->in.search.q = arena_str(op->arena, str_from(q));
    return op;
}

/* The texts that are found, newest first, hits between [ ], and " | " between them. */
static char *texts_of(const json_t *out) {
    static char all[8192];
    size_t i, n, at = 0;
    json_t *found, *part;
    all[0] = 0;
    json_array_foreach (json_object_get(out, "messages"), i, found) {
        if (i)
            at += (size_t)snprintf(all + at, sizeof all - at, " | ");
        json_array_foreach (json_object_get(found, "parts"), n, part)
            at += (size_t)snprintf(all + at, sizeof all - at,
                json_is_true(json_object_get(part, "hit")) ? "[%s]" : "%s", kit_text(part, "text"));
    }
    return all;
}

static void finds(id64 user, const char *q, const char *texts) {
    json_t *out;
    struct op *op = search_op(user, q);
    op->in.search.only = SEARCH_KIND_MESSAGES;
    OK(kit_run(k, op, &out));
    if (strcmp(texts_of(out), texts) != 0)
        fail_msg("%s: %s, and not %s", q, texts_of(out), texts);
    json_decref(out);
}

static void refuses(const char *q, enum fail fail, const char *detail) {
    struct op *op = search_op(ann, q);
    op->token = (struct str){0};
    domain_run(k->domain, op);
    if (op->fail != fail)
        fail_msg("%s: %d, and not %d", q, (int)op->fail, (int)fail);
    if (detail && !strstr(op->detail.p, detail))
        fail_msg("%s: %s", q, op->detail.p);
    assert_string_equal(op->field, "q");
    op_free(&op);
}

static void names_are(id64 user, const char *q, const char *people, const char *rooms) {
    json_t *out, *one;
    char all[1024] = "", mine[1024] = "";
    size_t i;
    OK(kit_run(k, search_op(user, q), &out));
    json_array_foreach (json_object_get(out, "people"), i, one)
        snprintf(all + strlen(all), sizeof all - strlen(all), " %s", kit_text(one, "name"));
    json_array_foreach (json_object_get(out, "rooms"), i, one)
        snprintf(mine + strlen(mine), sizeof mine - strlen(mine), " %s%s",
            kit_text(json_object_get(one, "room"), "name"),
            json_is_true(json_object_get(one, "member")) ? "*" : "");
    json_decref(out);
    if (strcmp(all, people) != 0 || strcmp(mine, rooms) != 0)
        fail_msg("%s:%s;%s, and not%s;%s", q, all, mine, people, rooms);
}

/* --- what is found */

static void words_phrases_and_exclusion(void **state) {
    (void)state;
    say(ann, team, "The quick brown fox");
    say(ben, team, "the fox is QUICK");
    say(ann, team, "Quickly now, foxes!");
    finds(ann, "fox ", "the [fox] is QUICK | The quick brown [fox]");
    finds(ann, "fox", "Quickly now, [foxes]! | the [fox] is QUICK | The quick brown [fox]");
    finds(ann, "quick fox ", "the [fox] is [QUICK] | The [quick] brown [fox]");
    finds(ann, "\"quick brown\"", "The [quick brown] fox");
    finds(ann, "\"brown quick\"", "");
    finds(ann, "\"quick bro", ""); /* a row is whole words */
    finds(ann, "“quick brown”", "The [quick brown] fox");
    finds(ann, "fox -brown -foxes", "the [fox] is QUICK");
    finds(ann, "fo", ""); /* too short to be a beginning */
    finds(ann, "fox -\"is quick\" -quickly", "The quick brown [fox]");
    finds(ann, "Über", "");
}

static void whatever_people_write(void **state) {
    (void)state;
    static const struct {
        const char *text, *query, *found;
    } cases[] = {
        {"mail ann.lee@example.org now", "ann.lee@example.org", "mail [ann.lee@example.org] now"},
        {"a well-known fact", "well-known", "a [well-known] fact"},
        {"call foo_bar() twice", "foo_bar()", "call [foo_bar]() twice"},
        {"x.baz_qux(1);", "baz_qux", "x.[baz_qux](1);"},
        {"if (p->next) q", "p->next", "if ([p->next]) q"},
        {"I like C++ more", "c++", "I like [C]++ more"},
        {"party 🎉 tonight", "🎉", "party [🎉] tonight"},
        {"thumbs 👍🏽 up", "👍", "thumbs [👍🏽] up"},
        {"Привет, Ёлка", "елка", "Привет, [Ёлка]"},
        {"我们今天去公园", "公园", "我们今天去[公园]"},
        {"他很好", "好", "他很[好]"},
        {"東京タワーに行く", "タワー", "東京[タワー]に行く"},
        {"학교에서 만나요", "학교", "[학교]에서 만나요"},
        {"مرحبا بِكُم يا أحمد", "احمد", "مرحبا بِكُم يا [أحمد]"},
        {"שלום לכולם", "שלום", "[שלום] לכולם"},
        {"Ärger mit Straße", "strasse", "Ärger mit [Straße]"},
        {"see https://example.org/a?b=1", "example.org/a", "see https://[example.org/a]?b=1"},
        {"at 12:30 sharp", "12:30", "at [12:30] sharp"},
        {"smile :) please", ":)", "smile [:)] please"},
        {"x != y", "!=", "x [!=] y"},
        {"สวัสดีครับ", "ครับ", "สวัสดี[ครับ]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        say(ann, team, "another line");
        say(ann, team, cases[i].text);
        finds(ann, cases[i].query, cases[i].found);
    }
    /* And from whatever of it is seen: each character of a text that is a term. */
    finds(ann, "c++ -more", "");
    finds(ann, "今", "我们[今]天去公园");
    finds(ann, "天去", "我们今[天去]公园");
    finds(ann, "天公", "");
}

static void operators_narrow(void **state) {
    (void)state;
    say(ann, team, "apple one");
    say(ben, team, "apple two https://example.org");
    say(ann, garden, "apple three");
    id64 with_ben = kit_direct(k, ann, ben);
    say(ben, with_ben, "apple four");
    finds(ann, "apple from:ben", "[apple] four | [apple] two https://example.org");
    finds(ann, "apple from:@me", "[apple] three | [apple] one");
    finds(ann, "apple from:be", "[apple] four | [apple] two https://example.org");
    finds(ann, "from:ben", "apple four | apple two https://example.org");
    finds(ann, "apple -from:ben", "[apple] three | [apple] one");
    finds(ann, "apple in:team", "[apple] two https://example.org | [apple] one");
    finds(ann, "apple in:#Gard", "[apple] three");
    finds(ann, "apple in:@ben", "[apple] four");
    finds(ann, "apple in:\"team\" from:ann", "[apple] one");
    finds(ann, "apple -in:team -in:garden", "[apple] four");
    finds(ann, "apple in:team in:garden", "");
    finds(ann, "has:link", "apple two https://example.org");
    finds(ann, "apple -has:link in:team", "[apple] one");
    finds(ann, "in:garden", "apple three");
    finds(ann, "-apple", "");
    say(ann, team, "pear");
    finds(ann, "in:team -apple", "pear");
}

static void days_bound_the_time(void **state) {
    (void)state;
    static const struct {
        const char *day;
        int64_t at_s;
    } lines[] = {{"night", 1767225599}, {"new year", 1767225600}, {"march", 1772366400}};
    for (size_t i = 0; i < 3; i++) {
        clock_freeze_us(lines[i].at_s * SECOND_US);
        say(ann, team, lines[i].day);
    }
    finds(ann, "before:2026", "night");
    finds(ann, "after:2025-12-31", "march | new year");
    finds(ann, "after:2026-01-01", "march");
    finds(ann, "after:2025 before:2026-03", "new year");
    finds(ann, "after:2025-12-30 before:2026-01-01", "night");
    finds(ann, "after:2026-02", "march");
    finds(ann, "before:2026-03-02 march", "[march]");
    /* In Berlin the year has begun an hour before. */
    struct op *op = search_op(ann, "after:2025-12-31");
    json_t *out;
    op->in.search.zone_min = 60;
    op->in.search.only = SEARCH_KIND_MESSAGES;
    OK(kit_run(k, op, &out));
    assert_string_equal(texts_of(out), "march | new year | night");
    json_decref(out);
}

static void days_are_days(void **state) {
    (void)state;
    int64_t from, to;
    static const char *const none[] = {"", "26", "2026-", "2026-1", "2026-13", "2026-00",
        "2026-02-29", "2026-02-3", "2026-02-030", "2026/02/03", "2026-02-03x", "0026-01-01", "9999",
        "-2026", "2026--1-01", "+026"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        if (query_time(str_from(none[i]), 0, &from, &to))
            fail_msg("%s", none[i]);
    assert_true(query_time(STR("2024-02-29"), 0, &from, &to));
    assert_int_equal(from / SECOND_US, 1709164800);
    assert_int_equal(to - from, DAY_US);
    assert_true(query_time(STR("2024"), 0, &from, &to));
    assert_int_equal(to - from, 366 * DAY_US);
    assert_true(query_time(STR("1970-01-01"), 0, &from, &to));
    assert_int_equal(from, 0);
}

static void bad_queries_say_where(void **state) {
    (void)state;
    char text[512] = "";
    refuses("", FAIL_QUERY_EMPTY, NULL);
    refuses("   ", FAIL_QUERY_EMPTY, NULL);
    refuses("apple from:nobody", FAIL_QUERY_PERSON, "character 7: ");
    refuses("from:", FAIL_QUERY_PERSON, "character 1: ");
    refuses("äpfel in:nowhere", FAIL_QUERY_ROOM, "character 7: ");
    refuses("in:\"Secret plans\"", FAIL_QUERY_ROOM, "Secret plans");
    refuses("x before:yesterday", FAIL_QUERY_DATE, "character 3: ");
    refuses("-after:2020", FAIL_QUERY_DATE, "character 1: ");
    refuses("has:cheese", FAIL_QUERY_HAS, "cheese");
    for (int i = 0; i <= LIMIT_SEARCH_ITEMS; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "w%d ", i);
    refuses(text, FAIL_QUERY_TOO_LONG, "character 71: ");
    /* Nothing of what the index itself would take for an order. */
    static const char *const odd[] = {"\"", "\"\"", "-", "--", "- -", "*", "a*", "NEAR(a b)",
        "a OR b", "AND", "NOT", "(", "a:b", "terms:a", "^a", "{a}", "a + b", "'", "\\", "''; DROP",
        "=r", "=l", "from:\"", "-\"", "“", "http://", "%", "_", "\x01", "ﷺ", "\xe2\x80\x8d"};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        struct op *op = search_op(ann, odd[i]);
        enum fail fail = kit_run(k, op, NULL);
        if (fail != FAIL_NONE && fail != FAIL_QUERY_EMPTY && fail != FAIL_QUERY_PERSON)
            fail_msg("%s: %d", odd[i], (int)fail);
    }
}

static void a_long_text_is_shown_around_the_hit(void **state) {
    (void)state;
    char text[4000] = "", *cut;
    for (int i = 0; i < 200; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "wörter%d ", i);
    strcat(text, "needle ");
    for (int i = 0; i < 200; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "mehr%d ", i);
    say(ann, team, text);
    json_t *out;
    OK(kit_run(k, search_op(ann, "needle"), &out));
    cut = texts_of(out);
    assert_true(strlen(cut) < 400);
    assert_true(strncmp(cut, "…wörter19", 10) == 0);
    assert_non_null(strstr(cut, " [needle] mehr0"));
    assert_string_equal(cut + strlen(cut) - 3, "…");
    json_decref(out);
}

/* --- who finds it */

static void only_what_one_may_read(void **state) {
    (void)state;
    id64 secret;
    say(ann, team, "treasure in the team");
    say(ann, garden, "treasure in the garden");
    finds(cleo, "treasure ", "");
    refuses("x in:nowhere", FAIL_QUERY_ROOM, NULL);
    OK(kit_room(k, cleo, ROOM_KIND_GROUP, "Hidden", NULL, 0, &secret));
    say(cleo, secret, "treasure of cleo");
    refuses("x in:hidden", FAIL_QUERY_ROOM, NULL); /* as if it were not there */
    finds(ann, "from:cleo", "");
    finds(cleo, "treasure ", "[treasure] of cleo");
    finds(ben, "treasure ", "[treasure] in the team");
    struct op *op = search_op(ben, "treasure");
    op->in.search.room = secret;
    NO(kit_run(k, op, NULL), NOT_FOUND);
    op = search_op(ben, "treasure");
    op->in.search.room = garden; /* open, and may be joined; but not read from outside */
    NO(kit_run(k, op, NULL), NOT_FOUND);
    OK(kit_add(k, ben, garden, ben));
    finds(ben, "treasure ", "[treasure] in the garden | [treasure] in the team");
    OK(kit_remove(k, ann, team, ben));
    finds(ben, "treasure ", "[treasure] in the garden");
    struct op *nobody = search_op(0, "treasure");
    NO(kit_run(k, nobody, NULL), SIGNED_OUT);
}

static void whispers_are_found_by_their_two_alone(void **state) {
    (void)state;
    json_t *out;
    OK(kit_add(k, ann, team, cleo));
    say(ann, team, "the treasure map");
    OK(kit_whisper(k, ann, team, ben, "w1", "treasure under the oak", &out));
    json_decref(out);
    finds(ann, "treasure ", "[treasure] under the oak | the [treasure] map");
    finds(ben, "treasure ", "[treasure] under the oak | the [treasure] map");
    finds(cleo, "treasure ", "the [treasure] map");
    finds(cleo, "from:ann oak", "");
    finds(ben, "oak in:team from:ann", "treasure under the [oak]");
    say(ben, kit_direct(k, ann, ben), "no treasure here");
    finds(ben, "oak in:@ann", "");
    OK(kit_run(k, search_op(ben, "oak"), &out));
    assert_true(json_is_true(
        json_object_get(json_array_get(json_object_get(out, "messages"), 0), "whisper")));
    json_decref(out);
    OK(kit_remove(k, ann, team, ben));
    finds(ben, "oak", ""); /* with the room, until they are in it again */
    OK(kit_add(k, ann, team, ben));
    finds(ben, "oak", "treasure under the [oak]");
    OK(kit_delete_room(k, ann, team));
    finds(ben, "oak", "");
    kit_reopen(k);
}

static void the_index_follows_the_texts(void **state) {
    (void)state;
    id64 message = say(ann, team, "first words"), other = say(ben, team, "other words");
    finds(ann, "first", "[first] words");
    OK(kit_edit(k, ann, team, message, "second words"));
    finds(ann, "first", "");
    finds(ann, "second", "[second] words");
    finds(ann, "words", "other [words] | second [words]"); /* its time is that of the message */
    OK(kit_mark(k, OP_HIDE, ann, team, other, true));
    finds(ann, "words", "second [words]");
    finds(ben, "words", "other [words] | second [words]");
    OK(kit_delete(k, ann, team, message));
    finds(ben, "words", "other [words]");
    finds(ben, "second", "");
    OK(kit_edit(k, ben, team, other, "made so twice"));
    OK(kit_edit(k, ben, team, other, "made so thrice"));
    finds(ben, "twice", "");
    finds(ben, "thrice", "made so [thrice]");
    OK(kit_delete_room(k, ann, team));
    finds(ben, "thrice", "");
    kit_reopen(k); /* all is purged, and the check at the end finds nothing left over */
}

static void what_fails_leaves_nothing_in_the_index(void **state) {
    (void)state;
    json_t *out;
    OK(kit_send(k, ann, team, "same", "once only", &out));
    json_decref(out);
    OK(kit_send(k, ann, team, "same", "once only", NULL));
    NO(kit_send(k, ann, garden, "same", "once more", NULL), CLIENT_ID_REUSED);
    finds(ann, "once ", "[once] only");
}

static void many_of_one_moment_keep_their_order(void **state) {
    (void)state;
    char text[32], all[1024] = "";
    clock_freeze_us(1767225600 * SECOND_US);
    for (int i = 0; i < 20; i++) {
        snprintf(text, sizeof text, "same%d moment", i);
        say(ann, i % 2 ? team : garden, text);
    }
    for (int i = 19; i >= 0; i--)
        snprintf(
            all + strlen(all), sizeof all - strlen(all), "same%d [moment]%s", i, i ? " | " : "");
    finds(ann, "moment ", all);
}

/* Pages meet without a gap and without a double, whatever comes in between. */
static void pages_meet(void **state) {
    (void)state;
    char text[32];
    for (int i = 0; i < 25; i++) {
        snprintf(text, sizeof text, "page word%d", i);
        say(ann, i % 3 ? team : garden, text);
    }
    int seen = 0;
    struct str cursor = {0};
    char kept[64];
    for (int page = 0; page < 10; page++) {
        json_t *out;
        struct op *op = search_op(ann, "page");
        op->in.search.limit = 4;
        op->in.search.cursor = cursor;
        OK(kit_run(k, op, &out));
        json_t *messages = json_object_get(out, "messages"), *found;
        size_t i;
        json_array_foreach (messages, i, found) {
            json_t *parts = json_object_get(found, "parts");
            snprintf(text, sizeof text, " word%d", 24 - seen++);
            assert_string_equal(kit_text(json_array_get(parts, 1), "text"), text);
        }
        const char *next = kit_text(out, "next");
        if (page > 0)
            assert_int_equal(json_array_size(json_object_get(out, "people")), 0);
        say(ann, team, "page of later");
        if (next)
            snprintf(kept, sizeof kept, "%s", next);
        json_decref(out);
        cursor = str_from(kept);
        if (!next)
            break;
    }
    assert_int_equal(seen, 25);
    static const char *const bad[] = {"x", "-1", "0", "1.5", "99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct op *op = search_op(ann, "page");
        op->in.search.cursor = arena_str(op->arena, str_from(bad[i]));
        NO(kit_run(k, op, NULL), CURSOR_INVALID);
    }
}

/* The same answers, whichever way the store goes: by all rooms, by a few, by many in pieces. */
static void many_rooms_and_much_of_others(void **state) {
    (void)state;
    enum { ROOMS = 900 };
    static id64 rooms[ROOMS];
    char text[64], name[32];
    for (int i = 0; i < ROOMS; i++) {
        snprintf(name, sizeof name, "r%d", i);
        OK(kit_room(k, cleo, ROOM_KIND_GROUP, name, NULL, 0, &rooms[i]));
    }
    /* Newest of all, and none of cleo's: nearly 2,000 that she must not see. */
    for (int i = 0; i < 30; i++) {
        snprintf(text, sizeof text, "common mine%d", i);
        say(cleo, rooms[(i * 37) % ROOMS], text);
    }
    for (int i = 0; i < 1900; i++)
        say(ann, team, "common theirs");
    char all[2048] = "";
    for (int i = 29; i >= 20; i--)
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s[common] mine%d",
            i < 29 ? " | " : "", i);
    struct op *op = search_op(cleo, "common ");
    json_t *out;
    op->in.search.limit = 10;
    OK(kit_run(k, op, &out));
    assert_string_equal(texts_of(out), all);
    struct str next = str_from(kit_text(out, "next"));
    op = search_op(cleo, "common mine3");
    op->in.search.cursor = arena_str(op->arena, next);
    json_decref(out);
    OK(kit_run(k, op, &out));
    assert_string_equal(texts_of(out), "[common] [mine3]");
    json_decref(out);
    finds(cleo, "common mine7", "[common] [mine7]");
    finds(cleo, "-theirs mine7", "common [mine7]");
    finds(cleo, "theirs", "");
    assert_true(k->queries < 10);
}

/* --- names */

static void people_and_rooms_by_name(void **state) {
    (void)state;
    id64 alex = kit_person(k, "alexander"), room;
    kit_person(k, "alexandra");
    kit_person(k, "bert");
    OK(kit_room(k, ben, ROOM_KIND_OPEN, "Kitchen Talk", NULL, 0, &room));
    OK(kit_room(k, ben, ROOM_KIND_GROUP, "Kitchen secrets", NULL, 0, NULL));
    names_are(ann, "ale", " alexandra alexander", "");
    names_are(ann, "Alexander", " alexander alexandra", "");
    names_are(ann, "alxeander", " alexander alexandra", "");
    names_are(ann, "bert", " bert", "");
    names_are(ann, "brt", "", "");
    names_are(ann, "bret", " bert", "");
    names_are(ann, "kitchen", "", " Kitchen Talk");
    names_are(ann, "kithcen talk", "", " Kitchen Talk");
    names_are(ben, "kitchen", "", " Kitchen Talk* Kitchen secrets*");
    names_are(ann, "tema", "", " Team*");
    names_are(cleo, "team", "", "");
    names_are(ann, "talk kitchen", "", " Kitchen Talk");
    names_are(ann, "kitchen nobody", "", "");
    OK(kit_patch(k, ben, room, "Cellar", NULL));
    names_are(ann, "kitchen", "", "");
    names_are(ann, "celar", "", " Cellar");
    struct op *op = kit_op(OP_ME_PATCH, alex);
    op->in.profile.display_name = STR("Sascha Müller");
    OK(kit_run(k, op, NULL));
    names_are(ann, "muller", " alexander", "");
    names_are(ann, "alexander", " alexander alexandra", "");
    op = kit_op(OP_MANAGE_USER_PATCH, 0);
    op->operator_name = STR("root");
    op->in.manage.user = alex;
    op->in.manage.role = -1;
    op->in.manage.disabled = -1;
    op->in.manage.name = STR("sandro");
    OK(kit_run(k, op, NULL));
    names_are(ann, "sandro", " sandro", "");
    names_are(ann, "alexander", " alexandra", "");
    op = kit_op(OP_ADMIN_DISABLE, 0);
    op->in.admin.name = STR("sandro");
    op->in.admin.disabled = true;
    OK(kit_run(k, op, NULL));
    names_are(ann, "muller", "", "");
    OK(kit_delete_room(k, ben, room));
    names_are(ann, "cellar", "", "");
    names_are(ann, "from:ann", "", "");
    names_are(ann, "🎉", "", "");
}

static void only_what_is_asked_for(void **state) {
    (void)state;
    static const int kinds[] = {
        SEARCH_KIND_ALL, SEARCH_KIND_PEOPLE, SEARCH_KIND_ROOMS, SEARCH_KIND_MESSAGES};
    kit_person(k, "teamster");
    say(ann, team, "the team");
    for (int i = 0; i < 4; i++) {
        json_t *out;
        struct op *op = search_op(ann, "team");
        op->in.search.only = kinds[i];
        OK(kit_run(k, op, &out));
        assert_int_equal(json_array_size(json_object_get(out, "people")), i < 2);
        assert_int_equal(json_array_size(json_object_get(out, "rooms")), i == 0 || i == 2);
        assert_int_equal(json_array_size(json_object_get(out, "messages")), i == 0 || i == 3);
        json_decref(out);
    }
}

/* --- what it costs */

static void statements_are_bounded(void **state) {
    (void)state;
    for (int i = 0; i < 60; i++)
        say(ann, team, "the same again");
    json_t *out;
    OK(kit_run(k, search_op(ann, "again"), &out));
    assert_int_equal(json_array_size(json_object_get(out, "messages")), 25);
    /* Rooms, names exactly and nearly of both, the index, and each line of the page and one more.
     */
    assert_true(k->queries <= 7 + 26);
    json_decref(out);
}

static void asking_too_often_is_refused(void **state) {
    (void)state;
    clock_freeze_us(1767225600 * SECOND_US); /* nothing grows back meanwhile */
    k->rate_limits = true;
    kit_reopen(k);
    for (int i = 0; i < LIMIT_SEARCHES_PER_MINUTE; i++)
        OK(kit_run(k, search_op(ann, "x"), NULL));
    NO(kit_run(k, search_op(ann, "x"), NULL), RATE_LIMITED);
    OK(kit_run(k, search_op(ben, "x"), NULL));
    k->rate_limits = false;
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
        T(words_phrases_and_exclusion), T(whatever_people_write), T(operators_narrow),
        T(days_bound_the_time), T(days_are_days), T(bad_queries_say_where),
        T(a_long_text_is_shown_around_the_hit), T(only_what_one_may_read),
        T(whispers_are_found_by_their_two_alone), T(the_index_follows_the_texts),
        T(what_fails_leaves_nothing_in_the_index), T(many_of_one_moment_keep_their_order),
        T(pages_meet), T(many_rooms_and_much_of_others), T(people_and_rooms_by_name),
        T(only_what_is_asked_for), T(statements_are_bounded), T(asking_too_often_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
