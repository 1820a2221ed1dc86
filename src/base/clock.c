#include "base/clock.h"

#include <stdatomic.h>
#include <time.h>

static _Atomic int64_t frozen_us; /* 0: running */

static int64_t read_clock_us(clockid_t which) {
    struct timespec t;
    clock_gettime(which, &t);
    return t.tv_sec * SECOND_US + t.tv_nsec / 1000;
}

int64_t clock_now_us(void) {
    int64_t frozen = atomic_load_explicit(&frozen_us, memory_order_relaxed);
    return frozen ? frozen : read_clock_us(CLOCK_REALTIME);
}

int64_t clock_mono_us(void) {
    int64_t frozen = atomic_load_explicit(&frozen_us, memory_order_relaxed);
    return frozen ? frozen : read_clock_us(CLOCK_MONOTONIC);
}

void clock_freeze_us(int64_t now_us) {
    atomic_store(&frozen_us, now_us);
}

void clock_advance_us(int64_t by_us) {
    atomic_fetch_add(&frozen_us, by_us);
}
