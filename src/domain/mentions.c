#include "domain/mentions.h"

#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "domain/lists.h"
#include "domain/view.h"

/* --- what is a mention */

struct scan {
    struct arena *arena;
    struct str text;
    struct rows *names;
};

static bool is_alnum(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_name(char c) {
    return is_alnum(c) || c == '.' || c == '_' || c == '-';
}

static void add_name(struct scan *s, size_t from, size_t to) {
    char *name = arena_alloc(s->arena, to - from + 1);
    for (size_t i = from; i < to; i++) {
        char c = s->text.p[i];
        name[i - from] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    }
    struct str folded = str_make(name, to - from);
    for (size_t i = 0; i < s->names->n; i++)
        if (str_eq(((struct str *)s->names->p)[i], folded))
            return;
    if (s->names->n < LIMIT_MENTIONS)
        *(struct str *)rows_add(s->names, s->arena, sizeof folded) = folded;
}

/* An @ at `at`. Returns where to go on. */
static size_t take_at(struct scan *s, size_t start, size_t at, size_t end) {
    const char *p = s->text.p;
    char before = at > start ? p[at - 1] : ' ';
    size_t to = at + 1, row;
    while (to < end && is_name(p[to]))
        to++;
    row = to;
    while (to > at + 1 && !is_alnum(p[to - 1]))
        to--;
    size_t n = to - at - 1;
    bool alone = !is_alnum(before) && !strchr(".-+/@\\", before) && (row == end || p[row] != '@');
    if (!alone || n < 2 || n > LIMIT_NAME_CHARS || !is_alnum(p[at + 1]))
        return at + 1;
    add_name(s, at + 1, to);
    return to;
}

static size_t run_of(const char *p, size_t at, size_t end, char c) {
    size_t n = 0;
    while (at + n < end && p[at + n] == c)
        n++;
    return n;
}

/* Behind the code that begins at `at`, or behind its backticks where nothing ends it. For each
 * length of a row of backticks this can fail only once: the time stays linear in the text. */
static size_t skip_code(const char *p, size_t at, size_t end) {
    size_t n = run_of(p, at, end, '`'), i = at + n;
    while (i < end) {
        size_t row = run_of(p, i, end, '`');
        if (row == n)
            return i + row;
        i += row ? row : 1;
    }
    return at + n;
}

static size_t address(const char *p, size_t start, size_t at, size_t end) {
    size_t n = end - at >= 8 && strncasecmp(p + at, "https://", 8) == 0 ? 8
        : end - at >= 7 && strncasecmp(p + at, "http://", 7) == 0       ? 7
                                                                        : 0;
    if (n == 0 || (at > start && is_alnum(p[at - 1])))
        return 1;
    while (at + n < end && !strchr(" \t\n<>\"`", p[at + n]))
        n++;
    return n;
}

static void scan_paragraph(struct scan *s, size_t start, size_t end) {
    const char *p = s->text.p;
    for (size_t i = start; i < end;)
        switch (p[i]) {
        case '\\':
            i += i + 1 < end && p[i + 1] > ' ' && p[i + 1] < 0x7f && !is_alnum(p[i + 1]) ? 2 : 1;
            break;
        case '`':
            i = skip_code(p, i, end);
            break;
        case '@':
            i = take_at(s, start, i, end);
            break;
        case 'h':
        case 'H':
            i += address(p, start, i, end);
            break;
        default:
            i++;
        }
}

/* What a line begins with: how deep it is quoted, whether a list's item begins there. */
struct margin {
    size_t at; /* where its words begin */
    int quotes;
    bool item;
};

static size_t item_marker(const char *p, size_t at, size_t end) {
    size_t digits = 0;
    while (at + digits < end && digits < 9 && p[at + digits] >= '0' && p[at + digits] <= '9')
        digits++;
    size_t mark = at + digits;
    bool is_mark =
        mark < end && (digits ? strchr(".)", p[mark]) != NULL : strchr("-*+", p[mark]) != NULL);
    return is_mark && mark + 1 < end && p[mark + 1] == ' ' ? digits + 2 : 0;
}

static struct margin margin_of(const char *p, size_t from, size_t end) {
    struct margin m = {.at = from};
    for (;;) {
        size_t i = m.at, n;
        while (i < end && p[i] == ' ')
            i++;
        if (i < end && p[i] == '>') {
            m.quotes++;
            m.at = i + 1;
        } else if ((n = item_marker(p, i, end)) > 0) {
            m.item = true;
            m.at = i + n;
        } else {
            m.at = i;
            return m;
        }
    }
}

/* Length of the row that opens a fence; 0: none. */
static size_t fence_at(const char *p, size_t at, size_t end, char *ret_c) {
    char c = at < end ? p[at] : 0;
    size_t n = c == '`' || c == '~' ? run_of(p, at, end, c) : 0;
    *ret_c = c;
    return n < 3 || memchr(p + at + n, '`', end - at - n) ? 0 : n;
}

static bool closes(const char *p, size_t at, size_t end, char c, size_t fence) {
    while (end > at && (p[end - 1] == ' ' || p[end - 1] == '\t'))
        end--;
    return end - at >= fence && run_of(p, at, end, c) == end - at;
}

void mentions_scan(struct arena *arena, struct str text, struct rows *ret) {
    struct scan s = {.arena = arena, .text = text, .names = ret};
    const char *p = text.p;
    size_t from = 0, fence = 0; /* from: where the paragraph begins */
    int quotes = 0;
    char mark = 0;
    if (!text.n || !memchr(p, '@', text.n))
        return;
    for (size_t line = 0, end; line < text.n; line = end + 1) {
        const char *newline = memchr(p + line, '\n', text.n - line);
        end = newline ? (size_t)(newline - p) : text.n;
        struct margin m = margin_of(p, line, end);
        if (fence && m.quotes == quotes) {
            if (closes(p, m.at, end, mark, fence))
                fence = 0;
            from = end;
            continue;
        }
        fence = 0; /* it ends with its quotation */
        if (m.item || m.quotes != quotes || m.at == end) {
            scan_paragraph(&s, from, line);
            from = m.at;
        }
        quotes = m.quotes;
        if ((fence = fence_at(p, m.at, end, &mark)) > 0) {
            scan_paragraph(&s, from, line);
            from = end;
        }
    }
    scan_paragraph(&s, from < text.n ? from : text.n, text.n);
}

/* --- whom it calls */

static bool is_all(struct str name) {
    return str_eq(name, STR("here")) || str_eq(name, STR("everyone"));
}

struct str mentions_of(struct run *r, const struct access_row *a, struct str text) {
    struct rows names = {0};
    struct buf b = {0};
    mentions_scan(r->op->arena, text, &names);
    for (size_t i = 0; i < names.n; i++) {
        struct str name = ((struct str *)names.p)[i], hash;
        struct user_row user = {0};
        bool called = is_all(name)
            ? access_check(a, ACT_CALL_ALL) == FAIL_NONE
            : data_user_by_name(r->tx, name, &user, &hash) && user.id != a->user.id;
        if (called)
            buf_addf(&b, "%s%.*s:%lld", b.n ? "," : "", STR_ARG(name), (long long)user.id);
    }
    struct str found = b.n ? arena_str(r->op->arena, buf_str(&b)) : (struct str){0};
    buf_fini(&b);
    return found;
}

static bool next(struct str *rest, struct str *ret_name, id64 *ret_user) {
    struct str one;
    return rest->n && str_next(rest, ',', &one) && str_next(&one, ':', ret_name)
        && str_to_i64(one, ret_user) == 0;
}

void mentions_set(struct run *r, struct message_row *m, struct str mentions) {
    struct str rest = m->mentions, name;
    id64 user;
    while (next(&rest, &name, &user))
        data_mention_remove(r->tx, m, user);
    m->mentions = rest = mentions;
    while (next(&rest, &name, &user))
        data_mention_add(r->tx, m, user);
}

const struct p_mention *mentions_view(struct arena *arena, struct str mentions, size_t *ret_n) {
    size_t most = 1;
    struct str name;
    id64 user;
    for (size_t i = 0; i < mentions.n; i++)
        most += mentions.p[i] == ',';
    struct p_mention *all = mentions.n ? arena_new_n(arena, struct p_mention, most) : NULL;
    for (*ret_n = 0; next(&mentions, &name, &user); (*ret_n)++)
        all[*ret_n] = (struct p_mention){.name = name, .user = user};
    return all;
}

/* --- what one was called in */

void run_mentions_list(struct run *r) {
    struct op *op = r->op;
    id64 before = INT64_MAX;
    struct str more = {0};
    if (op->in.list.cursor.p && !id_parse(op->in.list.cursor, &before)) {
        op_fail(op, FAIL_CURSOR_INVALID, "cursor", NULL);
        return;
    }
    int limit = list_limit(op->in.list.limit, LIST_DEFAULT, LIMIT_LIST);
    struct rows rows = {0};
    data_mentions_list(r->tx, op->who.user, before, limit + 1, &rows);
    const struct line_row *row = rows.p;
    struct buf b = {0};
    struct json j;
    list_open(&j, &b);
    for (int i = 0; i < (int)rows.n && i < limit; i++) {
        struct p_user user = view_user(&row[i].author);
        struct p_message *message = view_message(op->arena, &row[i].message, NULL);
        p_mentioned_put(&j, &(struct p_mentioned){.message = message, .user = &user});
    }
    if ((int)rows.n > limit) {
        char id[ID_TEXT];
        id_put(row[limit - 1].message.id, id);
        more = arena_str(op->arena, str_make(id, ID_TEXT));
    }
    list_close(r, &j, more);
}
