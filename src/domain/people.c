/* People: finding them, and when they were last there. */
#include "base/limits.h"
#include "base/map.h"
#include "domain/core.h"
#include "domain/lists.h"
#include "domain/view.h"

void run_users_list(struct run *r) {
    struct op *op = r->op;
    struct user_place after;
    if (!list_user_place(r, &after))
        return;
    int limit = list_limit(op->in.list.limit, LIST_DEFAULT, LIMIT_LIST);
    struct rows users = {0}, ranks = {0};
    data_users_list(r->tx, list_query(r), &after, limit + 1, &users, &ranks);
    const struct user_row *row = users.p;
    struct str next = {0};
    struct buf b = {0};
    struct json j;
    list_open(&j, &b);
    for (int i = 0; i < (int)users.n && i < limit; i++) {
        struct p_user u = view_user(&row[i]);
        p_user_put(&j, &u);
    }
    if ((int)users.n > limit)
        next = list_user_cursor(op->arena, &row[limit - 1], ((int *)ranks.p)[limit - 1]);
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
