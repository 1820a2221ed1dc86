/* UTF-8 (RFC 3629): no surrogates, nothing above U+10FFFF, no overlong forms. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* Incremental check across pieces: start with state 0; after the last piece UTF8_OK means whole. */
#define UTF8_OK 0
#define UTF8_BAD 1
uint32_t utf8_feed(uint32_t state, const void *p, size_t n);

bool utf8_valid(struct str s);
/* Code points of valid UTF-8. */
size_t utf8_count(struct str s);
/* Cuts one code point off the front of valid UTF-8; false at the end. */
bool utf8_next(struct str *rest, uint32_t *ret_code);
/* Writes 1 to 4 bytes, returns how many. */
size_t utf8_put(uint32_t code, char out[static 4]);
