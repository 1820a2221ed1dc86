/* Lists that page by cursor: an opaque text that says where the page before ended. Inside
 * src/domain only. */
#pragma once

#include "domain/core.h"

/* The limit that was asked for, within bounds. */
int list_limit(int asked, int usual, int most);
/* Folded query, p NULL when there is none. */
struct str list_query(struct run *r);
struct str list_query_of(struct op *op, struct str q);
/* False: said no (cursor_invalid). Without a cursor `*ret` is the start. */
bool list_user_place(struct run *r, struct user_place *ret);
bool list_user_place_of(struct op *op, struct str cursor, struct user_place *ret);
struct str list_id_cursor(struct arena *a, id64 id);
struct str list_user_cursor(struct arena *a, const struct user_row *u, int rank);

/* {"items": [ … then items … list_close writes the rest */
void list_open(struct json *j, struct buf *b);
void list_close(
    struct run *r, struct json *j, struct str next); /* into op->out; next.p NULL: the last page */
