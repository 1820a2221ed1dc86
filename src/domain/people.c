/* People: finding them, and when they were last there. */
#include "base/limits.h"
#include "base/map.h"
#include "domain/core.h"
#include "domain/lists.h"
#include "domain/search_internal.h"
#include "domain/view.h"

/* People that are looked at in vain for one page; what is left comes with the next. */
#define USERS_LOOKED_AT 1000

/* One page of those whose names begin as was typed. */
struct named {
    struct run *r;
    struct str words[LIMIT_SEARCH_NAME_WORDS];
    size_t n;
    int rank; /* 0: as typed; 1: nearly so, where nobody's is */
    size_t limit, looked_at;
    struct user_row whole; /* whose handle it is: first of all; id 0: nobody */
    struct rows found;
    struct user_place last; /* of what is on the page, or was looked at */
    bool more;
};

static void add_named(struct named *l, const struct user_row *u, struct user_place place) {
    if (l->found.n == l->limit) {
        l->more = true;
        return;
    }
    *(struct user_row *)rows_add(&l->found, l->r->op->arena, sizeof *u) = *u;
    l->last = place;
}

/* Those of a kind with ids below `before`, newest first. */
static void find_named(struct named *l, int kind, id64 before) {
    struct arena *arena = l->r->op->arena;
    struct rows rows = {0};
    int ask = (int)l->limit + 1;
    do {
        rows.n = 0;
        data_search_users_page(l->r->tx, l->words, l->n, l->rank > 0, kind, before, ask, &rows);
        for (size_t i = 0; i < rows.n && !l->more; i++) {
            const struct user_row *u = (struct user_row *)rows.p + i;
            struct user_place place = {.kind = kind, .rank = l->rank, .id = before = u->id};
            int d = search_distance(search_user_names(arena, u), l->words, l->n);
            if (u->id != l->whole.id && d >= 0 && (d == 0 || l->rank > 0))
                add_named(l, u, place);
            else if (++l->looked_at == USERS_LOOKED_AT) {
                l->last = place;
                l->more = true;
            }
        }
    } while (rows.n == (size_t)ask && !l->more);
}

static void list_named(struct run *r, struct str q, const struct user_place *after) {
    struct op *op = r->op;
    struct named l = {
        .r = r, .limit = (size_t)list_limit(op->in.list.limit, LIST_DEFAULT, LIMIT_LIST)};
    struct user_place start = {.id = INT64_MAX};
    struct str hash, next = {0};
    bool first = !after->sort_key.p;
    struct buf b = {0};
    struct json j;
    if (first)
        after = &start;
    l.rank = after->rank;
    l.n = search_name_words(op->arena, q, l.words, LIMIT_SEARCH_NAME_WORDS);
    if (data_user_by_name(r->tx, q, &l.whole, &hash) && first)
        add_named(&l, &l.whole, start);
    for (int kind = after->kind; l.n && kind < USER_KIND_COUNT && !l.more; kind++)
        find_named(&l, kind, kind == after->kind ? after->id : INT64_MAX);
    l.rank += first && !l.found.n && !l.more;
    for (int kind = 0; l.n && l.rank > after->rank && kind < USER_KIND_COUNT && !l.more; kind++)
        find_named(&l, kind, INT64_MAX);
    list_open(&j, &b);
    for (size_t i = 0; i < l.found.n; i++) {
        struct p_user u = view_user((struct user_row *)l.found.p + i);
        p_user_put(&j, &u);
    }
    if (l.more)
        next = list_user_cursor(op->arena,
            &(struct user_row){.kind = l.last.kind, .id = l.last.id, .sort_key = STR("")},
            l.last.rank);
    list_close(r, &j, next);
}

void run_users_list(struct run *r) {
    struct op *op = r->op;
    struct user_place after;
    struct str q = list_query(r), next = {0};
    if (!list_user_place(r, &after))
        return;
    if (q.p) {
        list_named(r, q, &after);
        return;
    }
    int limit = list_limit(op->in.list.limit, LIST_DEFAULT, LIMIT_LIST);
    struct rows users = {0};
    data_users_list(r->tx, &after, limit + 1, &users);
    const struct user_row *row = users.p;
    struct buf b = {0};
    struct json j;
    list_open(&j, &b);
    for (int i = 0; i < (int)users.n && i < limit; i++) {
        struct p_user u = view_user(&row[i]);
        p_user_put(&j, &u);
    }
    if ((int)users.n > limit)
        next = list_user_cursor(op->arena, &row[limit - 1], 0);
    list_close(r, &j, next);
}

void run_admin_users(struct run *r) {
    run_users_list(r);
}

void run_user_get(struct run *r) {
    struct user_row user;
    if (!data_user_get(r->tx, r->op->in.id, &user)) {
        op_fail(r->op, FAIL_NOT_FOUND, NULL, NULL);
        return;
    }
    struct p_user u = view_user(&user);
    ANSWER(r, p_user_put, &u);
}

void run_last_seen(struct run *r) {
    struct op *op = r->op;
    size_t n = op->in.people.count < LIMIT_WATCH ? op->in.people.count : LIMIT_WATCH;
    struct map apart = {0};
    struct rows ids = {0};
    data_apart(r->tx, op->who.user, &ids);
    for (size_t i = 0; i < ids.n; i++)
        map_put(&apart, (uint64_t)((id64 *)ids.p)[i], r);
    op->apart = arena_new_n(op->arena, bool, op->in.people.count + 1);
    op->last_seen_ms = arena_new_n(op->arena, int64_t, op->in.people.count + 1);
    op->revs = arena_new_n(op->arena, int64_t, op->in.people.count + 1);
    for (size_t i = 0; i < n; i++) {
        struct user_row user;
        op->apart[i] = map_get(&apart, (uint64_t)op->in.people.users[i]) != NULL;
        if (!data_user_get(r->tx, op->in.people.users[i], &user))
            continue;
        op->last_seen_ms[i] = user.last_seen_us / 1000;
        op->revs[i] = user.rev;
    }
    map_fini(&apart);
}
