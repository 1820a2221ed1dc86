#include "test.h"

#include "base/json.h"

static void commas_stand_between_values_alone(void **state) {
    struct buf b = {0};
    struct json j = json_into(&b);
    json_obj_open(&j);
    json_key(&j, STR("a"));
    json_arr_open(&j);
    json_int(&j, -1);
    json_bool(&j, true);
    json_nil(&j);
    json_arr_open(&j);
    json_arr_close(&j);
    json_arr_close(&j);
    json_key(&j, STR("b"));
    json_obj_open(&j);
    json_obj_close(&j);
    json_key(&j, STR("c"));
    json_raw(&j, STR("{\"x\":1}"));
    json_obj_close(&j);
    assert_str(buf_str(&b), STR("{\"a\":[-1,true,null,[]],\"b\":{},\"c\":{\"x\":1}}"));
    buf_fini(&b);
}

static void what_must_be_escaped_is_and_nothing_else(void **state) {
    struct buf b = {0};
    struct json j = json_into(&b);
    json_str(&j, str_make("\"\\/\b\t\n\f\r\x01\x1f\x7f\0é👋", 18));
    assert_str(buf_str(&b), STR("\"\\\"\\\\/\\b\\t\\n\\f\\r\\u0001\\u001f\\u007f\\u0000é👋\""));
    buf_fini(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commas_stand_between_values_alone),
        cmocka_unit_test(what_must_be_escaped_is_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
