#include "base/check.h"

void *xmalloc(size_t n) {
    void *p = malloc(n ? n : 1);
    CHECK(p);
    return p;
}

void *xcalloc(size_t count, size_t n) {
    void *p = calloc(count ? count : 1, n ? n : 1);
    CHECK(p);
    return p;
}

void *xrealloc(void *p, size_t n) {
    p = realloc(p, n ? n : 1);
    CHECK(p);
    return p;
}

void *try_malloc(size_t n) {
    return malloc(n ? n : 1);
}
