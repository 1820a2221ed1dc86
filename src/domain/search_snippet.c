/* What was found, with what it was found by marked. */
#include <string.h>

#include "domain/search_internal.h"
#include "domain/view.h"

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

struct p_found *search_view_hits(struct asked *a, const struct hit_row *hits, size_t n) {
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
