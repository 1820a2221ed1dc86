/* Reading one value of the configuration. Inside src/server only. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* Each is 0 or -EINVAL. */
int config_value_bool(struct str s, bool *ret_value);
int config_value_duration(struct str s, int64_t *ret_us); /* 90s 500ms 10m 2h; bare: seconds */
int config_value_size(struct str s, int64_t *ret_bytes);  /* 256K 1M 2G; bare: bytes */
/* How many letters must change to make `b` of `a`; long texts are far from everything. */
size_t config_value_distance(struct str a, struct str b);
