#include "base/words.h"

#include <string.h>

#include "base/utf8.h"

struct range {
    uint32_t first, last;
};
struct fold {
    uint32_t first, last, every;
    int32_t by;
};
struct spelt {
    uint32_t code;
    const char *to;
};

#include "base/words_table.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static bool is_in(const struct range *ranges, size_t n, uint32_t c) {
    size_t low = 0, high = n;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (c > ranges[mid].last)
            low = mid + 1;
        else
            high = mid;
    }
    return low < n && c >= ranges[low].first;
}
#define IS(table, c) is_in(table, COUNT(table), c)

enum class { BREAK, WORD, DENSE, SIGN, DROPPED };

/* Plain punctuation, that of sentences, is no term alone. */
static bool is_plain(char c) {
    return strchr(".,;:!?'\"-()[]{}_`", c) != NULL;
}

/* Of words and signs in ASCII, folded; 0: neither. */
static char ascii_word(unsigned char c) {
    unsigned char small = c | 0x20;
    return (small >= 'a' && small <= 'z') ? (char)small : c >= '0' && c <= '9' ? (char)c : 0;
}

static enum class class_of(uint32_t c) {
    if (c < 0x80) return ascii_word((unsigned char)c) ? WORD
        : c > ' ' && c < 0x7f                         ? SIGN
                                                      : BREAK;
    /* Joins what stands on its sides, and is not seen. */
    if (c == 0xad || c == 0x200c || c == 0x200d || c == 0x2060 || c == 0xfeff
        || IS(dropped, c)) return DROPPED;
    if (IS(words, c)) return WORD;
    if (IS(dense, c)) return DENSE;
    return IS(signs, c) ? SIGN : BREAK;
}

/* The last of the rows that start at or before it; two rows may lie in one another. */
static uint32_t fold_one(uint32_t c) {
    size_t low = 0, high = COUNT(folds);
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (folds[mid].first <= c)
            low = mid + 1;
        else
            high = mid;
    }
    for (int back = 0; low > 0 && back < 4; back++) {
        const struct fold *f = &folds[--low];
        if (c <= f->last && (c - f->first) % f->every == 0)
            return (uint32_t)((int32_t)c + f->by);
    }
    return c;
}

#define FOLDED 16 /* bytes at most */

static size_t fold(uint32_t c, char out[static FOLDED]) {
    if (c < 0x80) {
        out[0] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
        return 1;
    }
    size_t low = 0, high = COUNT(spelt);
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (spelt[mid].code < c)
            low = mid + 1;
        else
            high = mid;
    }
    if (low < COUNT(spelt) && spelt[low].code == c) {
        size_t n = strlen(spelt[low].to);
        memcpy(out, spelt[low].to, n);
        return n;
    }
    return utf8_put(fold_one(c), out);
}

#define PART_ROOM (PART_BYTES - FOLDED) /* what fits behind so much */

static void add_folded(struct part *p, uint32_t c) {
    char out[FOLDED];
    if (p->n > PART_ROOM)
        return;
    size_t n = fold(c, out);
    memcpy(p->term + p->n, out, n);
    p->n += n;
}

/* The part's first character; false: there is none. What is left of the text is `*rest`. */
static bool begin(struct str text, struct str *rest, struct part *ret) {
    uint32_t c;
    while (rest->n) {
        size_t from = text.n - rest->n;
        utf8_next(rest, &c);
        enum class k = class_of(c);
        if (k == BREAK || k == DROPPED) {
            ret->glued = ret->glued && k == DROPPED;
            continue;
        }
        ret->from = from;
        ret->to = text.n - rest->n;
        ret->kind = k == WORD ? PART_WORD : k == DENSE ? PART_DENSE : PART_SIGN;
        if (k == WORD)
            add_folded(ret, c);
        else
            ret->n = k == DENSE ? fold(c, ret->term) : utf8_put(c, ret->term);
        return true;
    }
    return false;
}

/* Most of all that is written: letters of ASCII behind letters. */
static void go_on_ascii(struct str *rest, struct part *ret) {
    const char *p = rest->p, *end = p + rest->n;
    char small;
    for (; p < end && (small = ascii_word((unsigned char)*p)); p++)
        if (ret->n <= PART_ROOM)
            ret->term[ret->n++] = small;
    ret->to += (size_t)(p - rest->p);
    *rest = str_make(p, (size_t)(end - p));
}

bool words_next(struct str text, size_t *at, struct part *ret) {
    struct str rest = str_from_index(text, *at);
    uint32_t c;
    ret->n = 0;
    ret->glued = *at > 0;
    if (!begin(text, &rest, ret))
        return false;
    /* A word goes on, and marks belong to what they stand on. */
    for (;;) {
        if (ret->kind == PART_WORD)
            go_on_ascii(&rest, ret);
        if (!rest.n || (unsigned char)rest.p[0] < 0x80 || !utf8_next(&rest, &c))
            break;
        enum class k = class_of(c);
        if (k != DROPPED && (k != WORD || ret->kind != PART_WORD))
            break;
        if (k == WORD)
            add_folded(ret, c);
        ret->to = text.n - rest.n;
    }
    *at = ret->to;
    return true;
}

static void add_hex(struct buf *out, char c) {
    static const char digits[] = "0123456789abcdef";
    buf_add_char(out, digits[(unsigned char)c >> 4]);
    buf_add_char(out, digits[c & 15]);
}

void words_sign_term(struct buf *out, struct str first, char second) {
    buf_add_str(out, STR("=s"));
    for (size_t i = 0; i < first.n; i++)
        add_hex(out, first.p[i]);
    if (second)
        add_hex(out, second);
}

void words_dense_term(struct buf *out, struct str character) {
    buf_add_str(out, STR("=d"));
    buf_add_str(out, character);
}

/* --- of lines */

#define SEEN 512 /* different signs and dense characters of a line that count */

struct seen {
    uint64_t keys[2 * SEEN];
    size_t n;
};

/* True the first time. `keys` is nothing's before that: most lines have no use for it. */
static bool see(struct seen *s, uint64_t key) {
    if (s->n == 0)
        memset(s->keys, 0, sizeof s->keys);
    size_t i = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) % COUNT(s->keys);
    for (; s->keys[i]; i = (i + 1) % COUNT(s->keys))
        if (s->keys[i] == key)
            return false;
    if (s->n == SEEN)
        return false;
    s->keys[i] = key;
    s->n++;
    return true;
}

static uint64_t key_of(const struct part *p) {
    uint64_t key = 0;
    memcpy(&key, p->term, p->n < 7 ? p->n : 7);
    return key << 8 | (uint64_t)p->kind;
}

static void add_term(struct buf *out, const struct part *p, const struct part *next) {
    char *to = buf_reserve(out, 1 + 2 * PART_BYTES);
    *to = ' ';
    memcpy(to + 1, p->term, p->n);
    if (next)
        memcpy(to + 1 + p->n, next->term, next->n);
    out->n += 1 + p->n + (next ? next->n : 0);
}

static bool goes_on(const struct part *before, const struct part *p) {
    return before->kind == PART_DENSE && p->kind == PART_DENSE && p->glued;
}

static bool is_ascii_sign(const struct part *p) {
    return p->kind == PART_SIGN && p->n == 1;
}

static void add_once(
    struct buf *out, struct seen *seen, const struct part *before, const struct part *p) {
    struct str term = str_make(p->term, p->n);
    if (!(is_ascii_sign(p) && is_plain(p->term[0])) && see(seen, key_of(p))) {
        buf_add_char(out, ' ');
        if (p->kind == PART_DENSE)
            words_dense_term(out, term);
        else
            words_sign_term(out, term, 0);
    }
    if (is_ascii_sign(p) && is_ascii_sign(before) && p->glued
        && see(seen,
            (uint64_t)(unsigned char)before->term[0] << 24
                | (uint64_t)(unsigned char)p->term[0] << 16 | 0xff)) {
        buf_add_char(out, ' ');
        words_sign_term(out, str_make(before->term, 1), p->term[0]);
    }
}

void words_terms(struct buf *out, struct str text) {
    struct part parts[2] = {{.kind = PART_WORD}, {.kind = PART_WORD}};
    _cleanup_buf_ struct buf once = {0};
    struct seen seen;
    size_t at = 0;
    int now = 0;
    seen.n = 0;
    for (; words_next(text, &at, &parts[now]); now = 1 - now) {
        struct part *p = &parts[now], *before = &parts[1 - now];
        if (before->kind == PART_DENSE)
            add_term(out, before, goes_on(before, p) ? p : NULL);
        if (p->kind == PART_WORD)
            add_term(out, p, NULL);
        else
            add_once(&once, &seen, before, p);
    }
    if (parts[1 - now].kind == PART_DENSE)
        add_term(out, &parts[1 - now], NULL);
    /* Behind all places, so that they stand in no phrase's way. */
    if (once.n)
        buf_add_str(out, buf_str(&once));
}

/* --- of names */

#define NAME_WORD_CHARS 64

struct letters {
    uint32_t c[NAME_WORD_CHARS];
    size_t n;
};

static struct letters letters_of(struct str word) {
    struct letters l = {.n = 0};
    while (l.n < NAME_WORD_CHARS && utf8_next(&word, &l.c[l.n]))
        l.n++;
    return l;
}

/* `but`: the one that is left out; beyond the end: none. */
static void add_letters(
    struct buf *out, const char *mark, const uint32_t *c, size_t n, size_t but) {
    char utf8[4];
    buf_add_str(out, str_from(mark));
    for (size_t i = 0; i < n; i++)
        if (i != but)
            buf_add(out, utf8, utf8_put(c[i], utf8));
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

static void add_beginnings(struct buf *out, const uint32_t *c, size_t n) {
    for (size_t k = 1; k <= least(n, NAME_CHARS); k++)
        add_letters(out, " ", c, k, k);
}

/* Words one after the other; a row of dense characters is one. */
static bool next_word(
    struct str name, size_t *at, struct part *p, struct letters *ret, bool *ret_dense) {
    do
        if (!words_next(name, at, p))
            return false;
    while (p->kind == PART_SIGN);
    *ret = letters_of(str_make(p->term, p->n));
    *ret_dense = p->kind == PART_DENSE;
    while (*ret_dense) {
        struct part next;
        size_t ahead = *at;
        if (!words_next(name, &ahead, &next) || !goes_on(p, &next) || ret->n == NAME_WORD_CHARS)
            break;
        ret->c[ret->n++] = letters_of(str_make(next.term, next.n)).c[0];
        *at = ahead;
    }
    return true;
}

void words_name_terms(struct buf *out, struct str name) {
    struct letters l;
    struct part p;
    size_t at = 0;
    bool is_dense;
    while (next_word(name, &at, &p, &l, &is_dense)) {
        add_beginnings(out, l.c, l.n);
        for (size_t i = 1; is_dense && i < l.n; i++)
            add_beginnings(out, l.c + i, l.n - i);
        /* One missing of a beginning that ends there says the same as the beginning before. */
        for (size_t k = 3; !is_dense && k <= least(l.n, NAME_CHARS); k++)
            for (size_t but = 0; but + 1 < k; but++)
                add_letters(out, " =", l.c, k, but);
    }
}

#define LOOSE_FROM 4 /* characters; shorter ones would look like anything */

void words_typed_terms(struct buf *out, struct str word, bool loose) {
    struct letters l = letters_of(word);
    size_t n = least(l.n, NAME_CHARS);
    add_letters(out, " ", l.c, n, n);
    if (!loose || l.n < LOOSE_FROM)
        return;
    add_letters(out, " =", l.c, n, n);
    for (size_t but = 0; but < n; but++) {
        add_letters(out, " ", l.c, n, but);
        add_letters(out, " =", l.c, n, but);
    }
}

/* Of `q` to the nearest beginning of `w`: insertions, deletions, replacements, and neighbours that
 * have changed places. */
static size_t slips(const struct letters *q, const struct letters *w) {
    size_t row[3][NAME_WORD_CHARS + 1];
    size_t *now = row[0], *before = row[1], *earlier = row[2], best;
    for (size_t k = 0; k <= w->n; k++)
        before[k] = earlier[k] = k;
    for (size_t i = 1; i <= q->n; i++) {
        now[0] = i;
        for (size_t k = 1; k <= w->n; k++) {
            bool same = q->c[i - 1] == w->c[k - 1];
            now[k] = least(least(before[k] + 1, now[k - 1] + 1), before[k - 1] + !same);
            if (i > 1 && k > 1 && q->c[i - 1] == w->c[k - 2] && q->c[i - 2] == w->c[k - 1])
                now[k] = least(now[k], earlier[k - 2] + 1);
        }
        size_t *spare = earlier;
        earlier = before;
        before = now;
        now = spare;
    }
    best = before[0];
    for (size_t k = 1; k <= w->n; k++)
        best = least(best, before[k]);
    return best;
}

int words_name_distance(struct str name, struct str word) {
    struct letters q = letters_of(word), w;
    struct part p;
    size_t at = 0, best = NAME_WORD_CHARS;
    bool is_dense;
    while (next_word(name, &at, &p, &w, &is_dense)) {
        best = least(best, slips(&q, &w));
        for (size_t i = 1; is_dense && i < w.n; i++) {
            struct letters rest = {.n = w.n - i};
            memcpy(rest.c, w.c + i, rest.n * sizeof *rest.c);
            best = least(best, slips(&q, &rest));
        }
    }
    size_t most = q.n < LOOSE_FROM ? 0 : q.n < 8 ? 1 : 2;
    return best <= most ? (int)best : -1;
}
