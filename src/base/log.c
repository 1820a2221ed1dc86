#include "base/log.h"

#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"

#define QUOTE_BYTES 200
#define QUOTE_SLOTS 8

enum log_level log_least = LOG_INFO;
static enum log_format format_now = LOG_LOGFMT;
_Thread_local struct log_context log_context;

static const char *const level_names[] = {"debug", "info", "warn", "error"};

void log_setup(enum log_level least, enum log_format format) {
    log_least = least;
    format_now = format;
}

bool log_level_parse(struct str name, enum log_level *ret_level) {
    for (int i = LOG_DEBUG; i <= LOG_ERROR; i++)
        if (str_eq(name, str_from(level_names[i]))) {
            *ret_level = (enum log_level)i;
            return true;
        }
    return false;
}

static size_t put_time(char *out, size_t size) {
    int64_t now = clock_now_us();
    time_t seconds = now / SECOND_US;
    struct tm tm;
    gmtime_r(&seconds, &tm);
    size_t n = strftime(out, size, "%Y-%m-%dT%H:%M:%S", &tm);
    return n + (size_t)snprintf(out + n, size - n, ".%03dZ", (int)(now % SECOND_US / 1000));
}

static void add_context(struct buf *b) {
    char id[ID_TEXT];
    if (log_context.conn)
        buf_addf(b, " conn=%llu", (unsigned long long)log_context.conn);
    if (log_context.request)
        buf_addf(b, " request=%llx", (unsigned long long)log_context.request);
    if (log_context.user) {
        id_put(log_context.user, id);
        buf_addf(b, " user=%.*s", ID_TEXT, id);
    }
}

/* Cuts `key=value` or `key="value"` off the front of a line of logfmt. */
static bool next_field(struct str *rest, struct str *ret_key, struct str *ret_value) {
    *rest = str_trim(*rest);
    ptrdiff_t at = str_find(*rest, '=');
    if (at <= 0)
        return false;
    *ret_key = str_make(rest->p, (size_t)at);
    struct str value = str_from_index(*rest, (size_t)at + 1);
    size_t n = 0;
    if (value.n && value.p[0] == '"') {
        for (n = 1; n < value.n && value.p[n] != '"'; n++)
            n += value.p[n] == '\\';
        n = n < value.n ? n + 1 : value.n;
    } else {
        while (n < value.n && value.p[n] != ' ')
            n++;
    }
    *ret_value = str_make(value.p, n);
    *rest = str_from_index(value, n);
    return true;
}

static void as_json(
    struct buf *out, struct str time, enum log_level level, const char *event, struct str fields) {
    struct json j = json_into(out);
    struct str key, value;
    json_obj_open(&j);
    json_key(&j, STR("time"));
    json_str(&j, time);
    json_key(&j, STR("level"));
    json_str(&j, str_from(level_names[level]));
    json_key(&j, STR("event"));
    json_str(&j, str_from(event));
    while (next_field(&fields, &key, &value)) {
        json_key(&j, key);
        if (value.n && value.p[0] == '"') /* log_quote escapes as JSON does */
            json_raw(&j, value);
        else
            json_str(&j, value);
    }
    json_obj_close(&j);
    buf_add_char(out, '\n');
}

void log_at(enum log_level level, const char *event, const char *format, ...) {
    if (level < log_least)
        return;
    _cleanup_buf_ struct buf fields = {0};
    _cleanup_buf_ struct buf line = {0};
    char time[40];
    size_t time_n = put_time(time, sizeof time);
    va_list ap;

    add_context(&fields);
    buf_add_char(&fields, ' ');
    va_start(ap, format);
    buf_addvf(&fields, format, ap);
    va_end(ap);
    if (format_now == LOG_JSON) {
        as_json(&line, str_make(time, time_n), level, event, buf_str(&fields));
    } else {
        struct str rest = str_trim(buf_str(&fields));
        buf_addf(&line, "time=%.*s level=%s event=\"%s\"%s%.*s\n", (int)time_n, time,
            level_names[level], event, rest.n ? " " : "", STR_ARG(rest));
    }
    /* One write, so that lines of several threads don't mix; there is nowhere to report a failure
     * to. */
    if (write(STDERR_FILENO, line.p, line.n) < 0)
        return;
}

const char *log_quote(struct str s) {
    static _Thread_local char slots[QUOTE_SLOTS][QUOTE_BYTES * 6 + 3];
    static _Thread_local unsigned turn;
    char *out = slots[turn++ % QUOTE_SLOTS];
    _cleanup_buf_ struct buf b = {0};
    struct json j = json_into(&b);
    json_str(&j, str_make(s.p, s.n < QUOTE_BYTES ? s.n : QUOTE_BYTES));
    memcpy(out, b.p, b.n);
    out[b.n] = 0;
    return out;
}

bool log_limit_pass(struct log_limit *l, int seconds) {
    int64_t now = clock_mono_us(), next = atomic_load_explicit(&l->next_us, memory_order_relaxed);
    return now >= next
        && atomic_compare_exchange_strong(&l->next_us, &next, now + seconds * SECOND_US);
}
