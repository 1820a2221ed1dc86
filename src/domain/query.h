/* What people type into the search box:
 *
 *   words and "rows of words", the last one perhaps not whole yet; -what they do not want;
 *   from:ann  in:garden  before:2026-03-01  after:2026  has:link
 *
 * A word with a colon that is none of these is a word: 12:30, https://… */
#pragma once

#include "domain/op.h"

enum query_kind { QUERY_TEXT, QUERY_FROM, QUERY_IN, QUERY_BEFORE, QUERY_AFTER, QUERY_HAS };

struct query_item {
    enum query_kind kind;
    bool exclude;
    bool begins;      /* text that is still being typed: the last word may go on */
    struct str value; /* a view of the query */
    size_t at;        /* which character of the query it starts with, from 1 */
};

/* Reads up to LIMIT_SEARCH_ITEMS. False: said no. */
bool query_parse(struct op *op, struct str q, struct query_item *items, size_t *ret_n);
/* The day, month or year that `value` names, as from <= time < to, for readers who are `zone_s`
 * east of UTC. False: it names none. */
bool query_time(struct str value, int64_t zone_s, int64_t *ret_from_us, int64_t *ret_to_us);
