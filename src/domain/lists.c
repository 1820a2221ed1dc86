#include "domain/lists.h"

#include <sodium.h>
#include <string.h>

#include "base/limits.h"
#include "domain/text.h"

int list_limit(int asked, int usual, int most) {
    return asked <= 0 ? usual : asked > most ? most : asked;
}

struct str list_query_of(struct op *op, struct str q) {
    q = str_trim(text_cut(op->arena, q, LIMIT_QUERY_CHARS));
    return q.n ? text_fold(op->arena, q) : (struct str){0};
}

struct str list_query(struct run *r) {
    return list_query_of(r->op, r->op->in.list.q);
}

struct str list_id_cursor(struct arena *a, id64 id) {
    char *text = arena_alloc(a, ID_TEXT);
    id_put(id, text);
    return str_make(text, ID_TEXT);
}

/* kind, rank, id and sort key: "<kind>.<rank>.<id>.<hex>" */
struct str list_user_cursor(struct arena *a, const struct user_row *u, int rank) {
    char id[ID_TEXT];
    id_put(u->id, id);
    char *hex = arena_alloc(a, u->sort_key.n * 2 + 1);
    sodium_bin2hex(hex, u->sort_key.n * 2 + 1, (const unsigned char *)u->sort_key.p, u->sort_key.n);
    return arena_printf(a, "%d.%d.%.*s.%s", u->kind, rank, ID_TEXT, id, hex);
}

bool list_user_place(struct run *r, struct user_place *ret) {
    return list_user_place_of(r->op, r->op->in.list.cursor, ret);
}

bool list_user_place_of(struct op *op, struct str cursor, struct user_place *ret) {
    *ret = (struct user_place){0};
    struct str rest = cursor, part;
    if (!rest.p)
        return true;
    int64_t kind, rank;
    size_t n = 0;
    char *key = arena_alloc(op->arena, rest.n + 1);
    if (str_next(&rest, '.', &part) && str_to_i64(part, &kind) == 0 && str_next(&rest, '.', &part)
        && str_to_i64(part, &rank) == 0 && str_next(&rest, '.', &part) && id_parse(part, &ret->id)
        && (rest.n == 0
            || sodium_hex2bin((unsigned char *)key, rest.n, rest.p, rest.n, NULL, &n, NULL) == 0)
        && n * 2 == rest.n && kind >= 0 && kind < USER_KIND_COUNT && rank >= 0 && rank <= 2) {
        ret->kind = (int)kind;
        ret->rank = (int)rank;
        ret->sort_key = str_make(key, n);
        return true;
    }
    op_fail(op, FAIL_CURSOR_INVALID, "cursor", NULL);
    return false;
}

void list_open(struct json *j, struct buf *b) {
    *j = json_into(b);
    json_obj_open(j);
    json_key(j, STR("items"));
    json_arr_open(j);
}

void list_close(struct run *r, struct json *j, struct str next) {
    json_arr_close(j);
    if (next.p) {
        json_key(j, STR("next"));
        json_str(j, next);
    }
    json_obj_close(j);
    r->op->out = blob_take(j->out);
}
