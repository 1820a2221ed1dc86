/* Pages of a room's timeline, as one of its members has it: lines, and between them their own
 * whispers.
 *
 * A line stands at (seq, 0), a whisper at (place, id): after the line of that number and before the
 * next. A page is a stretch of this order, and its limit counts both, so that no run of either
 * makes it long. For members without whispers no statement asks for any. */
#include <string.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/map.h"
#include "domain/access.h"
#include "domain/lists.h"
#include "domain/view.h"

struct place {
    int64_t seq;
    id64 whisper; /* 0: the line itself */
};

struct page {
    struct rows lines, whispers; /* struct line_row, struct heard_row; oldest first */
    bool has_before, has_after;
};

static void turn_around(struct rows *rows, size_t size) {
    char *p = rows->p, swap[sizeof(struct line_row) + sizeof(struct heard_row)];
    CHECK(size <= sizeof swap);
    for (size_t i = 0, k = rows->n; i + 1 < k; i++) {
        k--;
        memcpy(swap, p + i * size, size);
        memcpy(p + i * size, p + k * size, size);
        memcpy(p + k * size, swap, size);
    }
}

/* Of both rows, nearest first, the nearest `limit` together. True: there are more. */
static bool cut(struct rows *lines, struct rows *whispers, bool forward, size_t limit) {
    const struct line_row *line = lines->p;
    const struct heard_row *heard = whispers->p;
    size_t l = 0, w = 0;
    while (l + w < limit && (l < lines->n || w < whispers->n)) {
        bool line_next = w == whispers->n
            || (l < lines->n
                && (forward ? line[l].message.seq <= heard[w].whisper.place
                            : line[l].message.seq > heard[w].whisper.place));
        if (line_next)
            l++;
        else
            w++;
    }
    bool more = l < lines->n || w < whispers->n;
    lines->n = l;
    whispers->n = w;
    return more;
}

/* The `limit` before `end`. */
static void read_before(
    struct run *r, const struct access_row *a, struct place end, int limit, struct page *p) {
    int64_t to = end.whisper ? end.seq : end.seq - 1;
    data_lines(r->tx, a->room.id, 1, to, false, limit + 1, &p->lines);
    if (a->member.whispering)
        data_whispers(
            r->tx, a->room.id, a->user.id, end.seq, end.whisper, false, limit + 1, &p->whispers);
    p->has_before = cut(&p->lines, &p->whispers, false, (size_t)limit);
    turn_around(&p->lines, sizeof(struct line_row));
    turn_around(&p->whispers, sizeof(struct heard_row));
}

static void read_after(
    struct run *r, const struct access_row *a, struct place start, int limit, struct page *p) {
    data_lines(r->tx, a->room.id, start.seq + 1, INT64_MAX, true, limit + 1, &p->lines);
    if (a->member.whispering)
        data_whispers(
            r->tx, a->room.id, a->user.id, start.seq, start.whisper, true, limit + 1, &p->whispers);
    p->has_after = cut(&p->lines, &p->whispers, true, (size_t)limit);
}

static bool anything_before(struct run *r, id64 room, int64_t seq) {
    struct message_row line;
    return seq > 1 && data_message_at(r->tx, room, seq - 1, &line);
}

static bool anything_from(struct run *r, const struct access_row *a, struct place from) {
    struct rows whispers = {0};
    if (data_message_after(r->tx, a->room.id, from.whisper ? from.seq : from.seq - 1))
        return true;
    if (a->member.whispering)
        data_whispers(r->tx, a->room.id, a->user.id, from.seq, from.whisper ? from.whisper - 1 : 0,
            true, 1, &whispers);
    return whispers.n > 0;
}

static void append(struct run *r, struct rows *to, const struct rows *more, size_t size) {
    for (size_t i = 0; i < more->n; i++)
        memcpy(rows_add(to, r->op->arena, size), (const char *)more->p + i * size, size);
}

static void read_page(struct run *r, const struct access_row *a, struct page *p) {
    struct op *op = r->op;
    int limit = list_limit(op->in.page.limit, PAGE_DEFAULT, LIMIT_PAGE);
    if (op->in.page.around > 0) {
        /* The half after first: near the end the half before gets what is left over. */
        struct page after = {0};
        int half = limit / 2;
        read_after(r, a, (struct place){op->in.page.around - 1, INT64_MAX}, limit - half, &after);
        read_before(r, a, (struct place){op->in.page.around, 0},
            limit - (int)(after.lines.n + after.whispers.n), p);
        append(r, &p->lines, &after.lines, sizeof(struct line_row));
        append(r, &p->whispers, &after.whispers, sizeof(struct heard_row));
        p->has_after = after.has_after;
    } else if (op->in.page.after >= 0) {
        read_after(r, a, (struct place){op->in.page.after, op->in.page.whisper}, limit, p);
        p->has_before = anything_before(r, a->room.id, op->in.page.after + 1);
    } else if (op->in.page.before >= 0) {
        struct place end = {op->in.page.before, op->in.page.whisper};
        read_before(r, a, end, limit, p);
        p->has_after = anything_from(r, a, end);
    } else
        read_before(r, a, (struct place){INT64_MAX, INT64_MAX}, limit, p);
}

static void collect(struct map *known, struct p_user *users, size_t *n, const struct user_row *u) {
    if (!u->id || map_get(known, (uint64_t)u->id))
        return;
    users[*n] = view_user(u);
    map_put(known, (uint64_t)u->id, &users[(*n)++]);
}

/* `marks` by line, as the lines are. */
static struct p_message *views(struct run *r, const struct rows *rows, const struct rows *marks,
    struct map *known, struct p_user *users, size_t *n) {
    struct p_message *messages = arena_new_n(r->op->arena, struct p_message, rows->n + 1);
    const struct mark_row *mark = marks->p;
    for (size_t i = 0, m = 0; i < rows->n; i++) {
        const struct line_row *l = (const struct line_row *)rows->p + i;
        size_t first = m;
        while (m < marks->n && mark[m].target == l->message.seq)
            m++;
        messages[i] = *view_message(r->op->arena, &l->message, l->subject.id ? &l->subject : NULL);
        view_marks(r->op->arena, &messages[i], m > first ? &mark[first] : NULL, m - first);
        collect(known, users, n, &l->author);
        collect(known, users, n, &l->subject);
    }
    return messages;
}

void run_messages_page(struct run *r) {
    struct access_row a;
    struct page p = {0};
    struct rows quoted = {0}, marks = {0}, none = {0};
    if (!access_room(r, r->op->in.page.room, ACT_READ, &a))
        return;
    read_page(r, &a, &p);
    const struct line_row *lines = p.lines.p;
    if (p.lines.n) {
        int64_t first = lines[0].message.seq, last = lines[p.lines.n - 1].message.seq;
        data_lines_quoted(r->tx, a.room.id, a.user.id, first, last, &quoted);
        data_marks(r->tx, a.room.id, a.user.id, first, last, &marks);
    }
    struct map known = {0};
    struct p_user *users =
        arena_new_n(r->op->arena, struct p_user, 2 * (p.lines.n + quoted.n + p.whispers.n) + 1);
    struct p_page page = {.room = a.room.id,
        .head = a.room.head,
        .useq = a.user.head,
        .users = users,
        .has_before = p.has_before,
        .has_after = p.has_after,
        .messages_count = p.lines.n,
        .quoted_count = quoted.n};
    page.messages = views(r, &p.lines, &marks, &known, users, &page.users_count);
    page.quoted = views(r, &quoted, &none, &known, users, &page.users_count);
    struct p_whisper *whispers = arena_new_n(r->op->arena, struct p_whisper, p.whispers.n + 1);
    for (size_t i = 0; i < p.whispers.n; i++) {
        const struct heard_row *h = (const struct heard_row *)p.whispers.p + i;
        whispers[i] = view_whisper(&h->whisper);
        collect(&known, users, &page.users_count, &h->author);
        collect(&known, users, &page.users_count, &h->peer);
    }
    page.whispers = whispers;
    page.whispers_count = p.whispers.n;
    page.has_whispers = p.whispers.n > 0;
    map_fini(&known);
    ANSWER(r, p_page_put, &page);
}
