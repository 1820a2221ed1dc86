/* What the load programs share: time, percentiles, the server's CPU time, arguments, and the names
 * of what prepare.c puts into a database. Every program here has one thread, and fails loudly: a
 * benchmark that lost something has no figure. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/id.h"
#include "base/str.h"

#define MS_NS INT64_C(1000000)
#define SECOND_NS INT64_C(1000000000)

/* Says why on standard error and exits with 1. */
void kit_fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

int64_t kit_now_ns(void); /* monotonic */
/* CPU time of a whole process so far: user and system, all threads, ended ones too. */
int64_t kit_cpu_ns(pid_t pid);
/* This process runs on that core alone; below 0: wherever the system likes. */
void kit_pin(int core);
/* As many descriptors as the system lets us have. */
void kit_raise_descriptors(void);
/* No benchmark outlives this: it would hang where it should have failed. */
void kit_deadline(int seconds);

/* `--name value` in argv; the fallback where it is missing. */
int64_t kit_int(int argc, char **argv, const char *name, int64_t fallback);
const char *kit_text(int argc, char **argv, const char *name, const char *fallback);

/* --- what prepare.c makes: the nth user, the secret of their session, the nth room */
#define KIT_TOKEN 43
id64 kit_user(int64_t n);
id64 kit_room(int64_t n);
void kit_token(int64_t n, char ret_text[static KIT_TOKEN + 1]);
void kit_room_text(int64_t n, char ret_text[static ID_TEXT + 1]);

/* --- times, to within 1 percent, in constant memory */
#define KIT_TIMES_FINE 128 /* steps per power of two */

struct kit_times {
    uint64_t count;
    int64_t max;
    uint32_t slots[58 * KIT_TIMES_FINE];
};

void kit_times_add(struct kit_times *t, int64_t ns);
int64_t kit_times_at(const struct kit_times *t, double share); /* 0.5: the median */

/* --- costs of the slices of a run. What else the machine does can only add to a cost, and a
 * virtual machine's host may take a core away for a tenth of a second and have it charged to
 * whoever ran there. So slices are short, and KIT_CALM of them, the cheapest, say what the work
 * itself costs. */
#define KIT_SLICES 50
#define KIT_CALM 0.1

struct kit_slices {
    unsigned n;
    double cost[KIT_SLICES];
};

void kit_slices_add(struct kit_slices *s, double cost);
double kit_slices_at(struct kit_slices *s, double share); /* sorts */

/* Memory of a process, in bytes, from /proc. */
struct kit_memory {
    int64_t rss;     /* with shared pages of libraries */
    int64_t private; /* its own alone */
};
struct kit_memory kit_memory_of(pid_t pid);
