/* What the table promises: sources and their order, values, limits, and complaints that name place
 * and remedy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "server/config.h"
#include "server/config_value.h"

static struct config config;
static struct buf error;

#define LOAD(...) load((char *[]){(char *)"confab", __VA_ARGS__ __VA_OPT__(, ) NULL})

static int load(char **argv) {
    int argc = 0;
    while (argv[argc])
        argc++;
    config_fini(&config);
    buf_clear(&error);
    return config_load(&config, argc, argv, &error);
}

static int tidy(void **state) {
    config_fini(&config);
    buf_fini(&error);
    static const char *const used[] = {
        "LISTEN", "DATA", "CONFIG", "THREADS", "LISTN", "LOG_LEVEL", "DEBUG_ECHO"};
    for (size_t i = 0; i < sizeof used / sizeof *used; i++) {
        char name[32];
        snprintf(name, sizeof name, "CONFAB_%s", used[i]);
        unsetenv(name);
    }
    return 0;
}

static char *file_with(const char *text) {
    static char path[64];
    snprintf(path, sizeof path, "/tmp/confab-test-%d.conf", (int)getpid());
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
    return path;
}

static void assert_error(const char *words) {
    assert_string_equal(buf_z(&error), words);
}

static void defaults_listen_on_localhost(void **state) {
    assert_int_equal(LOAD(), 0);
    assert_int_equal(config.listen.n, 1);
    assert_string_equal(config.listen.items[0], "localhost:8080");
    assert_string_equal(config.data, "data");
    assert_string_equal(config.tls_cert, "");
    assert_int_equal(config.threads, 0);
    assert_int_equal(config.heartbeat, 30 * SECOND_US);
    assert_int_equal(config.queue_bytes, 1024 * 1024);
    assert_true(config.rate_limits);
    assert_false(config.debug_echo);
    assert_true(config_is_loopback(&config));
}

static void flags_beat_environment_beats_file_beats_default(void **state) {
    setenv("CONFAB_CONFIG",
        file_with("data = from-file\n\n# a remark\nthreads = 3\n  log-level = warn\n"), 1);
    setenv("CONFAB_DATA", "from-env", 1);
    setenv("CONFAB_THREADS", "4", 1);
    assert_int_equal(LOAD((char *)"--data", (char *)"from-flag"), 0);
    assert_string_equal(config.data, "from-flag");
    assert_int_equal(config.threads, 4);
    assert_string_equal(config.log_level, "warn");
    assert_string_equal(config.log_format, "logfmt");
}

static void lists_come_with_commas_and_by_repeating(void **state) {
    assert_int_equal(
        LOAD((char *)"--listen=:1, unix:/run/c", (char *)"--listen", (char *)"[::1]:2"), 0);
    assert_int_equal(config.listen.n, 3);
    assert_string_equal(config.listen.items[0], ":1");
    assert_string_equal(config.listen.items[1], "unix:/run/c");
    assert_string_equal(config.listen.items[2], "[::1]:2");
    assert_false(config_is_loopback(&config));
    /* A stronger source replaces a list, it does not add to it. */
    setenv("CONFAB_CONFIG", file_with("listen = :7\nlisten = :8\n"), 1);
    assert_int_equal(LOAD(), 0);
    assert_int_equal(config.listen.n, 2);
    setenv("CONFAB_LISTEN", "localhost:9", 1);
    assert_int_equal(LOAD(), 0);
    assert_int_equal(config.listen.n, 1);
}

static void words_that_are_no_options_are_kept_in_order(void **state) {
    assert_int_equal(LOAD((char *)"one", (char *)"--data", (char *)"d", (char *)"-", (char *)"--",
                         (char *)"--data"),
        0);
    assert_int_equal(config.words.n, 3);
    assert_string_equal(config.words.items[0], "one");
    assert_string_equal(config.words.items[1], "-");
    assert_string_equal(config.words.items[2], "--data");
}

static void an_unknown_option_is_refused_with_the_nearest_one(void **state) {
    assert_true(LOAD((char *)"--thread=2") < 0);
    assert_error("--thread: there is no such option; did you mean --threads?");
    assert_true(LOAD((char *)"--pineapple") < 0);
    assert_error("--pineapple: there is no such option; --help lists them");
    assert_true(LOAD((char *)"-x") < 0);
    assert_error("-x: there is no such option; --help lists them");
    char *path = file_with("data = d\nlisen = :1\n"), expected[200];
    assert_true(LOAD((char *)"--config", path) < 0);
    snprintf(expected, sizeof expected,
        "%s:2: lisen: there is no such option; did you mean listen?", path);
    assert_error(expected);
    setenv("CONFAB_LISTN", ":1", 1);
    buf_clear(&error);
    assert_int_equal(config_env_strays(&error), 1);
    assert_error("CONFAB_LISTN is no option; did you mean CONFAB_LISTEN?\n");
}

static void complaints_name_the_place(void **state) {
    assert_true(LOAD((char *)"--threads=many") < 0);
    assert_error("--threads: a number was expected, not “many”");
    assert_true(LOAD((char *)"--threads=257") < 0);
    assert_error("--threads: 257 is not within 0..256");
    assert_int_equal(LOAD((char *)"--heartbeat=9"), 0);
    assert_int_equal(config.heartbeat, 9 * SECOND_US);
    assert_true(LOAD((char *)"--heartbeat=11m") < 0);
    assert_error("--heartbeat: 11m is not within 1s..10m");
    assert_true(LOAD((char *)"--data") < 0);
    assert_error("--data: a value must follow");
    setenv("CONFAB_LOG_LEVEL", "loud", 1);
    assert_true(LOAD() < 0);
    assert_error("CONFAB_LOG_LEVEL: one of debug|info|warn|error was expected, not “loud”");
    unsetenv("CONFAB_LOG_LEVEL");
    char *path = file_with("# \nthreads = 1\nthreads = 2\n"), expected[200];
    assert_true(LOAD((char *)"--config", path) < 0);
    snprintf(expected, sizeof expected, "%s:3: threads stands in line 2 already", path);
    assert_error(expected);
    path = file_with("threads 1\n");
    assert_true(LOAD((char *)"--config", path) < 0);
    snprintf(expected, sizeof expected, "%s:1: “key = value” was expected", path);
    assert_error(expected);
    path = file_with("debug-echo = perhaps\n");
    assert_true(LOAD((char *)"--config", path) < 0);
    snprintf(
        expected, sizeof expected, "%s:1: debug-echo: yes or no was expected, not “perhaps”", path);
    assert_error(expected);
    assert_true(LOAD((char *)"--config", (char *)"/nowhere/confab.conf") < 0);
    assert_error("/nowhere/confab.conf: No such file or directory");
}

static void what_does_not_fit_together_is_refused(void **state) {
    assert_true(LOAD((char *)"--tls-cert=a.pem") < 0);
    assert_true(LOAD((char *)"--listen=") < 0);
    assert_true(LOAD((char *)"--database=postgres://localhost/confab") < 0);
    assert_non_null(strstr(buf_z(&error), "SQLite"));
    assert_true(LOAD((char *)"--redis=localhost") < 0);
    assert_true(LOAD((char *)"--origins=chat.example.org") < 0);
    assert_true(LOAD((char *)"--public-url=https://a/b") < 0);
    assert_int_equal(
        LOAD((char *)"--public-url=https://chat.example.org/", (char *)"--database=sqlite"), 0);
}

static void what_weakens_the_server_needs_loopback(void **state) {
    static const char *const risky[] = {"--debug-echo", "--rate-limits=no", "--cheap-passwords"};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(
            LOAD((char *)risky[i], (char *)"--listen=127.0.0.1:0,unix:/tmp/x,[::1]:3"), 0);
        assert_true(LOAD((char *)risky[i], (char *)"--listen=localhost:1,:2") < 0);
        assert_true(LOAD((char *)risky[i], (char *)"--listen=127.example.org:1") < 0);
        assert_true(LOAD((char *)risky[i], (char *)"--listen=*:1") < 0);
    }
}

static void flags_that_take_values_are_known(void **state) {
    assert_true(config_flag_takes_value("--data"));
    assert_true(config_flag_takes_value("--config"));
    assert_false(config_flag_takes_value("--data=x"));
    assert_false(config_flag_takes_value("--debug-echo"));
    assert_false(config_flag_takes_value("data"));
    assert_false(config_flag_takes_value("--other"));
}

static void durations_and_sizes_have_units(void **state) {
    static const struct {
        const char *text;
        int64_t us, bytes; /* -1: refused */
    } cases[] = {{"90", 90 * SECOND_US, 90}, {"1500ms", 1500000, -1}, {"2h", 2 * HOUR_US, -1},
        {"64K", -1, 65536}, {"1 m", MINUTE_US, 1048576}, {"2GB", -1, INT64_C(2147483648)},
        {"", -1, -1}, {"m", -1, -1}, {"-1", -1, -1}, {"1.5s", -1, -1},
        {"99999999999999999999", -1, -1}, {"9223372036854775807h", -1, -1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t us = -1, bytes = -1;
        config_value_duration(str_from(cases[i].text), &us);
        config_value_size(str_from(cases[i].text), &bytes);
        assert_int_equal(us, cases[i].us);
        assert_int_equal(bytes, cases[i].bytes);
    }
}

static void help_shows_every_option_but_the_hidden(void **state) {
    struct buf help = {0};
    config_help(&help, STR("*"));
#define CONFIG(name, type, fallback, limits, doc) assert_non_null(strstr(buf_z(&help), fallback));
#define CONFIG_HIDDEN(name, type, fallback, limits, doc) assert_null(strstr(buf_z(&help), #name));
#include "server/config.def"
    assert_non_null(strstr(buf_z(&help), "--tls-cert TEXT\n"));
    assert_non_null(strstr(buf_z(&help), "--debug-echo[=yes|no]\n"));
    assert_null(strstr(buf_z(&help), "cheap-passwords"));
    buf_clear(&help);
    config_help(&help, STR("data public_url"));
    assert_non_null(strstr(buf_z(&help), "--data TEXT\n"));
    assert_non_null(strstr(buf_z(&help), "--public-url TEXT\n"));
    assert_null(strstr(buf_z(&help), "--listen"));
    buf_fini(&help);
}

static void distance_counts_letters(void **state) {
    assert_int_equal(config_value_distance(STR("listen"), STR("listen")), 0);
    assert_int_equal(config_value_distance(STR("lisen"), STR("listen")), 1);
    assert_int_equal(config_value_distance(STR("data"), STR("date")), 1);
    assert_int_equal(config_value_distance(STR(""), STR("abc")), 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(defaults_listen_on_localhost, tidy),
        cmocka_unit_test_teardown(flags_beat_environment_beats_file_beats_default, tidy),
        cmocka_unit_test_teardown(lists_come_with_commas_and_by_repeating, tidy),
        cmocka_unit_test_teardown(words_that_are_no_options_are_kept_in_order, tidy),
        cmocka_unit_test_teardown(an_unknown_option_is_refused_with_the_nearest_one, tidy),
        cmocka_unit_test_teardown(complaints_name_the_place, tidy),
        cmocka_unit_test_teardown(what_does_not_fit_together_is_refused, tidy),
        cmocka_unit_test_teardown(what_weakens_the_server_needs_loopback, tidy),
        cmocka_unit_test(flags_that_take_values_are_known),
        cmocka_unit_test(durations_and_sizes_have_units),
        cmocka_unit_test(help_shows_every_option_but_the_hidden),
        cmocka_unit_test(distance_counts_letters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
