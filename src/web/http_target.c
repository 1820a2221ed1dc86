#include "web/http_target.h"

#include "base/utf8.h"
#include "web/http_parser.h"

static int hex(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool http_unescape(struct str in, bool plus, char *out, size_t *ret_n) {
    size_t n = 0;
    for (size_t i = 0; i < in.n; i++) {
        char c = in.p[i];
        if (c == '%') {
            int high = i + 2 < in.n ? hex(in.p[i + 1]) : -1,
                low = i + 2 < in.n ? hex(in.p[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = (char)(high << 4 | low);
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        out[n++] = c;
    }
    *ret_n = n;
    return true;
}

static bool is_uri_byte(unsigned char c) {
    return c > ' ' && c < 0x7F && c != '"' && c != '<' && c != '>' && c != '\\' && c != '^'
        && c != '`' && c != '{' && c != '|' && c != '}' && c != '#';
}

/* Escapes that hide a separator: "/a%2Fb" is one segment to some and two to others. */
static bool hides_separator(struct str raw) {
    for (size_t i = 0; i + 2 < raw.n; i++)
        if (raw.p[i] == '%') {
            int c = hex(raw.p[i + 1]) << 4 | hex(raw.p[i + 2]);
            if (c == '/' || c == '\\')
                return true;
        }
    return false;
}

/* RFC 3986 5.2.4, in place, but going above the root is an error. Returns the new length, or -1. */
static ptrdiff_t remove_dots(char *p, size_t n) {
    size_t out = 0, i = 0;
    while (i < n) { /* p[i] == '/' */
        size_t end = i + 1;
        while (end < n && p[end] != '/')
            end++;
        size_t length = end - i - 1;
        bool last = end == n;
        if (length == 1 && p[i + 1] == '.') {
            if (last)
                p[out++] = '/';
        } else if (length == 2 && p[i + 1] == '.' && p[i + 2] == '.') {
            if (out == 0)
                return -1;
            do
                out--;
            while (p[out] != '/');
            if (last)
                p[out++] = '/';
        } else {
            memmove(p + out, p + i, end - i);
            out += end - i;
        }
        i = end;
    }
    if (out == 0)
        p[out++] = '/';
    return (ptrdiff_t)out;
}

static bool is_clean_text(struct str s) {
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7F)
            return false;
    return utf8_valid(s);
}

static int parse_path(struct arena *arena, struct str raw, struct str *ret_path) {
    char *p = arena_alloc(arena, raw.n + 1);
    size_t n;
    if (!http_unescape(raw, false, p, &n) || hides_separator(raw) || !is_clean_text(str_make(p, n)))
        return -400;
    ptrdiff_t cut = remove_dots(p, n);
    if (cut < 0)
        return -400;
    *ret_path = str_make(p, (size_t)cut);
    return 0;
}

static int check_query(struct arena *arena, struct str query) {
    char *p = arena_alloc(arena, query.n + 1);
    size_t n;
    if (!http_unescape(query, true, p, &n) || memchr(p, '\0', n) || !utf8_valid(str_make(p, n)))
        return -400;
    return 0;
}

/* "http://host/path": cuts the front off. */
static int cut_absolute(struct str *target, struct str *ret_host) {
    size_t scheme = str_has_prefix(*target, STR("http://")) ? 7
        : str_has_prefix(*target, STR("https://"))          ? 8
                                                            : 0;
    if (!scheme)
        return -400;
    struct str rest = str_from_index(*target, scheme);
    size_t n = 0;
    while (n < rest.n && rest.p[n] != '/' && rest.p[n] != '?')
        n++;
    struct str host = str_make(rest.p, n);
    if (!http_host_is_valid(host))
        return -400;
    *ret_host = host;
    *target = str_from_index(rest, n);
    return 0;
}

int http_target_parse(
    struct arena *arena, struct str target, bool is_options, struct http_target *ret_target) {
    struct http_target t = {0};
    for (size_t i = 0; i < target.n; i++)
        if (!is_uri_byte((unsigned char)target.p[i]))
            return -400;
    if (is_options && str_eq(target, STR("*"))) {
        t.path = target;
        *ret_target = t;
        return 0;
    }
    if (target.n == 0)
        return -400;
    if (target.p[0] != '/' && cut_absolute(&target, &t.host) < 0)
        return -400;
    ptrdiff_t mark = str_find(target, '?');
    struct str path = mark < 0 ? target : str_make(target.p, (size_t)mark);
    if (mark >= 0)
        t.query = str_from_index(target, (size_t)mark + 1);
    if (path.n == 0)
        path = STR("/");
    if (parse_path(arena, path, &t.path) < 0 || check_query(arena, t.query) < 0)
        return -400;
    *ret_target = t;
    return 0;
}
