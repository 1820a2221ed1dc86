/* The child's answer, read as if a stranger had written it. */
#include "base/limits.h"
#include "media/media_internal.h"

static uint32_t number(const char *p) {
    const unsigned char *b = (const unsigned char *)p;
    return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/* Nothing but WebP is ever kept, whoever wrote it. */
static bool is_webp(struct str s) {
    return s.n > 12 && memcmp(s.p, "RIFF", 4) == 0 && memcmp(s.p + 8, "WEBP", 4) == 0
        && number(s.p + 4) <= s.n - 8;
}

int answer_parse(struct str bytes, enum media_result *ret_result, struct str *ret_pictures) {
    struct str rest = bytes, pictures[PICTURE_SIZES];
    if (rest.n == 0)
        return 0;
    unsigned char result = (unsigned char)rest.p[0];
    rest = str_from_index(rest, 1);
    if (result > MEDIA_TOO_LARGE)
        return -1;
    for (int i = 0; result == MEDIA_GOOD && i < PICTURE_SIZES; i++) {
        if (rest.n < 4)
            return 0;
        uint32_t n = number(rest.p);
        rest = str_from_index(rest, 4);
        if (n > LIMIT_PICTURE_OUT_BYTES)
            return -1;
        if (rest.n < n)
            return 0;
        pictures[i] = str_make(rest.p, n);
        rest = str_from_index(rest, n);
        if (!is_webp(pictures[i]))
            return -1;
    }
    if (rest.n)
        return -1;
    *ret_result = (enum media_result)result;
    if (result == MEDIA_GOOD)
        memcpy(ret_pictures, pictures, sizeof pictures);
    return 1;
}
