/* Ids: 63-bit, positive, unique, rising with time (42 bits of milliseconds, 21 bits drawn at random
 * within one), so that inserts append and a number tells nobody how many there are. Outside they
 * are opaque text: 13 characters of Crockford's base 32, lower case. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

#define ID_TEXT 13

typedef int64_t id64;

/* Next id; any thread. */
id64 id_next(void);
/* Not NUL-terminated. */
void id_put(id64 id, char out[static ID_TEXT]);
/* False when `text` is not exactly the form that id_put makes. */
bool id_parse(struct str text, id64 *ret_id);
