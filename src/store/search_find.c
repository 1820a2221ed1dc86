/* Questions to the indexes that search.c keeps. */
#include <string.h>

#include "base/map.h"
#include "base/words.h"
#include "store/columns.h"
#include "store/data_search.h"
#include "store/db.h"
#include "store/search_internal.h"

/* Hits among all rooms that are passed over before the person's rooms are asked for by name. */
#define PASSED_OVER_MOST 1500
/* So few are asked for by name at once. */
#define ROOMS_FEW 40
/* Rooms in one question: the index opens a row of numbers for each. */
#define ROOMS_AT_ONCE 400

static void add_phrase(struct buf *b, const struct search_term *t) {
    buf_add_char(b, '"');
    for (size_t i = 0; i < t->n; i++) {
        if (i)
            buf_add_char(b, ' ');
        buf_add_str(b, t->terms[i]);
    }
    buf_add_str(b, t->begins ? STR("\" *") : STR("\""));
}

static void add_text(struct buf *b, const struct search_term *t) {
    buf_add_char(b, '(');
    if (t->n)
        add_phrase(b, t);
    for (size_t i = 0; i < t->sign_count; i++) {
        buf_add_str(b, t->n || i ? STR(" AND \"") : STR("\""));
        buf_add_str(b, t->signs[i]);
        buf_add_char(b, '"');
    }
    buf_add_char(b, ')');
}

/* `heard_by`: or whispers of theirs; 0: none. */
static void add_any(struct buf *b, const char *mark, const id64 *ids, size_t n, id64 heard_by) {
    for (size_t i = 0; i < n; i++) {
        buf_add_str(b, i ? STR(" OR \"") : STR("(\""));
        search_id_term(b, mark, ids[i]);
        buf_add_char(b, '"');
    }
    if (heard_by) {
        search_id_term(b, n ? " OR \"=w" : "(\"=w", heard_by);
        buf_add_char(b, '"');
    }
    buf_add_char(b, ')');
}

static void add_question(struct buf *b, const struct search_term *t) {
    switch (t->kind) {
    case SEARCH_TEXT:
        add_text(b, t);
        break;
    case SEARCH_AUTHOR:
        add_any(b, "=a", t->ids, t->id_count, 0);
        break;
    case SEARCH_LINK:
        buf_add_str(b, STR("\"=l\""));
        break;
    }
}

/* ((what AND where) NOT a) NOT b, of which what or where may be missing. */
static void question(
    struct buf *b, const struct search *s, const id64 *rooms, size_t room_count, id64 heard_by) {
    bool any = room_count > 0;
    buf_add_char(b, '(');
    if (any)
        add_any(b, "=r", rooms, room_count, heard_by);
    for (size_t i = 0; i < s->n; i++)
        if (!s->terms[i].exclude) {
            if (any)
                buf_add_str(b, STR(" AND "));
            add_question(b, &s->terms[i]);
            any = true;
        }
    buf_add_char(b, ')');
    for (size_t i = 0; i < s->n; i++)
        if (s->terms[i].exclude) {
            buf_add_str(b, STR(" NOT "));
            add_question(b, &s->terms[i]);
        }
}

struct finding {
    struct tx *tx;
    const struct search *s;
    struct map rooms;
    size_t limit;
    int64_t from, to; /* docs */
    struct rows *hits;
};

static bool read_hit(struct finding *f, id64 message, struct line_row *ret) {
    struct query q;
    query_open(&q, f->tx,
        "SELECT " LINE_COLUMNS " FROM messages m" LINE_JOINS
        "WHERE m.id = $1 AND m.deleted_at IS NULL AND NOT EXISTS (SELECT 1 FROM hidden h WHERE "
        "h.room_id = m.room_id AND h.user_id = $2 AND h.target = m.seq)",
        "ii", message, f->s->user);
    bool found = query_next(&q);
    if (found)
        read_line(&q, 0, ret);
    query_close(&q);
    return found;
}

/* One that the person said or heard. */
static bool read_whisper_hit(struct finding *f, id64 whisper, struct line_row *ret) {
    struct query q;
    struct whisper_row w;
    query_open(&q, f->tx,
        "SELECT " WHISPER_COLUMNS("w") ", " USER_COLUMNS(
            "a") " FROM whispers w JOIN users a ON a.id = w.author_id WHERE w.id = $1 AND $2 IN "
                 "(w.author_id, w.peer_id) AND w.deleted_at IS NULL",
        "ii", whisper, f->s->user);
    bool found = query_next(&q);
    if (found) {
        *ret = (struct line_row){.message.id = 0};
        read_user(&q, read_whisper(&q, 0, &w), &ret->author);
        ret->message = search_as_message(&w);
    }
    query_close(&q);
    return found;
}

/* In its place; the oldest goes where there are too many. Then only newer ones are looked for. */
static void keep(struct finding *f, struct query *q) {
    struct line_row line;
    int64_t doc = query_int(q, 0), id = query_int(q, 1);
    bool whisper = query_int(q, 3) != 0;
    if (!(whisper ? read_whisper_hit(f, id, &line) : read_hit(f, id, &line)))
        return;
    rows_add(f->hits, f->tx->arena, sizeof(struct hit_row));
    struct hit_row *hit = f->hits->p;
    size_t at = f->hits->n - 1;
    for (; at > 0 && hit[at - 1].doc < doc; at--)
        hit[at] = hit[at - 1];
    hit[at] = (struct hit_row){doc, whisper, line};
    if (f->hits->n > f->limit)
        f->hits->n = f->limit;
    if (f->hits->n == f->limit)
        f->from = hit[f->limit - 1].doc + 1;
}

/* CROSS JOIN: the index leads, for its order is the answer's (SQLite). */
#define HITS                                                                                       \
    "SELECT d.doc, d.message_id, d.room_id, d.whisper FROM search_terms CROSS JOIN search_docs d " \
    "ON "                                                                                          \
    "d.doc = search_terms.rowid WHERE search_terms MATCH $1 AND search_terms.rowid >= $2 AND "     \
    "search_terms.rowid < $3 ORDER BY search_terms.rowid DESC"

/* Among all rooms. False: too many passed over; all from f->to on have been looked at. */
static bool find_everywhere(struct finding *f) {
    _cleanup_buf_ struct buf b = {0};
    struct query q;
    int passed = 0;
    question(&b, f->s, NULL, 0, 0);
    query_open(&q, f->tx, HITS, "sii", buf_str(&b), f->from, f->to);
    while (f->hits->n < f->limit && passed < PASSED_OVER_MOST && query_next(&q)) {
        f->to = query_int(&q, 0);
        if (map_get(&f->rooms, (uint64_t)query_int(&q, 2)))
            keep(f, &q);
        else
            passed++;
    }
    query_close(&q);
    return passed < PASSED_OVER_MOST;
}

static void find_in(struct finding *f, const id64 *rooms, size_t n, id64 heard_by) {
    _cleanup_buf_ struct buf b = {0};
    struct query q;
    question(&b, f->s, rooms, n, heard_by);
    query_open(&q, f->tx, HITS, "sii", buf_str(&b), f->from, f->to);
    /* Whispers come from whatever room. */
    while (query_next(&q) && query_int(&q, 0) >= f->from)
        if (map_get(&f->rooms, (uint64_t)query_int(&q, 2)))
            keep(f, &q);
    query_close(&q);
}

static bool asks_for_anything(const struct search *s) {
    for (size_t i = 0; i < s->n; i++)
        if (!s->terms[i].exclude)
            return true;
    return false;
}

void data_search(struct tx *tx, const struct search *s, int limit, struct rows *ret) {
    struct finding f = {.tx = tx,
        .s = s,
        .limit = (size_t)limit,
        .from = search_doc(s->from_us),
        .to = search_doc(s->to_us),
        .hits = ret};
    if (s->before && s->before < f.to)
        f.to = s->before;
    bool done = false;
    db_deadline(tx->db, s->deadline_mono_us);
    for (size_t i = 0; i < s->room_count; i++)
        map_put(&f.rooms, (uint64_t)s->rooms[i], &f);
    if (s->everywhere && s->room_count > ROOMS_FEW && asks_for_anything(s))
        done = find_everywhere(&f);
    for (size_t at = 0; !done && at < s->room_count && f.from < f.to; at += ROOMS_AT_ONCE) {
        size_t left = s->room_count - at;
        /* Their whispers once, with the first rooms. */
        find_in(&f, s->rooms + at, left < ROOMS_AT_ONCE ? left : ROOMS_AT_ONCE, at ? 0 : s->user);
    }
    map_fini(&f.rooms);
    db_deadline(tx->db, 0);
}

/* Each word as one of its forms, all of them. */
static void name_question(struct buf *b, const struct str *words, size_t n, bool loose) {
    for (size_t i = 0; i < n; i++) {
        _cleanup_buf_ struct buf terms = {0};
        words_typed_terms(&terms, words[i], loose);
        struct str rest = str_from_index(buf_str(&terms), 1), term;
        buf_add_str(b, i ? STR(" AND (") : STR("("));
        for (bool more = false; str_next(&rest, ' ', &term); more = true) {
            buf_add_str(b, more ? STR(" OR \"") : STR("\""));
            buf_add_str(b, term);
            buf_add_char(b, '"');
        }
        buf_add_char(b, ')');
    }
}

/* Whose names have the words; `which` says whom of them. */
#define NAMED(columns, index, table, which)                                     \
    "SELECT " columns " FROM " index " CROSS JOIN " table " x ON x.id = " index \
    ".rowid WHERE " index " MATCH $1 AND " which " ORDER BY " index ".rowid DESC LIMIT $2"

static struct str named(struct tx *tx, const struct str *words, size_t n, bool loose) {
    _cleanup_buf_ struct buf b = {0};
    name_question(&b, words, n, loose);
    return arena_str(tx->arena, buf_str(&b));
}

static void read_users(struct query *q, struct rows *ret) {
    while (query_next(q))
        read_user(q, 0, rows_add(ret, q->tx->arena, sizeof(struct user_row)));
    query_close(q);
}

void data_search_users(
    struct tx *tx, const struct str *words, size_t n, bool loose, int limit, struct rows *ret) {
    struct query q;
    query_open(&q, tx, NAMED(USER_COLUMNS("x"), "search_people", "users", "x.disabled = 0"), "si",
        named(tx, words, n, loose), (int64_t)limit);
    read_users(&q, ret);
}

void data_search_users_page(struct tx *tx, const struct str *words, size_t n, bool loose, int kind,
    id64 before, int limit, struct rows *ret) {
    struct query q;
    query_open(&q, tx,
        NAMED(USER_COLUMNS("x"), "search_people", "users",
            "search_people.rowid < $3 AND x.kind = $4"),
        "siii", named(tx, words, n, loose), (int64_t)limit, before, (int64_t)kind);
    read_users(&q, ret);
}

void data_search_rooms(
    struct tx *tx, const struct str *words, size_t n, bool loose, int limit, struct rows *ret) {
    struct query q;
    query_open(&q, tx, NAMED(ROOM_COLUMNS("x"), "search_rooms", "rooms", "x.deleted = 0"), "si",
        named(tx, words, n, loose), (int64_t)limit);
    while (query_next(&q))
        read_room(&q, 0, rows_add(ret, tx->arena, sizeof(struct room_row)));
    query_close(&q);
}

static void read_rooms_of(struct query *q, struct arena *a, struct rows *ret) {
    while (query_next(q))
        *(struct room_row *)rows_add(ret, a, sizeof(struct room_row)) =
            (struct room_row){.id = query_int(q, 0),
                .kind = (int)query_int(q, 1),
                .name = query_str(q, 2),
                .low = query_int(q, 3),
                .high = query_int(q, 4)};
    query_close(q);
}

void data_rooms_of(struct tx *tx, id64 user, struct rows *ret) {
    struct query q;
    query_open(&q, tx,
        "SELECT r.id, r.kind, r.name, r.low, r.high FROM members m JOIN rooms r ON r.id = "
        "m.room_id "
        "WHERE m.user_id = $1",
        "i", user);
    read_rooms_of(&q, tx->arena, ret);
}

void data_rooms_moderated(struct tx *tx, id64 user, struct rows *ret) {
    struct query q;
    query_open(&q, tx,
        "SELECT r.id, r.kind, r.name, r.low, r.high FROM rooms r WHERE r.kind <> 0 AND r.deleted = "
        "0 AND r.id > 0 AND (r.kind = 2 OR EXISTS (SELECT 1 FROM members m WHERE m.room_id = r.id "
        "AND m.user_id = $1))",
        "i", user);
    read_rooms_of(&q, tx->arena, ret);
}
