/* Rate limits for what can be tried again and again: tokens per key, refilled with time (GCRA: one
 * number per key). Tables are bounded: with more keys than fit, strangers share a place, which can
 * only make the limit stricter. Any thread. */
#pragma once

#include <stdint.h>

#include "base/str.h"

struct limit;

/* `tries` at once, refilled evenly over `period_us`. */
struct limit *limit_new(int tries, int64_t period_us);
void limit_free(struct limit **l); /* accepts NULL */
/* 0: go on, one try is taken. Above 0: seconds to wait. */
int limit_take(struct limit *l, struct str key);
/* Gives the key all its tries back. */
void limit_forgive(struct limit *l, struct str key);
/* What an address counts as: IPv4 whole, IPv6 its /64, for one subscriber has all of that. Bytes
 * into `ret`, returns n.
 */
size_t limit_address_key(struct str address, char ret[static 64]);
