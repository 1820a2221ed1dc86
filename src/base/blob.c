#include "base/blob.h"

#include <stdlib.h>

#include "base/check.h"

struct blob *blob_new_uninit(size_t n) {
    CHECK(n <= UINT32_MAX);
    struct blob *b = xmalloc(sizeof *b + n);
    atomic_init(&b->refs, 1);
    b->n = (uint32_t)n;
    return b;
}

struct blob *blob_new(struct str bytes) {
    struct blob *b = blob_new_uninit(bytes.n);
    if (bytes.n)
        memcpy(b->p, bytes.p, bytes.n);
    return b;
}

void blob_unref(struct blob **b) {
    struct blob *blob = *b;
    *b = NULL;
    if (blob && atomic_fetch_sub_explicit(&blob->refs, 1, memory_order_acq_rel) == 1)
        free(blob);
}
