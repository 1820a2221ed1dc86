/* Emoji (UTS #51): what is one, in the one form in which it is compared and kept. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/limits.h"
#include "base/str.h"

/* The fully qualified form of one emoji: U+FE0F wherever a character would else be shown as text,
 * and nowhere else. Sequences that no font knows pass, if they are made as emoji are. False: `s` is
 * no emoji, more than one, or longer than LIMIT_EMOJI_BYTES. */
bool emoji_normal(struct str s, char out[static LIMIT_EMOJI_BYTES], size_t *ret_n);
