/* Immutable bytes with a count of references: what crosses threads and stands in many queues. Any
 * thread. */
#pragma once

#include <stdatomic.h>
#include <stddef.h>

#include "base/str.h"

struct blob {
    atomic_uint refs;
    uint32_t n;
    char p[];
};

struct blob *blob_new(struct str bytes);
/* Unfilled, to be filled by its maker before anyone else sees it. */
struct blob *blob_new_uninit(size_t n);
static inline struct blob *blob_ref(struct blob *b) {
    atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
    return b;
}
/* Many at once: fan-out counts once. */
static inline void blob_ref_n(struct blob *b, unsigned n) {
    atomic_fetch_add_explicit(&b->refs, n, memory_order_relaxed);
}
void blob_unref(struct blob **b); /* accepts NULL, nulls */
static inline struct str blob_str(const struct blob *b) {
    return b ? str_make(b->p, b->n) : (struct str){0};
}
