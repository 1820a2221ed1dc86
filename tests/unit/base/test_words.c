/* What texts are found by. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "base/words.h"

static void terms_are(const char *text, const char *terms) {
    struct buf b = {0};
    words_terms(&b, str_from(text));
    if (strcmp(buf_z(&b), terms) != 0)
        fail_msg("%s: %s, and not %s", text, buf_z(&b), terms);
    buf_fini(&b);
}

static void words_are_folded(void **state) {
    (void)state;
    terms_are("", "");
    terms_are("  . , ! ? ", "");
    terms_are("Hello, World", " hello world");
    terms_are("Ärger Straße NAÏVE Łódź", " arger strasse naive lodz");
    terms_are("ПРИВЕТ ёж ежик Мой", " привет еж ежик мой");
    terms_are("ΟΔΟΣ οδός", " οδοσ οδοσ");
    terms_are("İstanbul ısı", " istanbul isi");
    terms_are("مُحَمَّد أحمد", " محمد احمد");
    terms_are("שָׁלוֹם", " שלום");
    terms_are("Ｆｕｌｌ ﬁne", " full fine");
    terms_are("e\u0301te\u0301 soft\u00adhyphen", " ete softhyphen");
    terms_are("हिन्दी", " हिन्दी");
}

static void what_joins_words_does_not_hide_them(void **state) {
    (void)state;
    terms_are("ann.lee@example.org", " ann lee example org =s40");
    terms_are("well-known", " well known");
    terms_are("foo_bar()", " foo bar =s2829");
    terms_are("a->b", " a b =s3e =s2d3e");
    terms_are("C++ c#", " c c =s2b =s2b2b =s23");
    terms_are("x::y", " x y =s3a3a");
    terms_are("don't don’t", " don t don t");
}

static void rows_of_dense_characters_are_found_from_any(void **state) {
    (void)state;
    terms_are("今", " 今 =d今");
    terms_are("今天好", " 今天 天好 好 =d今 =d天 =d好");
    terms_are("abc今天", " abc 今天 天 =d今 =d天");
    terms_are("今天 好", " 今天 天 好 =d今 =d天 =d好");
    terms_are("今天今天", " 今天 天今 今天 天 =d今 =d天");
    terms_are("한국어", " 한국 국어 어 =d한 =d국 =d어");
    terms_are("カ\u3099", " カ =dカ"); /* a mark of its own is none of the character */
}

static void emoji_stand_for_themselves(void **state) {
    (void)state;
    terms_are("🎉🎉 ok", " ok =sf09f8e89");
    terms_are("👍🏽", " =sf09f918d"); /* whatever the skin */
    terms_are("❤️", " =se29da4");
    terms_are("5 €", " 5 =se282ac");
}

static void a_long_word_counts_to_its_limit(void **state) {
    (void)state;
    char text[400];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    struct buf a = {0}, b = {0};
    words_terms(&a, str_make(text, 300));
    words_terms(&b, str_make(text, 399));
    assert_true(a.n <= PART_BYTES + 1);
    assert_string_equal(buf_z(&a), buf_z(&b));
    buf_fini(&a);
    buf_fini(&b);
}

/* Parts lie in the text, in order, without overlap; and every text of valid UTF-8 comes to an end.
 */
static void parts_are_views_in_order(void **state) {
    (void)state;
    static const uint32_t codes[] = {'a', 'Z', '9', ' ', '-', '_', '>', '(', 0xe4, 0xdf, 0x301,
        0x430, 0x5d0, 0x627, 0x64b, 0x4eca, 0xac00, 0x3042, 0x1f389, 0x1f3fd, 0xfe0f, 0x200d,
        0x3002, 0x10ffff, 0xfb03, 0x1d400, 0x20ac, 0xe01ef};
    srand(7);
    for (int round = 0; round < 20000; round++) {
        char text[256];
        size_t n = 0, before = 0, at = 0;
        for (int i = rand() % 30; i > 0; i--)
            n += utf8_put(codes[(size_t)rand() % (sizeof codes / sizeof *codes)], text + n);
        struct part p;
        while (words_next(str_make(text, n), &at, &p)) {
            assert_true(p.from >= before && p.to > p.from && p.to <= n && p.to == at);
            assert_true(p.n > 0 && p.n <= PART_BYTES);
            assert_true(utf8_valid(str_make(p.term, p.n)));
            assert_true(utf8_valid(str_make(text + p.from, p.to - p.from)));
            before = p.to;
        }
        struct buf b = {0};
        words_terms(&b, str_make(text, n));
        words_name_terms(&b, str_make(text, n));
        assert_true(!b.n || utf8_valid(buf_str(&b)));
        buf_fini(&b);
    }
}

/* Folding what is folded changes nothing: what is typed as it was shown finds it. */
static void folding_is_at_rest(void **state) {
    (void)state;
    for (uint32_t c = 0x20; c < 0x32000; c++) {
        char text[4], again[PART_BYTES];
        struct part p;
        size_t at = 0, n = 0;
        if (c >= 0xd800 && c <= 0xdfff)
            continue;
        if (!words_next(str_make(text, utf8_put(c, text)), &at, &p))
            continue;
        for (size_t from = 0; words_next(str_make(p.term, p.n), &from, &(struct part){0});)
            n = from;
        assert_int_equal(n, p.n);
        struct part q;
        at = 0;
        memcpy(again, p.term, p.n);
        assert_true(words_next(str_make(again, p.n), &at, &q));
        if (q.n > p.n || memcmp(q.term, p.term, q.n) != 0)
            fail_msg("U+%04X", (unsigned)c);
    }
}

static void near(const char *name, const char *typed, int distance) {
    struct buf terms = {0}, question = {0}, folded = {0};
    struct part p;
    size_t at = 0;
    while (words_next(str_from(typed), &at, &p))
        buf_add(&folded, p.term, p.n);
    int d = words_name_distance(str_from(name), buf_str(&folded));
    if (d != distance)
        fail_msg("%s, typed %s: %d", name, typed, d);
    /* What is near is found: one of the ways to ask is among the names' terms. */
    words_name_terms(&terms, str_from(name));
    words_typed_terms(&question, buf_str(&folded), distance > 0);
    buf_add_char(&terms, ' ');
    struct str rest = str_from_index(buf_str(&question), 1), term;
    bool found = false;
    while (str_next(&rest, ' ', &term)) {
        struct buf one = {0};
        buf_addf(&one, " %.*s ", STR_ARG(term));
        found = found || strstr(buf_z(&terms), buf_z(&one));
        buf_fini(&one);
    }
    if (distance >= 0)
        assert_true(found);
    buf_fini(&terms);
    buf_fini(&question);
    buf_fini(&folded);
}

static void names_bear_slips(void **state) {
    (void)state;
    near("Alexander Lee", "a", 0);
    near("Alexander Lee", "alex", 0);
    near("Alexander Lee", "Alexander", 0);
    near("Alexander Lee", "lee", 0);
    near("Alexander Lee", "alxe", 1);  /* changed places */
    near("Alexander Lee", "alrx", 1);  /* another key */
    near("Alexander Lee", "aexa", 1);  /* one is missing */
    near("Alexander Lee", "alexx", 1); /* one too many */
    near("Alexander Lee", "lexander", 1);
    near("Alexander Lee", "alexandr", 1);
    near("Alexander Lee", "alexnadre", 2);
    near("John", "jhon", 1);
    near("Jürgen", "jurgen", 0);
    near("Jürgen", "juergen", 1);
    near("Екатерина", "екатирина", 1);
    near("Мария", "мраия", 1);
    near("王小明", "小明", 0);
    near("王小明", "王", 0);
    near("Ann", "amn", -1); /* too short to be sure */
    near("Alexander", "bob", -1);
    near("Alexander", "alabaster", -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_folded),
        cmocka_unit_test(what_joins_words_does_not_hide_them),
        cmocka_unit_test(rows_of_dense_characters_are_found_from_any),
        cmocka_unit_test(emoji_stand_for_themselves),
        cmocka_unit_test(a_long_word_counts_to_its_limit),
        cmocka_unit_test(parts_are_views_in_order),
        cmocka_unit_test(folding_is_at_rest),
        cmocka_unit_test(names_bear_slips),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
