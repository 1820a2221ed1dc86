#include "test.h"

#include <errno.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/utf8.h"

static void numbers_are_read_whole_or_refused(void **state) {
    uint64_t u = 7;
    int64_t i = 7;
    assert_int_equal(str_to_u64(STR("18446744073709551615"), &u), 0);
    assert_true(u == UINT64_MAX);
    assert_int_equal(str_to_u64(STR("18446744073709551616"), &u), -ERANGE);
    assert_true(u == UINT64_MAX);
    for (const char **bad = (const char *[]){"", "-1", "+1", " 1", "1 ", "0x1", "1e3", NULL}; *bad;
         bad++)
        assert_int_equal(str_to_u64(str_from(*bad), &u), -EINVAL);
    assert_int_equal(str_to_i64(STR("-42"), &i), 0);
    assert_int_equal(i, -42);
    assert_int_equal(str_to_i64(STR("9223372036854775808"), &i), -ERANGE);
    assert_int_equal(str_to_i64(STR("--1"), &i), -EINVAL);
}

static void parts_come_one_by_one_and_empty_ones_count(void **state) {
    struct str rest = STR("a,,b,"), part;
    const char *expected[] = {"a", "", "b", ""};
    for (int i = 0; i < 4; i++) {
        assert_true(str_next(&rest, ',', &part));
        assert_str(part, str_from(expected[i]));
    }
    assert_false(str_next(&rest, ',', &part));
}

static void comparing_and_finding(void **state) {
    assert_int_equal(str_cmp(STR("a"), STR("ab")), -1);
    assert_int_equal(str_cmp(STR("b"), STR("ab")), 1);
    assert_int_equal(str_cmp(STR(""), STR("")), 0);
    assert_true(str_eq_nocase(STR("Content-Length"), STR("content-LENGTH")));
    assert_false(str_eq_nocase(STR("a"), STR("ab")));
    assert_int_equal(str_find_str(STR("abcabd"), STR("abd")), 3);
    assert_int_equal(str_find_str(STR("ab"), STR("abc")), -1);
    assert_int_equal(str_find((struct str){0}, 'a'), -1);
    assert_str(str_trim(STR(" \t x y\r\n")), STR("x y"));
    assert_true(str_has_suffix(STR("photo.png"), STR(".png")));
}

static void a_buffer_grows_and_gives_back(void **state) {
    struct buf b = {0};
    for (int i = 0; i < 1000; i++)
        buf_addf(&b, "%d,", i);
    assert_int_equal(b.n, 3890);
    buf_consume(&b, 3880);
    assert_str(buf_str(&b), STR("7,998,999,"));
    buf_clear(&b);
    buf_add_i64(&b, INT64_MIN);
    assert_str(buf_str(&b), STR("-9223372036854775808"));
    assert_string_equal(buf_z(&b), "-9223372036854775808");
    buf_fini(&b);
}

/* What RFC 3629 allows, said again in another way: decode by hand and look at the number. */
static bool reference(const unsigned char *p, size_t n) {
    for (size_t i = 0; i < n;) {
        size_t k = p[i] < 0x80      ? 1
            : (p[i] & 0xE0) == 0xC0 ? 2
            : (p[i] & 0xF0) == 0xE0 ? 3
            : (p[i] & 0xF8) == 0xF0 ? 4
                                    : 0;
        if (k == 0 || i + k > n)
            return false;
        uint32_t code = k == 1 ? p[i] : p[i] & (0x7Fu >> k);
        for (size_t j = 1; j < k; j++) {
            if ((p[i + j] & 0xC0) != 0x80)
                return false;
            code = code << 6 | (p[i + j] & 0x3F);
        }
        static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
        if (code < least[k] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
            return false;
        i += k;
    }
    return true;
}

static void utf8_agrees_with_the_rfc_on_all_short_strings(void **state) {
    unsigned char p[4];
    for (uint32_t v = 0; v < 1u << 24; v += 1 + (v & 1)) { /* three bytes: nearly all */
        p[0] = (unsigned char)(v >> 16);
        p[1] = (unsigned char)(v >> 8);
        p[2] = (unsigned char)v;
        assert_int_equal(utf8_valid(str_make((char *)p, 3)), reference(p, 3));
    }
    srand(1);
    for (int i = 0; i < 2000000; i++) { /* four bytes: at random, near the borders */
        p[0] = (unsigned char)(0xEF + rand() % 8);
        p[1] = (unsigned char)(rand() % 4 ? 0x80 + rand() % 64 : rand());
        p[2] = (unsigned char)(rand() % 16 ? 0x80 + rand() % 64 : rand());
        p[3] = (unsigned char)(rand() % 16 ? 0x80 + rand() % 64 : rand());
        assert_int_equal(utf8_valid(str_make((char *)p, 4)), reference(p, 4));
    }
}

static void utf8_is_the_same_in_pieces(void **state) {
    struct str text = STR("Grüße, Привет, 你好, 👋🏽 — naïve");
    for (size_t cut = 0; cut <= text.n; cut++) {
        uint32_t s = utf8_feed(utf8_feed(UTF8_OK, text.p, cut), text.p + cut, text.n - cut);
        assert_int_equal(s, UTF8_OK);
    }
    assert_int_not_equal(utf8_feed(UTF8_OK, "\xE4\xBD", 2), UTF8_OK);
    assert_int_equal(utf8_feed(utf8_feed(UTF8_OK, "\xE4\xBD", 2), "x", 1), UTF8_BAD);
}

static void every_code_point_comes_back(void **state) {
    char out[4];
    for (uint32_t code = 0; code <= 0x10FFFF; code++) {
        if (code >= 0xD800 && code < 0xE000)
            continue;
        struct str s = str_make(out, utf8_put(code, out));
        uint32_t back;
        assert_true(utf8_valid(s));
        assert_int_equal(utf8_count(s), 1);
        assert_true(utf8_next(&s, &back) && s.n == 0);
        assert_int_equal(back, code);
    }
}

static void an_arena_gives_zeroed_pieces_of_any_size(void **state) {
    struct arena *a = arena_new();
    for (size_t n = 0; n < 10000; n += 37) {
        char *p = arena_alloc(a, n);
        assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xAA, n);
    }
    assert_str(arena_printf(a, "%s-%d", "x", 5), STR("x-5"));
    assert_int_equal(arena_str(a, STR("abc")).p[3], 0);
    arena_free(&a);
    assert_null(a);
    arena_free(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_read_whole_or_refused),
        cmocka_unit_test(parts_come_one_by_one_and_empty_ones_count),
        cmocka_unit_test(comparing_and_finding),
        cmocka_unit_test(a_buffer_grows_and_gives_back),
        cmocka_unit_test(utf8_agrees_with_the_rfc_on_all_short_strings),
        cmocka_unit_test(utf8_is_the_same_in_pieces),
        cmocka_unit_test(every_code_point_comes_back),
        cmocka_unit_test(an_arena_gives_zeroed_pieces_of_any_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
