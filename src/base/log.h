/* Structured log: one line of logfmt (or JSON) per event to standard error, written with one
 * write(2). Any thread. The layer that decides logs, once. Never a message's text, a password or a
 * token.
 *
 *     log_info("listening", "address=%s threads=%d", address, n);
 *
 * `event` is a constant of few words; fields are `key=value` pairs in a printf format; values that
 * may hold spaces or quotes are given through log_quote. Fields of the context (connection, user,
 * request) are put in front by themselves. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_LOGFMT, LOG_JSON };

void log_setup(enum log_level least, enum log_format format);
bool log_level_parse(struct str name, enum log_level *ret_level);
void log_at(enum log_level level, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Quoted and cut to 200 bytes, in one of eight buffers of this thread: good until the eighth next
 * call. */
const char *log_quote(struct str s);

/* What this thread is busy with; 0 leaves a field out. */
struct log_context {
    uint64_t conn, request;
    int64_t user;
};
extern _Thread_local struct log_context log_context;

extern enum log_level log_least;
#define log_debug(...) (log_least <= LOG_DEBUG ? log_at(LOG_DEBUG, __VA_ARGS__) : (void)0)
#define log_info(...) (log_least <= LOG_INFO ? log_at(LOG_INFO, __VA_ARGS__) : (void)0)
#define log_warn(...) log_at(LOG_WARN, __VA_ARGS__)
#define log_error(...) log_at(LOG_ERROR, __VA_ARGS__)

/* At most one line per place in so many seconds: for failures that repeat. */
#define log_warn_each(seconds, ...)             \
    do {                                        \
        static struct log_limit limit_;         \
        if (log_limit_pass(&limit_, (seconds))) \
            log_warn(__VA_ARGS__);              \
    } while (0)
#define log_warn_limited(...) log_warn_each(1, __VA_ARGS__)
struct log_limit {
    _Atomic int64_t next_us;
};
bool log_limit_pass(struct log_limit *l, int seconds);
