/* What is one emoji, and its one form. */
#include "base/emoji.h"

#include <stdio.h>

#include "base/utf8.h"
#include "test.h"

static const char *normal(struct str s) {
    static char out[LIMIT_EMOJI_BYTES + 1];
    size_t n = 0;
    if (!emoji_normal(s, out, &n))
        return NULL;
    out[n] = 0;
    return out;
}

/* Every emoji that the client's picker offers, with all its skin tones. */
static void all_that_are_in_use_stay_as_they_are(void **state) {
    (void)state;
    FILE *file = fopen(EMOJI_FILE, "r");
    char line[128];
    int n = 0;
    assert_non_null(file);
    for (; fgets(line, sizeof line, file); n++) {
        struct str s = str_trim(str_from(line));
        const char *out = normal(s);
        if (!out || !str_eq(s, str_from(out)))
            fail_msg("%.*s", STR_ARG(s));
    }
    fclose(file);
    assert_true(n > 3000);
}

static void forms_that_look_alike_become_one(void **state) {
    (void)state;
    static const char *const pairs[][2] = {
        {"❤", "❤️"},                         /* as text */
        {"👍\ufe0f", "👍"},                        /* a mark that says nothing */
        {"#\u20e3", "#️⃣"},                  /* keycap */
        {"☝\ufe0f🏽", "☝🏽"},            /* skin makes a picture of it */
        {"👁\u200d🗨", "👁️‍🗨️"}, /* inside a sequence */
        {"🕵🏽\u200d♂", "🕵🏽‍♂️"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        assert_string_equal(normal(str_from(pairs[i][0])), pairs[i][1]);
}

static void what_is_no_emoji_is_refused(void **state) {
    (void)state;
    static const char *const no[] = {"", "a", "1", "#", "ok", "👍👍", "👍 ", " 👍", "👍a", "🇩", "🇩🇪🇫",
        "🏽", "\u200d", "\ufe0f", "👍\u200d", "\u200d👍", "👍\ufe0e", "👍\ufe0f\ufe0f", "é", "あ",
        "\u202e", "\xf0\x9f\x91", "\xff", "🏴\U000e0067", "🏴\U000e007f",
        "😀\U000e0067\U000e007f",
        "🏴\U000e0067\U000e0067\U000e0067\U000e0067\U000e0067\U000e0067\U000e0067\U000e007f",
        "\u20e3", "9\ufe0f", "👍🏽🏽"};
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        if (normal(str_from(no[i])))
            fail_msg("%zu: %s", i, no[i]);
    assert_null(normal(str_make("\0", 1)));
    assert_null(normal(str_make("👍\0", 5)));
}

static void the_longest_fit_and_no_more(void **state) {
    (void)state;
    char text[200] = "";
    size_t n = 0;
    for (int i = 0; i < 20; i++) {
        struct str joined = i ? STR("\u200d👨") : STR("👨");
        memcpy(text + n, joined.p, joined.n);
        n += joined.n;
        assert_true(!normal(str_make(text, n)) == (n > LIMIT_EMOJI_BYTES));
    }
    /* What it becomes must fit as well: each ❤ gains three bytes. */
    n = 0;
    for (int i = 0; i < 10; i++) {
        struct str joined = i ? STR("\u200d❤") : STR("❤");
        memcpy(text + n, joined.p, joined.n);
        n += joined.n;
        assert_true(!normal(str_make(text, n)) == (n + 3 * (size_t)(i + 1) > LIMIT_EMOJI_BYTES));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_are_in_use_stay_as_they_are),
        cmocka_unit_test(forms_that_look_alike_become_one),
        cmocka_unit_test(what_is_no_emoji_is_refused),
        cmocka_unit_test(the_longest_fit_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
