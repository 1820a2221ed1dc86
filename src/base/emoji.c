#include "base/emoji.h"

#include "base/utf8.h"

#define VARIATION 0xfe0f /* shown as a picture */
#define JOINER 0x200d
#define KEYCAP 0x20e3
#define BLACK_FLAG 0x1f3f4
#define TAG_END 0xe007f
#define TAGS_MOST 6 /* of a flag of a region: gbeng has five */

/* Extended_Pictographic of Unicode 17, which has places for what later versions add. TEXT: shown as
 * text unless U+FE0F follows (Emoji, and not Emoji_Presentation); later versions add none of these.
 */
enum shown { TEXT, EMOJI };
static const struct {
    uint32_t first, last;
    enum shown shown;
} pictures[] = {
    {0xa9, 0xa9, TEXT},
    {0xae, 0xae, TEXT},
    {0x203c, 0x203c, TEXT},
    {0x2049, 0x2049, TEXT},
    {0x2122, 0x2122, TEXT},
    {0x2139, 0x2139, TEXT},
    {0x2194, 0x2199, TEXT},
    {0x21a9, 0x21aa, TEXT},
    {0x231a, 0x231b, EMOJI},
    {0x2328, 0x2328, TEXT},
    {0x23cf, 0x23cf, TEXT},
    {0x23e9, 0x23ec, EMOJI},
    {0x23ed, 0x23ef, TEXT},
    {0x23f0, 0x23f0, EMOJI},
    {0x23f1, 0x23f2, TEXT},
    {0x23f3, 0x23f3, EMOJI},
    {0x23f8, 0x23fa, TEXT},
    {0x24c2, 0x24c2, TEXT},
    {0x25aa, 0x25ab, TEXT},
    {0x25b6, 0x25b6, TEXT},
    {0x25c0, 0x25c0, TEXT},
    {0x25fb, 0x25fc, TEXT},
    {0x25fd, 0x25fe, EMOJI},
    {0x2600, 0x2604, TEXT},
    {0x260e, 0x260e, TEXT},
    {0x2611, 0x2611, TEXT},
    {0x2614, 0x2615, EMOJI},
    {0x2618, 0x2618, TEXT},
    {0x261d, 0x261d, TEXT},
    {0x2620, 0x2620, TEXT},
    {0x2622, 0x2623, TEXT},
    {0x2626, 0x2626, TEXT},
    {0x262a, 0x262a, TEXT},
    {0x262e, 0x262f, TEXT},
    {0x2638, 0x263a, TEXT},
    {0x2640, 0x2640, TEXT},
    {0x2642, 0x2642, TEXT},
    {0x2648, 0x2653, EMOJI},
    {0x265f, 0x2660, TEXT},
    {0x2663, 0x2663, TEXT},
    {0x2665, 0x2666, TEXT},
    {0x2668, 0x2668, TEXT},
    {0x267b, 0x267b, TEXT},
    {0x267e, 0x267e, TEXT},
    {0x267f, 0x267f, EMOJI},
    {0x2692, 0x2692, TEXT},
    {0x2693, 0x2693, EMOJI},
    {0x2694, 0x2697, TEXT},
    {0x2699, 0x2699, TEXT},
    {0x269b, 0x269c, TEXT},
    {0x26a0, 0x26a0, TEXT},
    {0x26a1, 0x26a1, EMOJI},
    {0x26a7, 0x26a7, TEXT},
    {0x26aa, 0x26ab, EMOJI},
    {0x26b0, 0x26b1, TEXT},
    {0x26bd, 0x26be, EMOJI},
    {0x26c4, 0x26c5, EMOJI},
    {0x26c8, 0x26c8, TEXT},
    {0x26ce, 0x26ce, EMOJI},
    {0x26cf, 0x26cf, TEXT},
    {0x26d1, 0x26d1, TEXT},
    {0x26d3, 0x26d3, TEXT},
    {0x26d4, 0x26d4, EMOJI},
    {0x26e9, 0x26e9, TEXT},
    {0x26ea, 0x26ea, EMOJI},
    {0x26f0, 0x26f1, TEXT},
    {0x26f2, 0x26f3, EMOJI},
    {0x26f4, 0x26f4, TEXT},
    {0x26f5, 0x26f5, EMOJI},
    {0x26f7, 0x26f9, TEXT},
    {0x26fa, 0x26fa, EMOJI},
    {0x26fd, 0x26fd, EMOJI},
    {0x2702, 0x2702, TEXT},
    {0x2705, 0x2705, EMOJI},
    {0x2708, 0x2709, TEXT},
    {0x270a, 0x270b, EMOJI},
    {0x270c, 0x270d, TEXT},
    {0x270f, 0x270f, TEXT},
    {0x2712, 0x2712, TEXT},
    {0x2714, 0x2714, TEXT},
    {0x2716, 0x2716, TEXT},
    {0x271d, 0x271d, TEXT},
    {0x2721, 0x2721, TEXT},
    {0x2728, 0x2728, EMOJI},
    {0x2733, 0x2734, TEXT},
    {0x2744, 0x2744, TEXT},
    {0x2747, 0x2747, TEXT},
    {0x274c, 0x274c, EMOJI},
    {0x274e, 0x274e, EMOJI},
    {0x2753, 0x2755, EMOJI},
    {0x2757, 0x2757, EMOJI},
    {0x2763, 0x2764, TEXT},
    {0x2795, 0x2797, EMOJI},
    {0x27a1, 0x27a1, TEXT},
    {0x27b0, 0x27b0, EMOJI},
    {0x27bf, 0x27bf, EMOJI},
    {0x2934, 0x2935, TEXT},
    {0x2b05, 0x2b07, TEXT},
    {0x2b1b, 0x2b1c, EMOJI},
    {0x2b50, 0x2b50, EMOJI},
    {0x2b55, 0x2b55, EMOJI},
    {0x3030, 0x3030, TEXT},
    {0x303d, 0x303d, TEXT},
    {0x3297, 0x3297, TEXT},
    {0x3299, 0x3299, TEXT},
    {0x1f004, 0x1f004, EMOJI},
    {0x1f02c, 0x1f02f, EMOJI},
    {0x1f094, 0x1f09f, EMOJI},
    {0x1f0af, 0x1f0b0, EMOJI},
    {0x1f0c0, 0x1f0c0, EMOJI},
    {0x1f0cf, 0x1f0d0, EMOJI},
    {0x1f0f6, 0x1f0ff, EMOJI},
    {0x1f170, 0x1f171, TEXT},
    {0x1f17e, 0x1f17f, TEXT},
    {0x1f18e, 0x1f18e, EMOJI},
    {0x1f191, 0x1f19a, EMOJI},
    {0x1f1ae, 0x1f1e5, EMOJI},
    {0x1f201, 0x1f201, EMOJI},
    {0x1f202, 0x1f202, TEXT},
    {0x1f203, 0x1f20f, EMOJI},
    {0x1f21a, 0x1f21a, EMOJI},
    {0x1f22f, 0x1f22f, EMOJI},
    {0x1f232, 0x1f236, EMOJI},
    {0x1f237, 0x1f237, TEXT},
    {0x1f238, 0x1f23a, EMOJI},
    {0x1f23c, 0x1f23f, EMOJI},
    {0x1f249, 0x1f25f, EMOJI},
    {0x1f266, 0x1f320, EMOJI},
    {0x1f321, 0x1f321, TEXT},
    {0x1f324, 0x1f32c, TEXT},
    {0x1f32d, 0x1f335, EMOJI},
    {0x1f336, 0x1f336, TEXT},
    {0x1f337, 0x1f37c, EMOJI},
    {0x1f37d, 0x1f37d, TEXT},
    {0x1f37e, 0x1f393, EMOJI},
    {0x1f396, 0x1f397, TEXT},
    {0x1f399, 0x1f39b, TEXT},
    {0x1f39e, 0x1f39f, TEXT},
    {0x1f3a0, 0x1f3ca, EMOJI},
    {0x1f3cb, 0x1f3ce, TEXT},
    {0x1f3cf, 0x1f3d3, EMOJI},
    {0x1f3d4, 0x1f3df, TEXT},
    {0x1f3e0, 0x1f3f0, EMOJI},
    {0x1f3f3, 0x1f3f3, TEXT},
    {0x1f3f4, 0x1f3f4, EMOJI},
    {0x1f3f5, 0x1f3f5, TEXT},
    {0x1f3f7, 0x1f3f7, TEXT},
    {0x1f3f8, 0x1f3fa, EMOJI},
    {0x1f400, 0x1f43e, EMOJI},
    {0x1f43f, 0x1f43f, TEXT},
    {0x1f440, 0x1f440, EMOJI},
    {0x1f441, 0x1f441, TEXT},
    {0x1f442, 0x1f4fc, EMOJI},
    {0x1f4fd, 0x1f4fd, TEXT},
    {0x1f4ff, 0x1f53d, EMOJI},
    {0x1f549, 0x1f54a, TEXT},
    {0x1f54b, 0x1f54e, EMOJI},
    {0x1f550, 0x1f567, EMOJI},
    {0x1f56f, 0x1f570, TEXT},
    {0x1f573, 0x1f579, TEXT},
    {0x1f57a, 0x1f57a, EMOJI},
    {0x1f587, 0x1f587, TEXT},
    {0x1f58a, 0x1f58d, TEXT},
    {0x1f590, 0x1f590, TEXT},
    {0x1f595, 0x1f596, EMOJI},
    {0x1f5a4, 0x1f5a4, EMOJI},
    {0x1f5a5, 0x1f5a5, TEXT},
    {0x1f5a8, 0x1f5a8, TEXT},
    {0x1f5b1, 0x1f5b2, TEXT},
    {0x1f5bc, 0x1f5bc, TEXT},
    {0x1f5c2, 0x1f5c4, TEXT},
    {0x1f5d1, 0x1f5d3, TEXT},
    {0x1f5dc, 0x1f5de, TEXT},
    {0x1f5e1, 0x1f5e1, TEXT},
    {0x1f5e3, 0x1f5e3, TEXT},
    {0x1f5e8, 0x1f5e8, TEXT},
    {0x1f5ef, 0x1f5ef, TEXT},
    {0x1f5f3, 0x1f5f3, TEXT},
    {0x1f5fa, 0x1f5fa, TEXT},
    {0x1f5fb, 0x1f64f, EMOJI},
    {0x1f680, 0x1f6c5, EMOJI},
    {0x1f6cb, 0x1f6cb, TEXT},
    {0x1f6cc, 0x1f6cc, EMOJI},
    {0x1f6cd, 0x1f6cf, TEXT},
    {0x1f6d0, 0x1f6d2, EMOJI},
    {0x1f6d5, 0x1f6df, EMOJI},
    {0x1f6e0, 0x1f6e5, TEXT},
    {0x1f6e9, 0x1f6e9, TEXT},
    {0x1f6eb, 0x1f6ef, EMOJI},
    {0x1f6f0, 0x1f6f0, TEXT},
    {0x1f6f3, 0x1f6f3, TEXT},
    {0x1f6f4, 0x1f6ff, EMOJI},
    {0x1f7da, 0x1f7ff, EMOJI},
    {0x1f80c, 0x1f80f, EMOJI},
    {0x1f848, 0x1f84f, EMOJI},
    {0x1f85a, 0x1f85f, EMOJI},
    {0x1f888, 0x1f88f, EMOJI},
    {0x1f8ae, 0x1f8af, EMOJI},
    {0x1f8bc, 0x1f8bf, EMOJI},
    {0x1f8c2, 0x1f8cf, EMOJI},
    {0x1f8d9, 0x1f8ff, EMOJI},
    {0x1f90c, 0x1f93a, EMOJI},
    {0x1f93c, 0x1f945, EMOJI},
    {0x1f947, 0x1f9ff, EMOJI},
    {0x1fa58, 0x1fa5f, EMOJI},
    {0x1fa6e, 0x1faff, EMOJI},
    {0x1fc00, 0x1fffd, EMOJI},
};

static bool is_picture(uint32_t c, enum shown *ret_shown) {
    size_t low = 0, high = sizeof pictures / sizeof *pictures;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (c > pictures[middle].last)
            low = middle + 1;
        else if (c < pictures[middle].first)
            high = middle;
        else {
            *ret_shown = pictures[middle].shown;
            return true;
        }
    }
    return false;
}

static bool is_skin(uint32_t c) {
    return c >= 0x1f3fb && c <= 0x1f3ff;
}

static bool is_letter(uint32_t c) { /* two of them are a country's flag */
    return c >= 0x1f1e6 && c <= 0x1f1ff;
}

static bool is_key(uint32_t c) {
    return c == '#' || c == '*' || (c >= '0' && c <= '9');
}

struct scan {
    struct str rest;
    char *out;
    size_t n;
};

static uint32_t peek(const struct scan *s) {
    struct str rest = s->rest;
    uint32_t c = 0;
    utf8_next(&rest, &c);
    return c;
}

static void skip(struct scan *s) {
    uint32_t c;
    utf8_next(&s->rest, &c);
}

static bool put(struct scan *s, uint32_t c) {
    char bytes[4];
    size_t n = utf8_put(c, bytes);
    if (s->n + n > LIMIT_EMOJI_BYTES)
        return false;
    memcpy(s->out + s->n, bytes, n);
    s->n += n;
    return true;
}

static bool take(struct scan *s) {
    uint32_t c = peek(s);
    skip(s);
    return put(s, c);
}

static bool take_tags(struct scan *s) {
    int n = 0;
    for (; peek(s) >= 0xe0020 && peek(s) < TAG_END; n++)
        if (n == TAGS_MOST || !take(s))
            return false;
    return n > 0 && peek(s) == TAG_END && take(s);
}

/* A picture with what shapes it. */
static bool take_picture(struct scan *s) {
    uint32_t c = peek(s);
    enum shown shown;
    if (!is_picture(c, &shown) || !take(s))
        return false;
    if (peek(s) == VARIATION)
        skip(s);
    if (is_skin(peek(s)))
        return take(s);
    if (c == BLACK_FLAG && peek(s) >= 0xe0020 && peek(s) <= TAG_END)
        return take_tags(s);
    return shown == EMOJI || put(s, VARIATION);
}

bool emoji_normal(struct str s, char out[static LIMIT_EMOJI_BYTES], size_t *ret_n) {
    struct scan scan = {.rest = s, .out = out};
    bool good;
    if (s.n == 0 || s.n > LIMIT_EMOJI_BYTES || !utf8_valid(s))
        return false;
    if (is_letter(peek(&scan))) {
        good = take(&scan) && is_letter(peek(&scan)) && take(&scan);
    } else if (is_key(peek(&scan))) {
        good = take(&scan) && put(&scan, VARIATION);
        if (peek(&scan) == VARIATION)
            skip(&scan);
        good = good && peek(&scan) == KEYCAP && take(&scan);
    } else {
        good = take_picture(&scan);
        while (good && peek(&scan) == JOINER)
            good = take(&scan) && take_picture(&scan);
    }
    if (!good || scan.rest.n > 0)
        return false;
    *ret_n = scan.n;
    return true;
}
