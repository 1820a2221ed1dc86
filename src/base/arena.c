/* Pieces are cut from chunks of 4 KB (larger ones get a chunk of their own). Under AddressSanitizer
 * every piece is a chunk of its own exact size, so that one byte too far is seen. */
#include "base/arena.h"

#include <stdarg.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"

#define CHUNK_BYTES 4096

#if defined(__SANITIZE_ADDRESS__)
#define PIECE_PER_CHUNK 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PIECE_PER_CHUNK 1
#endif
#endif
#ifndef PIECE_PER_CHUNK
#define PIECE_PER_CHUNK 0
#endif

struct chunk {
    struct chunk *next;
    alignas(max_align_t) char p[];
};

struct arena {
    struct chunk *chunks;
    char *at, *end; /* free part of the newest chunk */
    size_t used;
};

struct arena *arena_new(void) {
    return xcalloc(1, sizeof(struct arena));
}

void arena_free(struct arena **a) {
    struct arena *arena = *a;
    *a = NULL;
    if (!arena)
        return;
    for (struct chunk *c = arena->chunks, *next; c; c = next) {
        next = c->next;
        free(c);
    }
    free(arena);
}

static char *chunk_add(struct arena *a, size_t n) {
    struct chunk *c = xmalloc(sizeof *c + n);
    c->next = a->chunks;
    a->chunks = c;
    return c->p;
}

void *arena_alloc(struct arena *a, size_t n) {
    size_t align = alignof(max_align_t);
    CHECK(n < SIZE_MAX - CHUNK_BYTES);
    a->used += n;
    if (PIECE_PER_CHUNK)
        return memset(chunk_add(a, n), 0, n);
    size_t rounded = (n + align - 1) & ~(align - 1);
    if (rounded > CHUNK_BYTES / 4)
        return memset(chunk_add(a, rounded), 0, rounded);
    if (!a->at || (size_t)(a->end - a->at) < rounded) {
        a->at = chunk_add(a, CHUNK_BYTES);
        a->end = a->at + CHUNK_BYTES;
    }
    char *p = a->at;
    a->at += rounded;
    return memset(p, 0, rounded);
}

struct str arena_str(struct arena *a, struct str s) {
    char *p = arena_alloc(a, s.n + 1);
    if (s.n)
        memcpy(p, s.p, s.n);
    return str_make(p, s.n);
}

struct str arena_printf(struct arena *a, const char *format, ...) {
    va_list ap, again;
    va_start(ap, format);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, format, ap);
    va_end(ap);
    CHECK(n >= 0);
    char *p = arena_alloc(a, (size_t)n + 1);
    vsnprintf(p, (size_t)n + 1, format, again);
    va_end(again);
    return str_make(p, (size_t)n);
}

size_t arena_used(const struct arena *a) {
    return a->used;
}
