#include "test.h"

#include <stdlib.h>

#include "base/map.h"

#define KEYS 512

/* Against the simplest model: an array. Few keys, so that removal closes holes in long runs. */
static void a_map_does_what_an_array_does(void **state) {
    struct map m = {0};
    void *model[KEYS + 1] = {0};
    size_t count = 0;
    srand(7);
    for (int i = 0; i < 400000; i++) {
        uint64_t key = 1 + (uint64_t)(rand() % KEYS);
        void *value = &model[rand() % KEYS];
        if (rand() % 2) {
            assert_ptr_equal(map_put(&m, key, value), model[key]);
            count += !model[key];
            model[key] = value;
        } else {
            assert_ptr_equal(map_remove(&m, key), model[key]);
            count -= model[key] != NULL;
            model[key] = NULL;
        }
        assert_int_equal(m.count, count);
        uint64_t probe = 1 + (uint64_t)(rand() % KEYS);
        assert_ptr_equal(map_get(&m, probe), model[probe]);
    }
    size_t at = 0, seen = 0;
    uint64_t key;
    void *value;
    while (map_next(&m, &at, &key, &value)) {
        assert_ptr_equal(value, model[key]);
        seen++;
    }
    assert_int_equal(seen, count);
    map_fini(&m);
}

static void an_empty_map_answers(void **state) {
    struct map m = {0};
    size_t at = 0;
    uint64_t key;
    void *value;
    assert_null(map_get(&m, 5));
    assert_null(map_remove(&m, 5));
    assert_false(map_next(&m, &at, &key, &value));
    map_fini(&m);
}

static void hashes_of_texts_differ_and_are_never_zero(void **state) {
    assert_true(map_hash("a", 1) != map_hash("b", 1));
    assert_true(map_hash("", 0) != 0);
    assert_true(map_hash("abc", 3) == map_hash("abcd", 3));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_map_does_what_an_array_does),
        cmocka_unit_test(an_empty_map_answers),
        cmocka_unit_test(hashes_of_texts_differ_and_are_never_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
