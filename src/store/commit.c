#include "store/commit.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

struct commit *commit_new(uint64_t number, const struct event *events, unsigned n) {
    struct commit *c = xmalloc(sizeof *c + n * sizeof *events);
    atomic_init(&c->refs, 1);
    c->number = number;
    c->n = n;
    memcpy(c->events, events, n * sizeof *events);
    return c;
}

void commit_unref(struct commit **cp) {
    struct commit *c = *cp;
    *cp = NULL;
    if (!c || atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (unsigned i = 0; i < c->n; i++)
        blob_unref(&c->events[i].json);
    free(c);
}
