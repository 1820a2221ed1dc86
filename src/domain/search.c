/* One box for people, rooms and messages. What may be found is what may be read: the rooms come
 * from domain/access.c before anything is looked for. */
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/utf8.h"
#include "base/words.h"
#include "domain/access.h"
#include "domain/lists.h"
#include "domain/query.h"
#include "domain/text.h"
#include "domain/view.h"
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
    int64_t from_us, to_us;
};

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

/* Words of a name as they are typed; a row of dense characters is one. */
static size_t name_words(struct arena *arena, struct str text, struct str *words, size_t most) {
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

/* Slips in all; -1: a word is not in the name. */
static int distance(struct str name, const struct str *words, size_t n) {
    int sum = 0;
    for (size_t i = 0; i < n; i++) {
        int d = words_name_distance(name, words[i]);
        if (d < 0)
            return -1;
        sum += d;
    }
    return sum;
}

static struct str user_names(struct arena *arena, const struct user_row *u) {
    return arena_printf(arena, "%.*s %.*s", STR_ARG(u->name), STR_ARG(u->display_name));
}

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
    size_t n = ids.n ? 0 : name_words(op->arena, value, words, LIMIT_SEARCH_NAME_WORDS);
    if (n)
        data_search_users(r->tx, words, n, false, LIMIT_SEARCH_AUTHORS, &users);
    for (size_t i = 0; i < users.n; i++) {
        struct user_row *u = (struct user_row *)users.p + i;
        if (distance(user_names(op->arena, u), words, n) == 0)
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
    size_t n = name_words(arena, value, words, LIMIT_SEARCH_NAME_WORDS);
    return n > 0 && distance(room->name, words, n) == 0;
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
    if (room && !access_room(r, room, ACT_READ, &access))
        return false;
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
    if (a->item_count == 0)
        op_fail(op, FAIL_QUERY_EMPTY, "q", NULL);
    else if (a->terms > LIMIT_SEARCH_TERMS)
        op_fail(op, FAIL_QUERY_TOO_LONG, "q", "at most %d words", LIMIT_SEARCH_TERMS);
    return op->fail == FAIL_NONE;
}

/* --- names */

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

static struct p_user *find_people(
    struct run *r, const struct str *words, size_t n, size_t *ret_count) {
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
        int d = distance(user_names(op->arena, &user[i]), words, n);
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

/* One's own by looking at each, for there are few; open ones by the index. */
static struct p_found_room *find_named_rooms(
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
        int d = distance(one->name, words, n);
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

/* --- what was found, with what it was found by marked */

#define SNIPPET_BEFORE 60 /* bytes before the first mark, where the text is cut */
#define SNIPPET_WHOLE 360
#define SNIPPET_PARTS 2000 /* of a text that are looked at */

static bool is_same(const struct part *want, const struct part *p, bool begins) {
    return want->kind == p->kind && (begins ? want->n <= p->n : want->n == p->n)
        && memcmp(want->term, p->term, want->n) == 0;
}

struct marks {
    bool *on; /* by byte of the text */
    size_t first;
};

/* Wherever `w` stands among the parts. */
static void mark(struct marks *m, const struct wanted *w, const struct part *parts, size_t n) {
    if (w->term.exclude || !w->n)
        return;
    for (size_t i = 0; i + w->n <= n; i++) {
        size_t k = 0;
        while (k < w->n
            && is_same(&w->parts[k], &parts[i + k],
                w->term.begins && k + 1 == w->n && w->parts[k].kind == PART_WORD))
            k++;
        if (k < w->n)
            continue;
        memset(m->on + parts[i].from, true, parts[i + k - 1].to - parts[i].from);
        if (parts[i].from < m->first)
            m->first = parts[i].from;
    }
}

static bool starts_character(struct str text, size_t at) {
    return at >= text.n || ((unsigned char)text.p[at] & 0xc0) != 0x80;
}

/* A piece around the first mark, cut at blanks where there are any near. */
static void window(struct str text, size_t first, size_t *ret_from, size_t *ret_to) {
    size_t from = 0, to = text.n;
    if (text.n > SNIPPET_WHOLE && first > SNIPPET_BEFORE && first < text.n) {
        from = first - SNIPPET_BEFORE;
        for (size_t i = from; i < first; i++)
            if (text.p[i] == ' ' || text.p[i] == '\n') {
                from = i + 1;
                break;
            }
    }
    while (!starts_character(text, from))
        from++;
    if (to - from > SNIPPET_WHOLE)
        to = from + SNIPPET_WHOLE;
    while (!starts_character(text, to))
        to--;
    *ret_from = from;
    *ret_to = to;
}

static void add_piece(
    struct arena *a, struct p_found *f, struct p_found_part *pieces, struct str text, bool hit) {
    (void)a;
    if (text.n)
        pieces[f->parts_count++] = (struct p_found_part){.text = text, .hit = hit};
}

static void snippet(struct asked *a, const struct message_row *m, struct p_found *f) {
    struct arena *arena = a->r->op->arena;
    struct rows parts = {0}, signs = {0};
    struct part p;
    size_t from, to;
    for (size_t at = 0; parts.n + signs.n < SNIPPET_PARTS && words_next(m->text, &at, &p);)
        *(struct part *)rows_add(p.kind == PART_SIGN ? &signs : &parts, arena, sizeof p) = p;
    struct marks marks = {.on = arena_alloc(arena, m->text.n + 1), .first = m->text.n};
    for (size_t i = 0; i < a->wanted_count; i++) {
        const struct wanted *w = &a->wanted[i];
        struct rows *among = w->n && w->parts[0].kind == PART_SIGN ? &signs : &parts;
        mark(&marks, w, among->p, among->n);
    }
    window(m->text, marks.first, &from, &to);
    struct p_found_part *pieces = arena_new_n(arena, struct p_found_part, to - from + 3);
    add_piece(arena, f, pieces, from > 0 ? STR("…") : STR(""), false);
    for (size_t at = from; at < to;) {
        size_t end = at;
        while (end < to && marks.on[end] == marks.on[at])
            end++;
        add_piece(arena, f, pieces, str_make(m->text.p + at, end - at), marks.on[at]);
        at = end;
    }
    add_piece(arena, f, pieces, to < m->text.n ? STR("…") : STR(""), false);
    f->parts = pieces;
}

static struct p_found *view_hits(struct asked *a, const struct hit_row *hits, size_t n) {
    struct arena *arena = a->r->op->arena;
    struct p_found *found = arena_new_n(arena, struct p_found, n + 1);
    for (size_t i = 0; i < n; i++) {
        const struct message_row *m = &hits[i].line.message;
        struct p_user *user = arena_new_of(arena, struct p_user);
        *user = view_user(&hits[i].line.author);
        found[i] = (struct p_found){.id = m->id,
            .room = m->room,
            .seq = m->seq,
            .at = m->at_us / 1000,
            .user = user,
            .whisper = hits[i].whisper};
        snippet(a, m, &found[i]);
    }
    return found;
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
    size_t n = name_words(op->arena, op->in.search.q, words, LIMIT_SEARCH_NAME_WORDS);
    if (!n)
        return;
    if (op->in.search.only != SEARCH_KIND_ROOMS)
        out->people = find_people(a->r, words, n, &out->people_count);
    if (op->in.search.only != SEARCH_KIND_PEOPLE)
        out->rooms = find_named_rooms(a, words, n, &out->rooms_count);
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
    if (!a->room_count || (!a->wanted_count && !limits_time && a->everywhere))
        return true;
    struct search_term *terms = arena_new_n(op->arena, struct search_term, a->wanted_count + 1);
    for (size_t i = 0; i < a->wanted_count; i++)
        terms[i] = a->wanted[i].term;
    int limit = list_limit(op->in.search.limit, LIST_DEFAULT, LIMIT_LIST);
    data_search(a->r->tx,
        &(struct search){.terms = terms,
            .n = a->wanted_count,
            .user = op->who.user,
            .rooms = a->rooms,
            .room_count = a->room_count,
            .everywhere = a->everywhere,
            .from_us = a->from_us,
            .to_us = a->to_us,
            .before = before,
            .deadline_mono_us = clock_mono_us() + LIMIT_SEARCH_MS * 1000},
        limit + 1, &hits);
    const struct hit_row *hit = hits.p;
    out->messages_count = hits.n > (size_t)limit ? (size_t)limit : hits.n;
    out->messages = view_hits(a, hit, out->messages_count);
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
