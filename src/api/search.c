/* /search. */
#include "api/api_internal.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "protocol_gen.h"
#include "routes_gen.h"

#define ZONE_MOST 840 /* minutes: Kiribati */

static bool read_text(struct request *r, const char *name, struct op *op, struct str *ret) {
    struct str text;
    if (!request_query(r, str_from(name), &text))
        return true;
    *ret = arena_str(op->arena, text);
    if (utf8_valid(text) && utf8_count(text) <= LIMIT_QUERY_CHARS)
        return true;
    api_refuse(r, FAIL_FIELD_INVALID, name, STR("at most 200 characters of UTF-8 are expected"), 0);
    return false;
}

static bool read_only(struct request *r, struct op *op) {
    struct str text;
    enum SearchKind only = SEARCH_KIND_ALL;
    if (request_query(r, STR("only"), &text) && !search_kind_parse(text, &only)) {
        api_refuse(r, FAIL_FIELD_INVALID, "only", (struct str){0}, 0);
        return false;
    }
    op->in.search.only = only;
    return true;
}

/* A room that can't be is one that nobody may see. */
static bool read_room(struct request *r, struct op *op) {
    struct str text;
    if (!request_query(r, STR("room"), &text) || id_parse(text, &op->in.search.room))
        return true;
    api_refuse(r, FAIL_NOT_FOUND, "room", (struct str){0}, 0);
    return false;
}

void api_search_get(struct request *r) {
    struct op *op = api_op(r, OP_SEARCH);
    int64_t limit, zone;
    if (!read_text(r, "q", op, &op->in.search.q)
        || !read_text(r, "cursor", op, &op->in.search.cursor) || !read_room(r, op)
        || !read_only(r, op) || !api_query_int(r, "limit", 1, LIMIT_LIST, LIST_DEFAULT, &limit)
        || !api_query_int(r, "zone", -ZONE_MOST, ZONE_MOST, 0, &zone)) {
        op_free(&op);
        return;
    }
    if (!op->in.search.q.p) {
        api_refuse(r, FAIL_FIELD_MISSING, "q", (struct str){0}, 0);
        op_free(&op);
        return;
    }
    op->in.search.limit = (int)limit;
    op->in.search.zone_min = (int)zone;
    api_submit(r, op, 200);
}
