/* A growing row of bytes, owned by whoever embeds it. Aborts when memory is out: bound what a peer
 * controls first. */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct buf {
    char *p;
    size_t n, cap;
};

void buf_fini(struct buf *b);  /* frees; the buffer is empty and usable again */
void buf_clear(struct buf *b); /* empties, keeps the memory */
char *buf_reserve(
    struct buf *b, size_t more); /* room for `more` bytes at the end; returns the end */
void buf_add(struct buf *b, const void *p, size_t n);
void buf_add_str(struct buf *b, struct str s);
void buf_add_char(struct buf *b, char c);
void buf_add_u64(struct buf *b, uint64_t v); /* decimal */
void buf_add_i64(struct buf *b, int64_t v);
void buf_addf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_addvf(struct buf *b, const char *format, va_list ap) __attribute__((format(printf, 2, 0)));
/* Takes `n` bytes off the front. */
void buf_consume(struct buf *b, size_t n);
static inline struct str buf_str(const struct buf *b) {
    return str_make(b->p, b->n);
}
/* Ensures a NUL after the end (not counted) and returns the bytes. */
const char *buf_z(struct buf *b);

#define _cleanup_buf_ __attribute__((cleanup(buf_fini)))
