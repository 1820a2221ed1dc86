/* The protocol's objects, frames and their encoders, made from protocol.toml by
 * tools/gen_protocol.py. */
#pragma once

#include "base/clock.h"
#include "protocol_gen.h"

/* Times inside are microseconds, outside milliseconds. */
static inline int64_t protocol_ms(int64_t us) {
    return us / 1000;
}
