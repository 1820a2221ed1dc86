/* Asserts against programmers' errors: stay on in release, can't be reached by a peer's bytes. */
#pragma once

#include <stdio.h>
#include <stdlib.h>

#define CHECK(cond)                                                                  \
    do {                                                                             \
        if (__builtin_expect(!(cond), 0)) {                                          \
            fprintf(stderr, "%s:%d: check failed: %s\n", __FILE__, __LINE__, #cond); \
            abort();                                                                 \
        }                                                                            \
    } while (0)

/* malloc and friends for small sizes of our own choice: abort when memory is out. */
void *xmalloc(size_t n) __attribute__((malloc));
void *xcalloc(size_t count, size_t n) __attribute__((malloc));
void *xrealloc(void *p, size_t n);
/* For sizes that a peer had a say in: NULL when memory is out. */
void *try_malloc(size_t n) __attribute__((malloc, warn_unused_result));
