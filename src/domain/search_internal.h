/* What the files of the search share: the question (search.c), names (search_names.c), what is
 * shown of a hit (search_snippet.c). */
#pragma once

#include "base/limits.h"
#include "base/words.h"
#include "domain/core.h"
#include "domain/query.h"
#include "store/data_search.h"

/* A part of the query as the index wants it, and as it is marked in what was found. */
struct wanted {
    struct search_term term;
    struct part *parts; /* words and dense characters in a row; without any, the signs */
    size_t n;
};

struct asked {
    struct run *r;
    struct query_item items[LIMIT_SEARCH_ITEMS];
    size_t item_count;
    struct wanted wanted[LIMIT_SEARCH_ITEMS];
    size_t wanted_count;
    size_t terms; /* in all of them */
    id64 *rooms;
    size_t room_count;
    const struct room_row *readable;
    size_t readable_count;
    bool everywhere, only_text;
    bool moderates; /* as an administrator, in what they may moderate */
    int64_t from_us, to_us;
};

/* Words of a name as they are typed; a row of dense characters is one. */
size_t search_name_words(struct arena *arena, struct str text, struct str *words, size_t most);
/* Slips in all; -1: a word is not in the name. */
int search_distance(struct str name, const struct str *words, size_t n);
struct str search_user_names(struct arena *arena, const struct user_row *u);
struct p_user *search_people(struct run *r, const struct str *words, size_t n, size_t *ret_count);
/* One's own by looking at each, for there are few; open ones by the index. */
struct p_found_room *search_rooms(
    struct asked *a, const struct str *words, size_t n, size_t *ret_count);

struct p_found *search_view_hits(struct asked *a, const struct hit_row *hits, size_t n);
