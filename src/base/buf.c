#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"

void buf_fini(struct buf *b) {
    free(b->p);
    *b = (struct buf){0};
}

void buf_clear(struct buf *b) {
    b->n = 0;
}

char *buf_reserve(struct buf *b, size_t more) {
    size_t need;
    CHECK(!__builtin_add_overflow(b->n, more, &need));
    if (need > b->cap) {
        size_t cap = b->cap ? b->cap : 64;
        while (cap < need)
            CHECK(!__builtin_mul_overflow(cap, 2, &cap));
        b->p = xrealloc(b->p, cap);
        b->cap = cap;
    }
    return b->p + b->n;
}

void buf_add(struct buf *b, const void *p, size_t n) {
    if (n == 0)
        return;
    memcpy(buf_reserve(b, n), p, n);
    b->n += n;
}

void buf_add_str(struct buf *b, struct str s) {
    buf_add(b, s.p, s.n);
}

void buf_add_char(struct buf *b, char c) {
    *buf_reserve(b, 1) = c;
    b->n++;
}

void buf_add_u64(struct buf *b, uint64_t v) {
    char digits[20];
    size_t n = 0;
    do
        digits[sizeof digits - ++n] = (char)('0' + v % 10);
    while (v /= 10);
    buf_add(b, digits + sizeof digits - n, n);
}

void buf_add_i64(struct buf *b, int64_t v) {
    if (v < 0)
        buf_add_char(b, '-');
    buf_add_u64(b, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

void buf_addvf(struct buf *b, const char *format, va_list ap) {
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, format, ap);
    CHECK(n >= 0);
    vsnprintf(buf_reserve(b, (size_t)n + 1), (size_t)n + 1, format, again);
    b->n += (size_t)n;
    va_end(again);
}

void buf_addf(struct buf *b, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    buf_addvf(b, format, ap);
    va_end(ap);
}

void buf_consume(struct buf *b, size_t n) {
    CHECK(n <= b->n);
    b->n -= n;
    if (b->n)
        memmove(b->p, b->p + n, b->n);
}

const char *buf_z(struct buf *b) {
    *buf_reserve(b, 1) = 0;
    return b->p;
}
