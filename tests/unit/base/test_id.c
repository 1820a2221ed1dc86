#include "test.h"

#include "base/clock.h"
#include "base/id.h"

static void ids_rise_even_where_the_clock_stands_or_goes_back(void **state) {
    id64 last = 0;
    clock_freeze_us(INT64_C(1800000000) * SECOND_US);
    for (int i = 0; i < 100000; i++) {
        id64 id = id_next();
        assert_true(id > last);
        last = id;
        if (i % 1000 == 0)
            clock_advance_us(-5 * SECOND_US);
    }
    clock_freeze_us(0);
}

static void text_and_back(void **state) {
    char text[ID_TEXT];
    id64 back;
    for (int shift = 0; shift < 63; shift++) {
        id64 id = INT64_C(1) << shift;
        id_put(id, text);
        assert_true(id_parse(str_make(text, ID_TEXT), &back));
        assert_true(back == id);
    }
    id_put(INT64_MAX, text);
    assert_true(id_parse(str_make(text, ID_TEXT), &back) && back == INT64_MAX);
}

static void only_the_one_form_is_taken(void **state) {
    id64 id = 42;
    const char *bad[] = {"", "000000000000", "00000000000001", "0000000000000", "000000000000l",
        "000000000000A", "zzzzzzzzzzzzz", "8000000000000", "00000000000 1", "-000000000001"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(id_parse(str_from(bad[i]), &id));
    assert_false(id_parse(str_make("000000000000\0", 13), &id));
    assert_true(id == 42);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_rise_even_where_the_clock_stands_or_goes_back),
        cmocka_unit_test(text_and_back),
        cmocka_unit_test(only_the_one_form_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
