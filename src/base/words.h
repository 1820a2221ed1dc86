/* What a text is found by. It is cut into parts:
 *
 *   words   runs of letters and digits, folded: case, accents, vowel points and forms do not count
 *   dense   each character of a script without blanks between words (Han, Kana, Hangul, Thai, …)
 *   signs   each symbol and emoji, and those of ASCII but plain punctuation
 *
 * and a row of parts makes terms: a word is one; of dense ones each with the next, and the last
 * alone, so that any row of them is found as a phrase; signs are terms of a line as a whole, and
 * those of ASCII in pairs too (`->`, `()`). Where a term stands in the row is its place: phrases
 * are rows of terms, whatever signs stand between.
 *
 * The same text gives the same terms for ever: the tables are our own (tools/gen_words.py), not
 * those of the C library. An index is made of them, and what stands in it is taken out by them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

enum part_kind { PART_WORD, PART_DENSE, PART_SIGN };

#define PART_BYTES 64 /* a longer word counts as far as this */

struct part {
    enum part_kind kind;
    bool glued;      /* follows the part before without a blank between */
    size_t from, to; /* bytes of the text */
    size_t n;
    char term[PART_BYTES]; /* folded; of signs the character itself */
};

/* Cuts the next part off: start with *at = 0. The text is valid UTF-8. False at the end. */
bool words_next(struct str text, size_t *at, struct part *ret);

/* Writes the terms of a text, each after a blank: those with places in their order, then each sign
 * once (sign_term). */
void words_terms(struct buf *out, struct str text);
/* The term that stands for a sign, or for a pair of them in ASCII; `second` 0: alone. Appended. */
void words_sign_term(struct buf *out, struct str first, char second);
/* The term that stands for one dense character, wherever it is. Appended. */
void words_dense_term(struct buf *out, struct str character);

/* What a name is found by, as it is typed and with a slip of the fingers: the beginnings of its
 * words, and what is left of each when one character is missing. */
#define NAME_CHARS 7 /* of a beginning: a slip behind that is no hindrance */
void words_name_terms(struct buf *out, struct str name);
/* A word of what is typed, as alternatives, each after a blank. `loose`: with slips too. */
void words_typed_terms(struct buf *out, struct str word, bool loose);
/* How far `word` (folded) is from a beginning of a word of `name`: 0, or 1 or 2 slips; -1: no
 * match. Short words bear none. */
int words_name_distance(struct str name, struct str word);
