/* Calling people by name in a message: @name, @here, @everyone.
 *
 * What is a mention is a rule of the text alone, and the web client marks by the same one (shared
 * cases: tests/fixtures/mentions.json): an @ that does not stand right behind a letter or digit of
 * ASCII or one of . - + / @ \, and behind it the longest row of A-Z a-z 0-9 . _ - without the . _ -
 * at its end, of 2 to LIMIT_NAME_CHARS, with no @ following. Not in code (between backticks, in
 * fences) and not in addresses of pages.
 *
 * Whom it calls is the domain's: accounts of that handle; @here and @everyone the members of a
 * group or an open room, where the author may (ACT_CALL_ALL). Whoever is not in the room hears
 * nothing of it. */
#pragma once

#include "domain/access.h"

/* The names in the text, folded, each once, in their order; at most LIMIT_MENTIONS. struct str in
 * the arena. */
void mentions_scan(struct arena *arena, struct str text, struct rows *ret);
/* Whom the text calls, as message_row.mentions has it; .p NULL: nobody. Reads alone. */
struct str mentions_of(struct run *r, const struct access_row *a, struct str text);
/* A line that is stored calls these from now on, instead of those it called before (m->mentions).
 */
void mentions_set(struct run *r, struct message_row *m, struct str mentions);
/* The same for readers; NULL: nobody. */
const struct p_mention *mentions_view(struct arena *arena, struct str mentions, size_t *ret_n);
