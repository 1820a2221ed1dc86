/* Queries that only administrators may ask: what is wrong with them is told to those alone. */
#pragma once

#include "api/api_internal.h"

/* .p NULL: not given, or wrong. `name` is a literal. */
struct str admin_query_text(struct request *r, struct op *op, const char *name);
int admin_query_limit(struct request *r, struct op *op, int most, int otherwise);
