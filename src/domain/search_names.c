/* People and rooms by their names, as they are typed and with a slip of the fingers. */
#include "base/map.h"
#include "domain/search_internal.h"
#include "domain/view.h"

size_t search_name_words(struct arena *arena, struct str text, struct str *words, size_t most) {
    struct part p;
    size_t n = 0;
    bool row = false;
    for (size_t at = 0; words_next(text, &at, &p);) {
        struct str term = arena_str(arena, str_make(p.term, p.n));
        if (p.kind == PART_SIGN) {
            row = false;
            continue;
        }
        if (row && p.kind == PART_DENSE && p.glued) {
            struct str *last = &words[n - 1];
            *last = arena_printf(arena, "%.*s%.*s", STR_ARG(*last), STR_ARG(term));
            continue;
        }
        if (n == most)
            return n;
        words[n++] = term;
        row = p.kind == PART_DENSE;
    }
    return n;
}

int search_distance(struct str name, const struct str *words, size_t n) {
    int sum = 0;
    for (size_t i = 0; i < n; i++) {
        int d = words_name_distance(name, words[i]);
        if (d < 0)
            return -1;
        sum += d;
    }
    return sum;
}

struct str search_user_names(struct arena *arena, const struct user_row *u) {
    return arena_printf(arena, "%.*s %.*s", STR_ARG(u->name), STR_ARG(u->display_name));
}

struct found_name {
    int distance, rank;
    size_t at;
};

/* Nearest first, and those of one distance as they came. */
static void place(struct found_name *list, size_t *n, size_t most, struct found_name one) {
    size_t at = *n < most ? (*n)++ : most;
    if (at == most) {
        at--;
        if (list[at].distance < one.distance
            || (list[at].distance == one.distance && list[at].rank <= one.rank))
            return;
    }
    for (; at > 0
         && (list[at - 1].distance > one.distance
             || (list[at - 1].distance == one.distance && list[at - 1].rank > one.rank));
         at--)
        list[at] = list[at - 1];
    list[at] = one;
}

struct p_user *search_people(struct run *r, const struct str *words, size_t n, size_t *ret_count) {
    struct op *op = r->op;
    struct found_name best[LIMIT_SEARCH_NAMES];
    struct rows users = {0};
    *ret_count = 0;
    data_search_users(r->tx, words, n, false, SEARCH_NAMES_LOOKED_AT, &users);
    if (users.n < LIMIT_SEARCH_NAMES) {
        users.n = 0;
        data_search_users(r->tx, words, n, true, SEARCH_NAMES_LOOKED_AT, &users);
    }
    const struct user_row *user = users.p;
    for (size_t i = 0; i < users.n; i++) {
        int d = search_distance(search_user_names(op->arena, &user[i]), words, n);
        if (d >= 0)
            place(best, ret_count, LIMIT_SEARCH_NAMES,
                (struct found_name){.distance = d,
                    .rank = (user[i].kind != USER_KIND_PERSON) * 2
                        + !(n == 1 && str_eq(user[i].name, words[0])),
                    .at = i});
    }
    struct p_user *people = arena_new_n(op->arena, struct p_user, *ret_count + 1);
    for (size_t i = 0; i < *ret_count; i++)
        people[i] = view_user(&user[best[i].at]);
    return people;
}

struct p_found_room *search_rooms(
    struct asked *a, const struct str *words, size_t n, size_t *ret_count) {
    struct run *r = a->r;
    struct found_name best[LIMIT_SEARCH_NAMES];
    struct rows rows = {0};
    *ret_count = 0;
    data_search_rooms(r->tx, words, n, false, SEARCH_NAMES_LOOKED_AT, &rows);
    if (rows.n < LIMIT_SEARCH_NAMES) {
        rows.n = 0;
        data_search_rooms(r->tx, words, n, true, SEARCH_NAMES_LOOKED_AT, &rows);
    }
    const struct room_row *room = rows.p;
    struct map mine = {0};
    for (size_t i = 0; i < a->readable_count; i++)
        map_put(&mine, (uint64_t)a->readable[i].id, a);
    for (size_t i = 0; i < rows.n + a->readable_count; i++) {
        const struct room_row *one = i < rows.n ? &room[i] : &a->readable[i - rows.n];
        bool is_mine = i >= rows.n || map_get(&mine, (uint64_t)one->id);
        if (one->kind == ROOM_KIND_DIRECT || (i < rows.n && is_mine))
            continue; /* people stand for themselves; one's own come as such */
        int d = search_distance(one->name, words, n);
        if (d >= 0)
            place(best, ret_count, LIMIT_SEARCH_NAMES,
                (struct found_name){.distance = d, .rank = !is_mine, .at = i});
    }
    map_fini(&mine);
    struct p_found_room *found = arena_new_n(r->op->arena, struct p_found_room, *ret_count + 1);
    size_t kept = 0;
    for (size_t i = 0; i < *ret_count; i++) {
        struct room_row whole;
        bool is_mine = best[i].at >= rows.n;
        if (is_mine && !data_room_get(r->tx, a->readable[best[i].at - rows.n].id, &whole))
            continue;
        struct p_room *view = arena_new_of(r->op->arena, struct p_room);
        *view = view_room(is_mine ? &whole : &room[best[i].at]);
        found[kept++] = (struct p_found_room){.room = view, .member = is_mine};
    }
    *ret_count = kept;
    return found;
}
