/* What search.c and search_find.c share of how the index is built. */
#pragma once

#include "store/data_search.h"

/* The first number of the time's millisecond. */
int64_t search_doc(int64_t at_us);
/* Appends the term of a room, an author or a hearer, whichever `mark` says. */
void search_id_term(struct buf *out, const char *mark, id64 id);
/* A whisper's texts are borrowed. */
struct message_row search_as_message(const struct whisper_row *w);
