/* Tokens, passwords and rate limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "auth/limit.h"
#include "auth/password.h"
#include "auth/token.h"
#include "base/clock.h"
#include "base/list.h"

static void tokens_differ_and_hash_to_the_same(void **state) {
    (void)state;
    char a[TOKEN_TEXT], b[TOKEN_TEXT];
    unsigned char x[TOKEN_HASH], y[TOKEN_HASH];
    token_new(a);
    token_new(b);
    assert_memory_not_equal(a, b, TOKEN_TEXT);
    for (int i = 0; i < TOKEN_TEXT; i++)
        assert_non_null(
            strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", a[i]));
    assert_true(token_hash(str_make(a, TOKEN_TEXT), x) && token_hash(str_make(a, TOKEN_TEXT), y));
    assert_memory_equal(x, y, TOKEN_HASH);
    assert_true(token_hash(str_make(b, TOKEN_TEXT), y));
    assert_memory_not_equal(x, y, TOKEN_HASH);
    assert_false(token_hash(str_make(a, TOKEN_TEXT - 1), x));
    assert_false(token_hash(STR(""), x));
}

static void weak_passwords_are_named(void **state) {
    (void)state;
    static const char *const weak[] = {
        "", "1234567", "password", "PASSWORD123", "aaaaaaaaaaaa", "grandmother"};
    for (size_t i = 0; i < sizeof weak / sizeof *weak; i++)
        assert_non_null(password_weakness(str_from(weak[i]), STR("grandmother")));
    assert_null(password_weakness(STR("grandmother's"), STR("grandmother")));
    /* Characters, not bytes. */
    assert_non_null(password_weakness(STR("\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f"), STR("x")));
    assert_null(password_weakness(
        STR("\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f"), STR("x")));
    char most[1100];
    memset(most, 'x', sizeof most);
    most[0] = 'y';
    assert_null(password_weakness(str_make(most, 256), STR("x")));
    assert_non_null(password_weakness(str_make(most, 257), STR("x")));
    assert_non_null(password_weakness(str_make(most, sizeof most), STR("x")));
}

static void nothing_ended(struct password_job *job) {
    (void)job;
}

static void hash(struct password_job *job) {
    struct password_pool *pool = password_pool_new(1, true);
    job->on_end = nothing_ended;
    assert_int_equal(password_submit(pool, job), 0);
    password_pool_free(&pool); /* waits */
}

static void a_hash_fits_its_password_alone(void **state) {
    (void)state;
    struct password_job made = {.password = STR("correct horse")};
    hash(&made);
    assert_true(made.right);
    assert_true(str_has_prefix(str_from(made.hash), STR("$argon2id$")));
    struct password_job right = {
        .verify = true, .password = STR("correct horse"), .against = str_from(made.hash)};
    hash(&right);
    assert_true(right.right);
    struct password_job wrong = {
        .verify = true, .password = STR("wrong horse"), .against = str_from(made.hash)};
    hash(&wrong);
    assert_false(wrong.right);
    /* Nobody's: hashed all the same, and never right. */
    struct password_job nobody = {.verify = true, .password = STR("correct horse")};
    hash(&nobody);
    assert_false(nobody.right);
    struct password_job change = {.verify = true,
        .password = STR("correct horse"),
        .against = str_from(made.hash),
        .fresh = STR("battery staple")};
    hash(&change);
    assert_true(change.right && strcmp(change.hash, made.hash) != 0);
}

static void too_many_waiting_are_refused(void **state) {
    (void)state;
    static struct password_job jobs[400];
    int refused = 0;
    /* No thread: what waits stays. */
    struct password_pool *none = password_pool_new(0, true);
    for (int i = 0; i < 400; i++) {
        jobs[i] = (struct password_job){.password = STR("x"), .on_end = nothing_ended};
        refused += password_submit(none, &jobs[i]) < 0;
    }
    assert_int_equal(refused, 400 - 128);
    password_pool_free(&none);
}

static void tries_come_back_with_time(void **state) {
    (void)state;
    clock_freeze_us(INT64_C(1700000000000000));
    struct limit *l = limit_new(5, 60 * SECOND_US);
    for (int i = 0; i < 5; i++)
        assert_int_equal(limit_take(l, STR("a")), 0);
    int wait = limit_take(l, STR("a"));
    assert_int_equal(wait, 12);
    assert_int_equal(limit_take(l, STR("b")), 0);
    clock_advance_us((wait - 1) * SECOND_US);
    assert_int_equal(limit_take(l, STR("a")), 1);
    clock_advance_us(SECOND_US);
    assert_int_equal(limit_take(l, STR("a")), 0);
    assert_true(limit_take(l, STR("a")) > 0);
    limit_forgive(l, STR("a"));
    assert_int_equal(limit_take(l, STR("a")), 0);
    limit_free(&l);
    clock_freeze_us(0);
}

static void an_ipv6_subscriber_is_one_address(void **state) {
    (void)state;
    static const struct {
        const char *a, *b;
        bool same;
    } cases[] = {{"2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true},
        {"2001:db8:1:2::1", "2001:db8:1:3::1", false}, {"192.0.2.1", "192.0.2.2", false},
        {"192.0.2.1", "192.0.2.1", true}, {"::ffff:192.0.2.1", "::ffff:192.0.2.2", false},
        {"", "", true},
        {"no address at all, but a very long text that fits in no buffer of ours", "", false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char a[64], b[64];
        size_t n = limit_address_key(str_from(cases[i].a), a),
               m = limit_address_key(str_from(cases[i].b), b);
        assert_int_equal(str_eq(str_make(a, n), str_make(b, m)), cases[i].same);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(tokens_differ_and_hash_to_the_same),
        cmocka_unit_test(weak_passwords_are_named),
        cmocka_unit_test(a_hash_fits_its_password_alone),
        cmocka_unit_test(too_many_waiting_are_refused), cmocka_unit_test(tries_come_back_with_time),
        cmocka_unit_test(an_ipv6_subscriber_is_one_address)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
