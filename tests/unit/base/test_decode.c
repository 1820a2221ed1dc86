#include "test.h"

#include <stdlib.h>

#include "api/decode.h"
#include "base/limits.h"
#include "base/utf8.h"

static struct arena *arena;

static int set_up(void **state) {
    arena = arena_new();
    return 0;
}

static int tear_down(void **state) {
    arena_free(&arena);
    return 0;
}

static void fields_of_every_kind_are_read(void **state) {
    struct decode d;
    size_t n;
    decode_open(&d, arena,
        STR("{\"s\":\"Grüße\",\"i\":9007199254740992,\"b\":true,\"id\":\"0000000000001\",\"ids\":["
            "\"0000000000001\"],\"z\":null}"));
    assert_str(decode_str(&d, "s"), STR("Grüße"));
    assert_true(decode_int(&d, "i") == INT64_C(9007199254740992));
    assert_true(decode_bool(&d, "b"));
    assert_int_equal(decode_id(&d, "id"), 1);
    assert_int_equal(decode_ids(&d, "ids", 5, &n)[0], 1);
    assert_int_equal(n, 1);
    assert_null(decode_str_optional(&d, "z").p);
    assert_int_equal(decode_int_optional(&d, "none", -7), -7);
    assert_false(decode_failed(&d));
    decode_close(&d);
}

struct bad {
    const char *text;
    enum fail fail;
};

static void what_is_wrong_is_told(void **state) {
    const struct bad table[] = {
        {"", FAIL_JSON_INVALID},
        {"{", FAIL_JSON_INVALID},
        {"[]", FAIL_JSON_INVALID},
        {"{\"s\":1,\"s\":2}", FAIL_JSON_INVALID},
        {"{\"\\u0000\":1}", FAIL_JSON_INVALID},
        {"{\"s\":\"\xff\"}", FAIL_JSON_INVALID},
        {"{\"s\":\"\\ud800\"}", FAIL_JSON_INVALID},
        {"{} x", FAIL_JSON_INVALID},
        {"{\"t\\\xd1\xb9 \x01",
            FAIL_JSON_INVALID}, /* the parser's words quote the input, cut anywhere */
        {"{}", FAIL_FIELD_MISSING},
        {"{\"s\":null}", FAIL_FIELD_MISSING},
        {"{\"s\":1}", FAIL_FIELD_INVALID},
        {"{\"s\":[\"x\"]}", FAIL_FIELD_INVALID},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct decode d;
        decode_open(&d, arena, str_from(table[i].text));
        decode_str(&d, "s");
        assert_int_equal(d.fail, table[i].fail);
        assert_true(utf8_valid(d.detail));
        decode_close(&d);
    }
}

/* It is JSON: whether it may stand in a text, those judge who know what the text is for. */
static void a_nul_is_a_character_like_others(void **state) {
    struct decode d;
    decode_open(&d, arena, STR("{\"s\":\"a\\u0000b\"}"));
    assert_true(str_eq(decode_str(&d, "s"), str_make("a\0b", 3)));
    decode_close(&d);
}

static void numbers_out_of_range_and_halves_are_refused(void **state) {
    const char *table[] = {
        "{\"i\":-1}", "{\"i\":1.5}", "{\"i\":9007199254740993}", "{\"i\":\"1\"}", "{\"i\":1e3}"};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct decode d;
        decode_open(&d, arena, str_from(table[i]));
        decode_int(&d, "i");
        assert_int_equal(d.fail, FAIL_FIELD_INVALID);
        decode_close(&d);
    }
}

static void depth_is_bounded_but_brackets_in_strings_are_not_depth(void **state) {
    char deep[2 * LIMIT_JSON_DEPTH + 16] = "{\"a\":";
    size_t n = 5;
    struct decode d;
    for (int i = 0; i < LIMIT_JSON_DEPTH; i++)
        deep[n++] = '[';
    for (int i = 0; i < LIMIT_JSON_DEPTH; i++)
        deep[n++] = ']';
    deep[n++] = '}';
    decode_open(&d, arena, str_make(deep, n));
    assert_int_equal(d.fail, FAIL_JSON_INVALID);
    decode_close(&d);
    decode_open(&d, arena, STR("{\"a\":\"[[[[[[[[[[[[[[[[[[[[[[\\\"[[[[{{{{\"}"));
    assert_false(decode_failed(&d));
    decode_close(&d);
}

static void the_first_failure_counts(void **state) {
    struct decode d;
    decode_open(&d, arena, STR("{\"b\":1}"));
    decode_str(&d, "a");
    decode_bool(&d, "b");
    assert_int_equal(d.fail, FAIL_FIELD_MISSING);
    assert_string_equal(d.field, "a");
    decode_close(&d);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(fields_of_every_kind_are_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_wrong_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_nul_is_a_character_like_others, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            numbers_out_of_range_and_halves_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            depth_is_bounded_but_brackets_in_strings_are_not_depth, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_first_failure_counts, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
