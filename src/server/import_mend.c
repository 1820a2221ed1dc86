#include "server/import_mend.h"

#include "base/utf8.h"

#define REPLACEMENT 0xfffd

/* Length of the whole character at the front, 0 when the bytes there are none. */
static size_t whole(struct str s) {
    unsigned char lead = (unsigned char)s.p[0];
    size_t n = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    return n <= s.n && utf8_valid(str_make(s.p, n)) ? n : 0;
}

static bool has_wide(struct str s) {
    while (s.n) {
        size_t n = whole(s);
        if (n > 1)
            return true;
        s = str_from_index(s, n ? n : 1);
    }
    return false;
}

static uint32_t windows_1252(unsigned char c) {
    static const uint16_t high[32] = {0x20ac, REPLACEMENT, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020,
        0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, REPLACEMENT, 0x017d, REPLACEMENT,
        REPLACEMENT, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161,
        0x203a, 0x0153, REPLACEMENT, 0x017e, 0x0178};
    return c >= 0x80 && c < 0xa0 ? high[c - 0x80] : c;
}

static bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Cuts up to `most` digits, and with a comma and another digit as many again. */
static struct str skip_colour(struct str s, size_t most, bool hex) {
    for (int part = 0; part < 2; part++) {
        size_t n = part;
        if (part && (s.n < 2 || s.p[0] != ','))
            return s;
        while (n < s.n && n < most + (size_t)part
            && (hex ? is_hex(s.p[n]) : s.p[n] >= '0' && s.p[n] <= '9'))
            n++;
        if (n == (size_t)part)
            return s;
        s = str_from_index(s, n);
    }
    return s;
}

/* Cuts one of IRC's formatting codes off the front: bold, colours, plain, monospace, reverse,
 * italic, struck, underlined. */
static bool skip_format(struct str *s) {
    switch (s->p[0]) {
    case 0x03:
        *s = skip_colour(str_from_index(*s, 1), 2, false);
        return true;
    case 0x04:
        *s = skip_colour(str_from_index(*s, 1), 6, true);
        return true;
    case 0x02:
    case 0x0f:
    case 0x11:
    case 0x16:
    case 0x1d:
    case 0x1e:
    case 0x1f:
        *s = str_from_index(*s, 1);
        return true;
    default:
        return false;
    }
}

/* What stands for a character that can't be kept. */
static uint32_t visible(uint32_t c) {
    if (c < 0x20 && c != '\t')
        return 0x2400 + c;
    if (c == 0x7f)
        return 0x2421;
    bool none = (c >= 0x80 && c < 0xa0) || (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef);
    return none ? REPLACEMENT : c;
}

static void put(struct buf *out, uint32_t code) {
    char bytes[4];
    buf_add(out, bytes, utf8_put(code, bytes));
}

/* Cuts one broken byte, or a whole broken run where one character shall stand for it. */
static void mend_broken(struct str *s, bool wide, struct buf *out) {
    if (!wide) {
        put(out, windows_1252((unsigned char)s->p[0]));
        *s = str_from_index(*s, 1);
        return;
    }
    while (s->n && !whole(*s))
        *s = str_from_index(*s, 1);
    put(out, REPLACEMENT);
}

void import_mend(struct str raw, struct buf *out, bool *mended, bool *unformatted) {
    bool wide = !utf8_valid(raw) && has_wide(raw);
    uint32_t code = 0;
    while (raw.n) {
        size_t n = whole(raw);
        if (skip_format(&raw)) {
            *unformatted = true;
            continue;
        }
        if (!n) {
            mend_broken(&raw, wide, out);
            *mended = true;
            continue;
        }
        struct str one = str_make(raw.p, n);
        utf8_next(&one, &code);
        raw = str_from_index(raw, n);
        *mended = *mended || visible(code) != code;
        put(out, visible(code));
    }
}
