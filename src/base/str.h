/* A view of bytes: pointer and length, by value, owned by someone else. Not NUL-terminated. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *p;
    size_t n;
};

/* STR("literal") */
#define STR(lit) ((struct str){"" lit, sizeof(lit) - 1})
/* For printf: "%.*s", STR_ARG(s) */
#define STR_ARG(s) (int)(s).n, (s).p

static inline struct str str_make(const char *p, size_t n) {
    return (struct str){p, n};
}
static inline struct str str_from(const char *z) {
    return (struct str){z, z ? strlen(z) : 0};
}
static inline bool str_eq(struct str a, struct str b) {
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* ASCII only. */
bool str_eq_nocase(struct str a, struct str b);
/* -1, 0, 1 by bytes. */
int str_cmp(struct str a, struct str b);
bool str_has_prefix(struct str s, struct str prefix);
bool str_has_suffix(struct str s, struct str suffix);
/* Without ASCII white space at both ends. */
struct str str_trim(struct str s);
/* Index of `c`, or -1. */
ptrdiff_t str_find(struct str s, char c);
/* Index of `needle`, or -1. */
ptrdiff_t str_find_str(struct str s, struct str needle);
/* What follows from `from` on, cut to the view. */
struct str str_from_index(struct str s, size_t from);
/* Cuts the part before the first `c` off `*rest` and returns it; without a `c`, all of it. False
 * when `*rest` is spent. */
bool str_next(struct str *rest, char c, struct str *ret_part);
/* Whole view as a decimal number, digits only (one leading '-' for i64). 0, or -EINVAL, or -ERANGE.
 */
int str_to_u64(struct str s, uint64_t *ret_value);
int str_to_i64(struct str s, int64_t *ret_value);
/* NUL-terminated copy on the heap, to be freed with free(). */
char *str_dup_z(struct str s);
