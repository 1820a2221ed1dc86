#include "kit.h"

#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define USERS_FROM (INT64_C(1) << 41)
#define ROOMS_FROM (INT64_C(1) << 42)

void kit_fail(const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    fputs("bench: ", stderr);
    vfprintf(stderr, format, ap);
    fputc('\n', stderr);
    va_end(ap);
    exit(1);
}

static int64_t clock_ns(clockid_t clock) {
    struct timespec t;
    if (clock_gettime(clock, &t) < 0)
        kit_fail("the process to be measured has gone");
    return (int64_t)t.tv_sec * SECOND_NS + t.tv_nsec;
}

int64_t kit_now_ns(void) {
    return clock_ns(CLOCK_MONOTONIC);
}

int64_t kit_cpu_ns(pid_t pid) {
    clockid_t clock;
    if (clock_getcpuclockid(pid, &clock) != 0)
        kit_fail("there is no process %d to measure", (int)pid);
    return clock_ns(clock);
}

void kit_pin(int core) {
    cpu_set_t set;
    if (core < 0)
        return;
    CPU_ZERO(&set);
    CPU_SET(core, &set);
    if (sched_setaffinity(0, sizeof set, &set) < 0)
        kit_fail("can't run on core %d", core);
}

void kit_raise_descriptors(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

void kit_deadline(int seconds) {
    alarm((unsigned)seconds);
}

const char *kit_text(int argc, char **argv, const char *name, const char *fallback) {
    for (int i = 0; i + 1 < argc; i++)
        if (strncmp(argv[i], "--", 2) == 0 && strcmp(argv[i] + 2, name) == 0)
            return argv[i + 1];
    if (!fallback)
        kit_fail("--%s is missing", name);
    return fallback;
}

int64_t kit_int(int argc, char **argv, const char *name, int64_t fallback) {
    const char *text = kit_text(argc, argv, name, "");
    int64_t value = fallback;
    if (*text && str_to_i64(str_from(text), &value) < 0)
        kit_fail("--%s must be a number, not %s", name, text);
    return value;
}

id64 kit_user(int64_t n) {
    return USERS_FROM + n;
}

id64 kit_room(int64_t n) {
    return ROOMS_FROM + n;
}

void kit_token(int64_t n, char ret_text[static KIT_TOKEN + 1]) {
    snprintf(ret_text, KIT_TOKEN + 1, "bench-%037lld", (long long)n);
}

void kit_room_text(int64_t n, char ret_text[static ID_TEXT + 1]) {
    id_put(kit_room(n), ret_text);
    ret_text[ID_TEXT] = '\0';
}

/* Below KIT_TIMES_FINE each value has its slot; above, each power of two has KIT_TIMES_FINE of
 * them. */
static unsigned slot_of(uint64_t v) {
    if (v < KIT_TIMES_FINE)
        return (unsigned)v;
    unsigned shift = 63u - (unsigned)__builtin_clzll(v) - 7u;
    return (shift + 1) * KIT_TIMES_FINE + (unsigned)((v >> shift) - KIT_TIMES_FINE);
}

static int64_t value_of(unsigned slot) {
    if (slot < 2 * KIT_TIMES_FINE)
        return slot;
    unsigned shift = slot / KIT_TIMES_FINE - 1;
    return (int64_t)(KIT_TIMES_FINE + slot % KIT_TIMES_FINE) << shift;
}

void kit_times_add(struct kit_times *t, int64_t ns) {
    t->count++;
    t->slots[slot_of(ns > 0 ? (uint64_t)ns : 0)]++;
    if (ns > t->max)
        t->max = ns;
}

int64_t kit_times_at(const struct kit_times *t, double share) {
    uint64_t wanted = (uint64_t)(share * (double)t->count), seen = 0;
    for (unsigned i = 0; i < sizeof t->slots / sizeof *t->slots; i++) {
        seen += t->slots[i];
        if (seen > wanted)
            return value_of(i);
    }
    return t->max;
}

void kit_slices_add(struct kit_slices *s, double cost) {
    if (s->n == KIT_SLICES)
        kit_fail("more than %d slices", KIT_SLICES);
    s->cost[s->n++] = cost;
}

static int by_cost(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double kit_slices_at(struct kit_slices *s, double share) {
    qsort(s->cost, s->n, sizeof *s->cost, by_cost);
    return s->n ? s->cost[(unsigned)(share * (s->n - 1) + 0.5)] : 0;
}

struct kit_memory kit_memory_of(pid_t pid) {
    struct kit_memory m = {0};
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
    FILE *f = fopen(path, "re");
    if (!f)
        kit_fail("can't read %s", path);
    while (fgets(line, sizeof line, f)) {
        long long kib;
        if (sscanf(line, "Rss: %lld", &kib) == 1)
            m.rss += kib * 1024;
        else if (sscanf(line, "Private_Clean: %lld", &kib) == 1
            || sscanf(line, "Private_Dirty: %lld", &kib) == 1)
            m.private += kib * 1024;
    }
    fclose(f);
    return m;
}
