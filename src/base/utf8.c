/* The incremental state packs what the next byte must be: 0 outside a sequence, 1 broken for ever,
 * else (least << 16) | (greatest << 8) | (bytes still to come << 1), for RFC 3629's table of
 * well-formed sequences. */
#include "base/utf8.h"

static uint32_t expect(uint32_t least, uint32_t greatest, uint32_t more) {
    return least << 16 | greatest << 8 | more << 1;
}

static uint32_t first_byte(unsigned char c) {
    if (c < 0x80)
        return UTF8_OK;
    if (c < 0xC2)
        return UTF8_BAD;
    if (c < 0xE0)
        return expect(0x80, 0xBF, 1);
    if (c < 0xF0)
        return expect(c == 0xE0 ? 0xA0 : 0x80, c == 0xED ? 0x9F : 0xBF, 2);
    if (c < 0xF5)
        return expect(c == 0xF0 ? 0x90 : 0x80, c == 0xF4 ? 0x8F : 0xBF, 3);
    return UTF8_BAD;
}

uint32_t utf8_feed(uint32_t state, const void *p, size_t n) {
    if (n == 0)
        return state; /* p may be NULL, which has no end */
    const unsigned char *c = p, *end = c + n;
    while (c < end && state != UTF8_BAD) {
        if (state == UTF8_OK) {
            uint64_t eight;
            while (end - c >= 8 && (memcpy(&eight, c, 8), !(eight & UINT64_C(0x8080808080808080))))
                c += 8;
            if (c < end)
                state = first_byte(*c++);
            continue;
        }
        uint32_t more = (state >> 1) & 0x7F;
        if (*c < state >> 16 || *c > ((state >> 8) & 0xFF))
            return UTF8_BAD;
        state = more == 1 ? UTF8_OK : expect(0x80, 0xBF, more - 1);
        c++;
    }
    return state;
}

bool utf8_valid(struct str s) {
    return utf8_feed(UTF8_OK, s.p, s.n) == UTF8_OK;
}

size_t utf8_count(struct str s) {
    size_t count = 0;
    for (size_t i = 0; i < s.n; i++)
        count += ((unsigned char)s.p[i] & 0xC0) != 0x80;
    return count;
}

bool utf8_next(struct str *rest, uint32_t *ret_code) {
    if (rest->n == 0)
        return false;
    unsigned char c = (unsigned char)rest->p[0];
    size_t n = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    if (n > rest->n)
        n = rest->n;
    uint32_t code = n == 1 ? c : c & (0xFFu >> (n + 1));
    for (size_t i = 1; i < n; i++)
        code = code << 6 | ((unsigned char)rest->p[i] & 0x3F);
    *rest = str_from_index(*rest, n);
    *ret_code = code;
    return true;
}

size_t utf8_put(uint32_t code, char out[static 4]) {
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3F));
    out[0] = (char)(((0xF00u >> n) & 0xFF) | code);
    return n;
}
