/* The reader of IRC logs: shapes of lines, broken bytes, times; everything whole, byte by byte and
 * at random splits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "server/import_irc.h"
#include "server/import_mend.h"

#define MOST 4096

static struct seen {
    struct arena *arena;
    struct irc_line lines[MOST];
    size_t n;
} seen;

static void on_line(void *arg, const struct irc_line *l) {
    struct seen *s = arg;
    assert_true(s->n < MOST);
    assert_true(utf8_valid(l->text) && utf8_valid(l->nick) && utf8_valid(l->subject));
    if (l->kind != IRC_BLANK && l->kind != IRC_ODD)
        assert_true(l->nick.n > 0);
    struct irc_line *to = &s->lines[s->n++];
    *to = *l;
    to->nick = arena_str(s->arena, l->nick);
    to->subject = arena_str(s->arena, l->subject);
    to->text = arena_str(s->arena, l->text);
    to->raw = arena_str(s->arena, l->raw);
}

static int start(void **state) {
    seen = (struct seen){.arena = arena_new()};
    return 0;
}

static int end(void **state) {
    arena_free(&seen.arena);
    return 0;
}

/* A new reading of `s`; `split` 0: whole, 1: byte by byte, else pieces of random size below it. */
static void read_all(struct str s, unsigned split) {
    struct irc_parser p = {.on_line = on_line, .arg = &seen};
    seen.n = 0;
    while (s.n) {
        size_t n = split == 0 ? s.n : split == 1 ? 1 : 1 + (size_t)rand() % split;
        n = n > s.n ? s.n : n;
        irc_feed(&p, str_make(s.p, n));
        s = str_from_index(s, n);
    }
    irc_end(&p);
    irc_fini(&p);
}

static const struct irc_line *one(const char *z) {
    read_all(str_from(z), 0);
    assert_int_equal(seen.n, 1);
    return &seen.lines[0];
}

static void assert_line(const char *z, enum irc_kind kind, int minute, const char *nick,
    const char *subject, const char *text) {
    const struct irc_line *l = one(z);
    assert_int_equal(l->kind, kind);
    assert_int_equal(l->minute, minute);
    assert_string_equal(l->nick.p, nick);
    assert_string_equal(l->subject.p, subject);
    assert_string_equal(l->text.p, text);
}

static void what_people_said(void **state) {
    assert_line("[12:18] <|trey|> usual, quite stable  :)\n", IRC_TEXT, 738, "|trey|", "",
        "usual, quite stable  :)");
    assert_line("[00:00] <a>  two blanks", IRC_TEXT, 0, "a", "", " two blanks");
    assert_line("[23:59:59] <@op> x\r\n", IRC_TEXT, 1439, "op", "", "x");
    assert_line("[01:02] <+[optik] > hola", IRC_TEXT, 62, "[optik]", "", "hola");
    assert_line("[06:03] <bur[n] er> hi > there", IRC_TEXT, 363, "bur[n] er", "", "hi > there");
    assert_line("[06:03] <nobody> ", IRC_TEXT, 363, "nobody", "", "");
    assert_line("[06:03] <nobody>", IRC_TEXT, 363, "nobody", "", "");
    assert_line("[11:06]  * T-Man needs to", IRC_ACTION, 666, "T-Man", "", "needs to");
    assert_line("[11:06] * T-Man", IRC_ACTION, 666, "T-Man", "", "");
    assert_line(
        "[01:09] (soundray/#ubuntu) thomas: see", IRC_TEXT, 69, "soundray", "", "thomas: see");
    assert_line(
        "[05:12] -dpsxsgd:#ubuntu- all - of you", IRC_TEXT, 312, "dpsxsgd", "", "all - of you");
}

static void what_the_log_tells(void **state) {
    assert_line("=== dan [n=dan@10.0.0.1]  has joined #ubuntu", IRC_JOINED, -1, "dan", "", "");
    assert_line("=== O O [n=x@y] has joined #Ubuntu", IRC_JOINED, -1, "O O", "", "");
    assert_line("=== Elli entered the room.", IRC_JOINED, -1, "Elli", "", "");
    assert_line("=== dan [~d@h]  has left #ubuntu []", IRC_LEFT, -1, "dan", "", "");
    assert_line(
        "=== dan [~d@h]  has left #ubuntu [\"Leaving\"] ", IRC_LEFT, -1, "dan", "", "Leaving");
    assert_line("=== dan left the room.", IRC_LEFT, -1, "dan", "", "");
    assert_line("=== dan left the room (quit: Success).", IRC_LEFT, -1, "dan", "", "quit: Success");
    assert_line(
        "[10:00] -!- dan [~d@h] has quit [Ping timeout]", IRC_LEFT, 600, "dan", "", "Ping timeout");
    assert_line(
        "=== slide23 is now known as slide[LSU]", IRC_NICK, -1, "slide23", "slide[LSU]", "");
    assert_line(
        "=== el was kicked off #ubuntu by LoRez (flood)", IRC_KICKED, -1, "LoRez", "el", "flood");
    assert_line(
        "=== ..[topic/#ubuntu:Seveas] : Ask! | a: b ", IRC_TOPIC, -1, "Seveas", "", "Ask! | a: b");
    assert_line("=== mode/#ubuntu [+o jrib]  by ChanServ", IRC_NOTICE, -1, "ChanServ", "",
        "mode/#ubuntu [+o jrib]  by ChanServ");
    assert_line("=== Matt jumps around", IRC_NOTICE, -1, "Matt", "", "Matt jumps around");
    assert_line("=== Matt has joined the dark side", IRC_NOTICE, -1, "Matt", "",
        "Matt has joined the dark side");
    assert_line("=== Matt has joined #a and left", IRC_NOTICE, -1, "Matt", "",
        "Matt has joined #a and left");
    assert_line("=== irc.example.org -> other", IRC_NOTICE, -1, "irc.example.org", "",
        "irc.example.org -> other");
}

static void what_nobody_understands_is_kept_whole(void **state) {
    static const char *const odd[] = {"hello", "[25:00] <a> b", "[12:60] <a> b", "[12:00 <a> b",
        "[12:00] <a b", "[12:00] <> b", "[12:00]", "[12:00] -a- b", "=== ", "===", "<a> no time",
        "[12:00] (a b/#c) d", "* a b"};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        const struct irc_line *l = one(odd[i]);
        assert_int_equal(l->kind, IRC_ODD);
        assert_string_equal(l->text.p, odd[i]);
        assert_string_equal(l->raw.p, odd[i]);
    }
    assert_int_equal(one("   \n")->kind, IRC_BLANK);
    assert_int_equal(one("\n")->kind, IRC_BLANK);
}

static void the_last_line_needs_no_newline(void **state) {
    read_all(STR("[00:01] <a> b\n\n[00:02] <c> d"), 0);
    assert_int_equal(seen.n, 3);
    assert_int_equal(seen.lines[2].number, 3);
    assert_string_equal(seen.lines[2].text.p, "d");
}

static void assert_mended(const char *raw, const char *clean, bool mended, bool unformatted) {
    struct buf out = {0};
    bool m = false, u = false;
    import_mend(str_from(raw), &out, &m, &u);
    assert_string_equal(buf_z(&out), clean);
    assert_int_equal(m, mended);
    assert_int_equal(u, unformatted);
    buf_fini(&out);
}

static void broken_bytes_are_mended_where_one_can_see_it(void **state) {
    assert_mended("tab\tand ü€𝄞", "tab\tand ü€𝄞", false, false);
    /* Windows-1252 where nothing speaks for UTF-8. */
    assert_mended("caf\xe9 \x80 \x93q\x94", "café € “q”", true, false);
    assert_mended("\x81", "�", true, false);
    /* A cut character in a line of UTF-8. */
    assert_mended("naïve \xe2\x82", "naïve �", true, false);
    assert_mended("\xc3\xa9\xff\xfe\xc3\xa9", "é�é", true, false);
    assert_mended("\xed\xa0\x80ü", "�ü", true, false);
    /* Controls as pictures, those beyond ASCII as U+FFFD. */
    assert_mended("firign\x08ng\x7f", "firign␈ng␡", true, false);
    assert_mended("a\xc2\x85"
                  "b\xef\xbf\xbf",
        "a�b�", true, false);
}

static void formatting_goes(void **state) {
    assert_mended("\x02"
                  "bold\x0f \x03"
                  "04,12red\x03 \x03"
                  "1x\x1d\x1e\x1f\x16\x11",
        "bold red x", false, true);
    assert_mended("\x03"
                  "123",
        "3", false, true);
    assert_mended("\x03"
                  "4,x",
        ",x", false, true);
    assert_mended("\x04"
                  "ff0000,00ff00go",
        "go", false, true);
}

static void a_line_without_end_is_cut_and_goes_on(void **state) {
    size_t n = IRC_LINE_MAX * 2;
    char *text = malloc(n + 64);
    int head = snprintf(text, 64, "[00:01] <a> x");
    /* Characters of three bytes, so that the bound falls into one. */
    for (size_t i = 0; i < n / 3; i++)
        memcpy(text + head + i * 3, "€", 3);
    size_t all = (size_t)head + n / 3 * 3, kept = 0;
    read_all(str_make(text, all), 0);
    assert_true(seen.n >= 2);
    assert_true(seen.lines[0].cut);
    assert_int_equal(seen.lines[0].kind, IRC_TEXT);
    for (size_t i = 0; i < seen.n; i++) {
        assert_true(seen.lines[i].raw.n <= IRC_LINE_MAX);
        assert_false(seen.lines[i].mended);
        kept += seen.lines[i].raw.n;
    }
    assert_int_equal(kept, all);
    free(text);
}

static struct str load(const char *name) {
    char path[512];
    snprintf(path, sizeof path, "%s/irc/%s", getenv("FIXTURES"), name);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    char *p = arena_alloc(seen.arena, 65536);
    size_t n = fread(p, 1, 65536, f);
    fclose(f);
    return str_make(p, n);
}

static void real_lines_read_the_same_however_they_are_cut(void **state) {
    static const char *const names[] = {
        "2004-11-15.txt", "2006-06-01.txt", "2008-07-03.txt", "channel-tw.txt"};
    static struct irc_line whole[MOST];
    srand(1);
    for (size_t f = 0; f < sizeof names / sizeof *names; f++) {
        struct str s = load(names[f]);
        read_all(s, 0);
        size_t n = seen.n, lines = 0;
        for (size_t i = 0; i < s.n; i++)
            lines += s.p[i] == '\n';
        assert_int_equal(n, lines);
        memcpy(whole, seen.lines, sizeof whole);
        for (unsigned split = 1; split < 200; split = split * 3 + 1) {
            read_all(s, split);
            assert_int_equal(seen.n, n);
            for (size_t i = 0; i < n; i++) {
                assert_int_equal(seen.lines[i].kind, whole[i].kind);
                assert_int_equal(seen.lines[i].minute, whole[i].minute);
                assert_true(str_eq(seen.lines[i].nick, whole[i].nick));
                assert_true(str_eq(seen.lines[i].subject, whole[i].subject));
                assert_true(str_eq(seen.lines[i].text, whole[i].text));
                assert_true(str_eq(seen.lines[i].raw, whole[i].raw));
            }
        }
    }
}

static void days_are_found_in_names(void **state) {
    int64_t day = 0;
    assert_true(irc_day_of_name(STR("2004-11-15.txt"), &day));
    assert_int_equal(day, 12737);
    assert_true(irc_day_of_name(STR("#ubuntu.1970-01-01.log"), &day));
    assert_int_equal(day, 0);
    assert_true(irc_day_of_name(STR("2000-02-29"), &day));
    assert_int_equal(day, 11016);
    assert_false(irc_day_of_name(STR("channel-tw.txt"), &day));
    assert_false(irc_day_of_name(STR("2004-13-15.txt"), &day));
    assert_false(irc_day_of_name(STR("2004-11-1"), &day));
    assert_false(irc_day_of_name(STR("1969-12-31"), &day));
}

static void clocks_go_round_and_never_back(void **state) {
    static const struct {
        int minutes[8], expected[8];
    } cases[] = {
        {{0, 10, 1439, -1}, {0, 10, 1439}},
        {{1439, 0, 5, 700, -1}, {1439, 1440, 1445, 2140}}, /* midnight */
        {{738, 779, 60, 61, -1}, {738, 779, 780, 781}},    /* 12:59, 1:00 */
        {{697, 719, 0, 99, -1}, {697, 719, 720, 819}},     /* 11:59, 0:00 of twelve hours */
        {{600, 598, 599, 601, -1}, {600, 600, 600, 601}},  /* set right */
        {{1310, 1439, 0, 719, 718, -1}, {1310, 1439, 1440, 2159, 2159}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct irc_clock c = {0};
        for (size_t j = 0; cases[i].minutes[j] >= 0; j++)
            assert_int_equal(irc_clock_next(&c, cases[i].minutes[j]), cases[i].expected[j]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_people_said, start, end),
        cmocka_unit_test_setup_teardown(what_the_log_tells, start, end),
        cmocka_unit_test_setup_teardown(what_nobody_understands_is_kept_whole, start, end),
        cmocka_unit_test_setup_teardown(the_last_line_needs_no_newline, start, end),
        cmocka_unit_test(broken_bytes_are_mended_where_one_can_see_it),
        cmocka_unit_test(formatting_goes),
        cmocka_unit_test_setup_teardown(a_line_without_end_is_cut_and_goes_on, start, end),
        cmocka_unit_test_setup_teardown(real_lines_read_the_same_however_they_are_cut, start, end),
        cmocka_unit_test(days_are_found_in_names),
        cmocka_unit_test(clocks_go_round_and_never_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
