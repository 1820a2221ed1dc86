/* One box for people, rooms and messages. What may be found is what may be read: the rooms come
 * from domain/access.c before anything is looked for. */
#include <string.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/utf8.h"
#include "domain/access.h"
#include "domain/lists.h"
#include "domain/search_internal.h"
#include "domain/text.h"
#include "domain/view.h"

static bool refuse(
    struct asked *a, const struct query_item *item, enum fail fail, const char *words) {
    struct str shown = text_cut(a->r->op->arena, item->value, 40);
    op_fail(a->r->op, fail, "q", "character %zu: %s \"%.*s\"", item->at, words, STR_ARG(shown));
    return false;
}

/* --- text */

static struct str *term_add(struct asked *a, struct rows *terms, struct buf *b) {
    struct str *term = rows_add(terms, a->r->op->arena, sizeof *term);
    *term = arena_str(a->r->op->arena, buf_str(b));
    buf_clear(b);
    a->terms++;
    return term;
}

/* Terms of words and dense characters in their order: as base/words.h makes them of a line, but
 * that the end of a dense row says nothing of what comes after it. */
static void phrase_terms(
    struct asked *a, struct wanted *w, struct rows *phrase, struct rows *signs, bool begins) {
    _cleanup_buf_ struct buf b = {0};
    for (size_t i = 0; i < w->n; i++) {
        const struct part *p = &w->parts[i], *next = i + 1 < w->n ? p + 1 : NULL;
        bool dense = p->kind == PART_DENSE;
        bool goes_on = dense && next && next->kind == PART_DENSE && next->glued;
        bool row_before = dense && i > 0 && p->glued && w->parts[i - 1].kind == PART_DENSE;
        if (dense && !goes_on && !next && row_before)
            continue;
        if (dense && w->n == 1) {
            words_dense_term(&b, str_make(p->term, p->n));
            term_add(a, signs, &b);
            continue;
        }
        buf_add(&b, p->term, p->n);
        if (goes_on)
            buf_add(&b, next->term, next->n);
        term_add(a, phrase, &b);
        if (dense && !next)
            w->term.begins = true; /* whatever it stands before */
    }
    const struct part *last = w->n ? &w->parts[w->n - 1] : NULL;
    if (begins && last && last->kind == PART_WORD
        && utf8_count(str_make(last->term, last->n)) >= LIMIT_SEARCH_BEGINS_CHARS)
        w->term.begins = true;
}

static bool is_plain_sign(const struct part *p) {
    _cleanup_buf_ struct buf b = {0};
    words_terms(&b, str_make(p->term, p->n));
    return b.n == 0;
}

/* Words become a phrase, signs stand for themselves. False: there is nothing in it to look for. */
static bool read_text(struct asked *a, const struct query_item *item, struct wanted *w) {
    struct arena *arena = a->r->op->arena;
    struct rows parts = {0}, sign_parts = {0}, phrase = {0}, signs = {0};
    struct part now, before = {.kind = PART_WORD};
    _cleanup_buf_ struct buf b = {0};
    bool begins = item->begins;
    *w = (struct wanted){.term = {.kind = SEARCH_TEXT, .exclude = item->exclude}};
    for (size_t at = 0; words_next(item->value, &at, &now); before = now) {
        if (now.kind != PART_SIGN) {
            *(struct part *)rows_add(&parts, arena, sizeof now) = now;
            begins = item->begins;
            continue;
        }
        begins = false; /* the word before it is whole */
        *(struct part *)rows_add(&sign_parts, arena, sizeof now) = now;
        if (!is_plain_sign(&now)) {
            words_sign_term(&b, str_make(now.term, now.n), 0);
            term_add(a, &signs, &b);
        }
        if (before.kind == PART_SIGN && now.glued && before.n == 1 && now.n == 1) {
            words_sign_term(&b, str_make(before.term, 1), now.term[0]);
            term_add(a, &signs, &b);
        }
    }
    w->parts = parts.p;
    w->n = parts.n;
    phrase_terms(a, w, &phrase, &signs, begins);
    w->term.terms = phrase.p;
    w->term.n = phrase.n;
    w->term.signs = signs.p;
    w->term.sign_count = signs.n;
    if (!w->n) {
        w->parts = sign_parts.p;
        w->n = sign_parts.n;
    }
    return phrase.n + signs.n > 0;
}

/* --- people and places */

static struct str without(struct str value, const char *marks) {
    return value.n && strchr(marks, value.p[0]) ? str_from_index(value, 1) : value;
}

/* By handle, of accounts and of imported people alike; or else all whose names begin so. */
static bool read_from(struct asked *a, const struct query_item *item, struct wanted *w) {
    struct run *r = a->r;
    struct op *op = r->op;
    struct rows ids = {0}, users = {0};
    struct user_row user;
    struct str hash, words[LIMIT_SEARCH_NAME_WORDS], value = without(item->value, "@"),
                                                     name = text_fold(op->arena, value);
    if (str_eq(name, STR("me")))
        *(id64 *)rows_add(&ids, op->arena, sizeof(id64)) = op->who.user;
    else {
        if (value.n && data_user_by_name(r->tx, name, &user, &hash))
            *(id64 *)rows_add(&ids, op->arena, sizeof(id64)) = user.id;
        if (value.n
            && data_user_by_name(
                r->tx, arena_printf(op->arena, "~%.*s", STR_ARG(value)), &user, &hash))
            *(id64 *)rows_add(&ids, op->arena, sizeof(id64)) = user.id;
    }
    size_t n = ids.n ? 0 : search_name_words(op->arena, value, words, LIMIT_SEARCH_NAME_WORDS);
    if (n)
        data_search_users(r->tx, words, n, false, LIMIT_SEARCH_AUTHORS, &users);
    for (size_t i = 0; i < users.n; i++) {
        struct user_row *u = (struct user_row *)users.p + i;
        if (search_distance(search_user_names(op->arena, u), words, n) == 0)
            *(id64 *)rows_add(&ids, op->arena, sizeof(id64)) = u->id;
    }
    if (!ids.n)
        return refuse(a, item, FAIL_QUERY_PERSON, "nobody has a name like");
    *w = (struct wanted){
        .term = {.kind = SEARCH_AUTHOR, .exclude = item->exclude, .ids = ids.p, .id_count = ids.n}};
    a->terms += ids.n;
    return true;
}

/* The room with somebody; 0: there is none. */
static id64 direct_with(struct asked *a, struct str value) {
    struct op *op = a->r->op;
    struct user_row user;
    struct str hash;
    id64 me = op->who.user;
    if (!value.n || !data_user_by_name(a->r->tx, text_fold(op->arena, value), &user, &hash))
        return 0;
    for (size_t i = 0; i < a->readable_count; i++) {
        const struct room_row *room = &a->readable[i];
        if (room->low && (room->low == me ? room->high : room->low) == user.id)
            return room->id;
    }
    return 0;
}

static bool is_named(
    struct asked *a, const struct room_row *room, struct str value, bool whole, id64 direct) {
    struct str words[LIMIT_SEARCH_NAME_WORDS];
    struct arena *arena = a->r->op->arena;
    if (direct && room->id == direct)
        return true;
    if (!room->name.p || room->low)
        return false;
    if (whole)
        return str_eq(text_fold(arena, room->name), text_fold(arena, value));
    size_t n = search_name_words(arena, value, words, LIMIT_SEARCH_NAME_WORDS);
    return n > 0 && search_distance(room->name, words, n) == 0;
}

/* Keeps those rooms, or drops them. Whole names first; or else all that begin so. */
static bool read_in(struct asked *a, const struct query_item *item) {
    struct str value = without(item->value, "#@");
    id64 direct = direct_with(a, value);
    struct map named = {0};
    for (int whole = 1; whole >= 0 && named.count == 0; whole--)
        for (size_t i = 0; i < a->readable_count; i++)
            if (is_named(a, &a->readable[i], value, whole, direct))
                map_put(&named, (uint64_t)a->readable[i].id, a);
    size_t kept = 0, found = named.count;
    for (size_t i = 0; i < a->room_count; i++)
        if ((map_get(&named, (uint64_t)a->rooms[i]) != NULL) != item->exclude)
            a->rooms[kept++] = a->rooms[i];
    map_fini(&named);
    a->room_count = kept;
    a->everywhere = false;
    return found || refuse(a, item, FAIL_QUERY_ROOM, "you are in no room with a name like");
}

static bool read_time(struct asked *a, const struct query_item *item) {
    int64_t from, to, zone_s = a->r->op->in.search.zone_min * 60;
    if (item->exclude || !query_time(item->value, zone_s, &from, &to))
        return refuse(a, item, FAIL_QUERY_DATE, "a day like 2026-03-01, a month or a year, not");
    if (item->kind == QUERY_BEFORE && from < a->to_us)
        a->to_us = from;
    if (item->kind == QUERY_AFTER && to > a->from_us)
        a->from_us = to;
    return true;
}

static bool read_has(struct asked *a, const struct query_item *item, struct wanted *w) {
    if (!str_eq_nocase(item->value, STR("link")))
        return refuse(a, item, FAIL_QUERY_HAS, "only has:link is known, not");
    *w = (struct wanted){.term = {.kind = SEARCH_LINK, .exclude = item->exclude}};
    return true;
}

static bool read_item(struct asked *a, const struct query_item *item) {
    struct wanted *w = &a->wanted[a->wanted_count];
    switch (item->kind) {
    case QUERY_IN:
        return read_in(a, item);
    case QUERY_BEFORE:
    case QUERY_AFTER:
        return read_time(a, item);
    case QUERY_TEXT:
        a->wanted_count += read_text(a, item, w);
        return true;
    case QUERY_FROM:
        if (!read_from(a, item, w))
            return false;
        break;
    case QUERY_HAS:
        if (!read_has(a, item, w))
            return false;
        break;
    }
    a->wanted_count++;
    return true;
}

/* Where to look: the room that is named by its id, or all that may be read. */
static bool find_rooms(struct asked *a) {
    struct run *r = a->r;
    struct rows rows = {0};
    struct access_row access;
    id64 room = r->op->in.search.room;
    if (room && !access_room(r, room, a->moderates ? ACT_MODERATE : ACT_READ, &access))
        return false;
    if (a->moderates)
        access_moderated(r, &rows);
    else
        access_readable(r, &rows);
    a->readable = rows.p;
    a->readable_count = rows.n;
    a->rooms = arena_new_n(r->op->arena, id64, rows.n + 1);
    for (size_t i = 0; i < rows.n; i++)
        if (!room || a->readable[i].id == room)
            a->rooms[a->room_count++] = a->readable[i].id;
    a->everywhere = !room;
    return true;
}

static bool read_query(struct asked *a) {
    struct op *op = a->r->op;
    if (!query_parse(op, op->in.search.q, a->items, &a->item_count) || !find_rooms(a))
        return false;
    a->to_us = INT64_MAX;
    a->only_text = true;
    for (size_t i = 0; i < a->item_count; i++) {
        a->only_text = a->only_text && a->items[i].kind == QUERY_TEXT && !a->items[i].exclude;
        if (!read_item(a, &a->items[i]))
            return false;
    }
    if (a->item_count == 0 && !a->moderates)
        op_fail(op, FAIL_QUERY_EMPTY, "q", NULL);
    else if (a->terms > LIMIT_SEARCH_TERMS)
        op_fail(op, FAIL_QUERY_TOO_LONG, "q", "at most %d words", LIMIT_SEARCH_TERMS);
    return op->fail == FAIL_NONE;
}

/* --- all of it */

static bool may_ask(struct run *r) {
    id64 user = r->op->who.user;
    int wait = r->domain->config.rate_limits
        ? limit_take(r->domain->search, str_make((const char *)&user, sizeof user))
        : 0;
    if (wait == 0)
        return true;
    op_fail(r->op, FAIL_RATE_LIMITED, NULL, NULL);
    r->op->retry_after = wait;
    return false;
}

static void find_names(struct asked *a, struct p_search *out) {
    struct op *op = a->r->op;
    struct str words[LIMIT_SEARCH_NAME_WORDS];
    if (!a->only_text || op->in.search.room || op->in.search.cursor.p)
        return;
    size_t n = search_name_words(op->arena, op->in.search.q, words, LIMIT_SEARCH_NAME_WORDS);
    if (!n)
        return;
    if (op->in.search.only != SEARCH_KIND_ROOMS)
        out->people = search_people(a->r, words, n, &out->people_count);
    if (op->in.search.only != SEARCH_KIND_PEOPLE)
        out->rooms = search_rooms(a, words, n, &out->rooms_count);
}

static bool find_messages(struct asked *a, struct p_search *out) {
    struct op *op = a->r->op;
    struct rows hits = {0};
    int64_t before = 0;
    if (op->in.search.cursor.p && (str_to_i64(op->in.search.cursor, &before) < 0 || before <= 0)) {
        op_fail(op, FAIL_CURSOR_INVALID, "cursor", NULL);
        return false;
    }
    bool limits_time = a->from_us > 0 || a->to_us < INT64_MAX;
    bool asks = a->wanted_count || limits_time || !a->everywhere;
    if (!a->room_count || (!asks && !a->moderates))
        return true;
    struct search_term *terms = arena_new_n(op->arena, struct search_term, a->wanted_count + 1);
    for (size_t i = 0; i < a->wanted_count; i++)
        terms[i] = a->wanted[i].term;
    int limit = list_limit(op->in.search.limit, LIST_DEFAULT, LIMIT_LIST);
    data_search(a->r->tx,
        &(struct search){.terms = terms,
            .n = a->wanted_count,
            .user = a->moderates ? 0 : op->who.user,
            .rooms = a->rooms,
            .room_count = a->room_count,
            .everywhere = a->everywhere && asks,
            .from_us = a->from_us,
            .to_us = a->to_us,
            .before = before,
            .deadline_mono_us = clock_mono_us() + LIMIT_SEARCH_MS * 1000},
        limit + 1, &hits);
    const struct hit_row *hit = hits.p;
    out->messages_count = hits.n > (size_t)limit ? (size_t)limit : hits.n;
    out->messages = search_view_hits(a, hit, out->messages_count);
    if (hits.n > (size_t)limit)
        out->next = arena_printf(op->arena, "%lld", (long long)hit[limit - 1].doc);
    return true;
}

void run_search(struct run *r) {
    struct op *op = r->op;
    struct asked *a = arena_new_of(op->arena, struct asked);
    struct p_search out = {0};
    a->r = r;
    if (!may_ask(r) || !read_query(a))
        return;
    if (op->in.search.only != SEARCH_KIND_MESSAGES)
        find_names(a, &out);
    if ((op->in.search.only == SEARCH_KIND_ALL || op->in.search.only == SEARCH_KIND_MESSAGES)
        && !find_messages(a, &out))
        return;
    ANSWER(r, p_search_put, &out);
}

/* Each room once, in the order of the messages. */
static void add_rooms_of_hits(struct run *r, struct p_search *out) {
    struct map known = {0};
    struct p_found_room *found =
        arena_new_n(r->op->arena, struct p_found_room, out->messages_count + 1);
    for (size_t i = 0; i < out->messages_count; i++) {
        struct room_row room;
        id64 id = out->messages[i].room;
        if (map_get(&known, (uint64_t)id) || !data_room_get(r->tx, id, &room))
            continue;
        struct p_room *view = arena_new_of(r->op->arena, struct p_room);
        *view = view_room(&room);
        map_put(&known, (uint64_t)id, view);
        found[out->rooms_count++] = (struct p_found_room){.room = view};
    }
    map_fini(&known);
    out->rooms = found;
}

/* The same box for administrators who look for what must go. */
void run_manage_messages(struct run *r) {
    struct asked *a = arena_new_of(r->op->arena, struct asked);
    struct p_search out = {0};
    a->r = r;
    a->moderates = true;
    if (!access_server(r) || !may_ask(r) || !read_query(a) || !find_messages(a, &out))
        return;
    add_rooms_of_hits(r, &out);
    ANSWER(r, p_search_put, &out);
}
