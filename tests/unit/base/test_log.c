#include "test.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

/* What the body writes to standard error. */
static char captured[4096];
#define CAPTURE(body)                                               \
    do {                                                            \
        int pipe_[2], kept_ = dup(STDERR_FILENO);                   \
        assert_int_equal(pipe(pipe_), 0);                           \
        dup2(pipe_[1], STDERR_FILENO);                              \
        body;                                                       \
        dup2(kept_, STDERR_FILENO);                                 \
        close(kept_);                                               \
        close(pipe_[1]);                                            \
        ssize_t n_ = read(pipe_[0], captured, sizeof captured - 1); \
        captured[n_ > 0 ? n_ : 0] = 0;                              \
        close(pipe_[0]);                                            \
    } while (0)

static int freeze(void **state) {
    clock_freeze_us(INT64_C(1700000000123456));
    log_context = (struct log_context){.conn = 3, .request = 0xab};
    return 0;
}

static int thaw(void **state) {
    clock_freeze_us(0);
    log_context = (struct log_context){0};
    log_setup(LOG_INFO, LOG_LOGFMT);
    return 0;
}

static void a_line_of_logfmt_has_time_level_event_context_and_fields(void **state) {
    log_setup(LOG_INFO, LOG_LOGFMT);
    CAPTURE(log_info("it happened", "path=%s n=%d", log_quote(STR("/a \"b\"\n")), 5));
    assert_string_equal(captured,
        "time=2023-11-14T22:13:20.123Z level=info event=\"it happened\" conn=3 request=ab "
        "path=\"/a \\\"b\\\"\\n\" n=5\n");
}

static void the_same_as_json(void **state) {
    log_setup(LOG_INFO, LOG_JSON);
    CAPTURE(log_warn("it happened", "path=%s n=%d", log_quote(STR("/a \"b\"=\n")), 5));
    assert_string_equal(captured,
        "{\"time\":\"2023-11-14T22:13:20.123Z\",\"level\":\"warn\",\"event\":\"it happened\","
        "\"conn\":\"3\",\"request\":\"ab\",\"path\":\"/a \\\"b\\\"=\\n\",\"n\":\"5\"}\n");
}

static void what_is_less_important_is_left_out(void **state) {
    log_setup(LOG_WARN, LOG_LOGFMT);
    CAPTURE(log_info("quiet", "n=%d", 1));
    assert_string_equal(captured, "");
}

static void a_repeated_warning_is_told_once_a_second(void **state) {
    log_setup(LOG_INFO, LOG_LOGFMT);
    CAPTURE(for (int i = 0; i < 10; i++) {
        log_warn_limited("again", "i=%d", i);
        clock_advance_us(SECOND_US / 4);
    });
    int lines = 0;
    for (const char *c = captured; *c; c++)
        lines += *c == '\n';
    assert_int_equal(lines, 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_line_of_logfmt_has_time_level_event_context_and_fields, freeze, thaw),
        cmocka_unit_test_setup_teardown(the_same_as_json, freeze, thaw),
        cmocka_unit_test_setup_teardown(what_is_less_important_is_left_out, freeze, thaw),
        cmocka_unit_test_setup_teardown(a_repeated_warning_is_told_once_a_second, freeze, thaw),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
