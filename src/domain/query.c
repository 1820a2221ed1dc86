#include "domain/query.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/utf8.h"

static bool is_blank(uint32_t c) {
    return c <= ' ' || c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a)
        || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

/* Keyboards of phones make curly ones by themselves. */
static bool is_quote(uint32_t c) {
    return c == '"' || (c >= 0x201c && c <= 0x201f) || c == 0xab || c == 0xbb;
}

static const struct {
    struct str name;
    enum query_kind kind;
} operators[] = {
    {{"from:", 5}, QUERY_FROM},
    {{"in:", 3}, QUERY_IN},
    {{"before:", 7}, QUERY_BEFORE},
    {{"after:", 6}, QUERY_AFTER},
    {{"has:", 4}, QUERY_HAS},
};

struct reader {
    struct str rest;
    size_t at; /* characters before `rest` */
};

static bool peek(const struct reader *r, uint32_t *ret_c) {
    struct str rest = r->rest;
    return utf8_next(&rest, ret_c);
}

static void skip(struct reader *r) {
    uint32_t c;
    if (utf8_next(&r->rest, &c))
        r->at++;
}

/* Up to the closing quote or to the end; the opening one is behind us. True: it was closed. */
static bool take_quoted(struct reader *r, struct str *ret) {
    uint32_t c;
    struct str from = r->rest;
    while (peek(r, &c) && !is_quote(c))
        skip(r);
    *ret = str_make(from.p, from.n - r->rest.n);
    bool closed = r->rest.n > 0;
    skip(r);
    return closed;
}

static struct str take_word(struct reader *r) {
    uint32_t c;
    struct str from = r->rest;
    while (peek(r, &c) && !is_blank(c))
        skip(r);
    return str_make(from.p, from.n - r->rest.n);
}

static void take_operator(struct reader *r, struct query_item *item) {
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        struct str name = operators[i].name;
        if (r->rest.n < name.n || !str_eq_nocase(str_make(r->rest.p, name.n), name))
            continue;
        item->kind = operators[i].kind;
        r->rest = str_from_index(r->rest, name.n);
        r->at += name.n;
        return;
    }
}

static void take_item(struct reader *r, struct query_item *item) {
    uint32_t c = 0;
    *item = (struct query_item){.at = r->at + 1};
    if (r->rest.n > 1 && r->rest.p[0] == '-' && r->rest.p[1] != '-'
        && !is_blank((unsigned char)r->rest.p[1])) {
        item->exclude = true;
        skip(r);
    }
    take_operator(r, item);
    if (peek(r, &c) && is_quote(c)) {
        skip(r);
        take_quoted(r, &item->value);
    } else {
        item->value = take_word(r);
        item->begins = item->kind == QUERY_TEXT && r->rest.n == 0;
    }
}

bool query_parse(struct op *op, struct str q, struct query_item *items, size_t *ret_n) {
    struct reader r = {.rest = q};
    uint32_t c;
    *ret_n = 0;
    for (;;) {
        while (peek(&r, &c) && is_blank(c))
            skip(&r);
        if (!r.rest.n)
            return true;
        if (*ret_n == LIMIT_SEARCH_ITEMS) {
            op_fail(op, FAIL_QUERY_TOO_LONG, "q", "character %zu: at most %d parts", r.at + 1,
                LIMIT_SEARCH_ITEMS);
            return false;
        }
        take_item(&r, &items[(*ret_n)++]);
    }
}

/* --- days */

/* Days since 1970 of the first of a month; the month may be 13. */
static int64_t days_of(int64_t year, int64_t month, int64_t day) {
    year += (month - 1) / 12;
    month = (month - 1) % 12 + 1;
    int64_t y = month <= 2 ? year - 1 : year, m = (month + 9) % 12;
    return 365 * y + y / 4 - y / 100 + y / 400 + (m * 306 + 5) / 10 + day - 1 - 719468;
}

static bool take_number(
    struct str *rest, size_t digits, int64_t least, int64_t most, int64_t *ret) {
    if (rest->n < digits || str_to_i64(str_make(rest->p, digits), ret) < 0 || *ret < least
        || *ret > most)
        return false;
    *rest = str_from_index(*rest, digits);
    return true;
}

static bool take_dash(struct str *rest) {
    if (!rest->n || rest->p[0] != '-')
        return false;
    *rest = str_from_index(*rest, 1);
    return true;
}

bool query_time(struct str value, int64_t zone_s, int64_t *ret_from_us, int64_t *ret_to_us) {
    int64_t year, month = 1, day = 1, from, to;
    if (!take_number(&value, 4, 1970, 2100, &year))
        return false;
    if (!value.n) {
        from = days_of(year, 1, 1);
        to = days_of(year + 1, 1, 1);
    } else {
        if (!take_dash(&value) || !take_number(&value, 2, 1, 12, &month))
            return false;
        from = days_of(year, month, 1);
        to = days_of(year, month + 1, 1);
        if (value.n) {
            if (!take_dash(&value) || !take_number(&value, 2, 1, to - from, &day) || value.n)
                return false;
            from += day - 1;
            to = from + 1;
        }
    }
    *ret_from_us = from * DAY_US - zone_s * SECOND_US;
    *ret_to_us = to * DAY_US - zone_s * SECOND_US;
    return true;
}
