/* The four people of whom most tests tell: ann was the first and owns the server. */
#pragma once

#include "base/clock.h"
#include "base/fault.h"
#include "kit.h"

static struct kit kit, *const k = &kit;
static id64 ann, ben, cleo, dora;

#define OK(x) assert_int_equal(x, FAIL_NONE)
#define NO(x, why) assert_int_equal(x, FAIL_##why)

static inline void four_open(void) {
    kit_open(k);
    ann = kit_person(k, "ann");
    ben = kit_person(k, "ben");
    cleo = kit_person(k, "cleo");
    dora = kit_person(k, "dora");
}

static inline void four_close(void) {
    fault_arm("", 0);
    clock_freeze_us(0);
    kit_close(k);
}
