/* Memory with one life: everything of one request or command. Not shared between threads at the
 * same time. Under AddressSanitizer each piece is a malloc of its own, so that overruns show. */
#pragma once

#include <stddef.h>

#include "base/str.h"

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena **a); /* accepts NULL, nulls */
void *arena_alloc(struct arena *a, size_t n)
    __attribute__((malloc));                         /* zeroed, aligned for anything */
struct str arena_str(struct arena *a, struct str s); /* copy; a NUL follows it */
struct str arena_printf(struct arena *a, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Bytes handed out so far. */
size_t arena_used(const struct arena *a);

#define arena_new_of(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define arena_new_n(a, type, n) ((type *)arena_alloc((a), sizeof(type) * (n)))
