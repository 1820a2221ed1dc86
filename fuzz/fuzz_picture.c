/* Pictures as strangers send them, and the answer of a child that a stranger has taken over. The
 * first byte chooses. What is decoded here is decoded without the child's confines: the decoders
 * are Debian's and not instrumented, but what they write where they should not, and what we make of
 * what they say, shows. */
#include <stdint.h>

#include "base/check.h"
#include "base/limits.h"
#include "media/media_internal.h"

#define SMALL 200000 /* pixels: larger ones take their time, and say nothing else */

static void on_made(void *arg, int i, struct str webp) {
    CHECK(i == *(int *)arg && webp.n > 12 && webp.n <= LIMIT_PICTURE_OUT_BYTES);
    CHECK(memcmp(webp.p, "RIFF", 4) == 0);
    ++*(int *)arg;
}

static void read_picture(struct str bytes) {
    struct probe probe;
    int made = 0;
    if (!probe_picture(bytes, &probe)) {
        CHECK(picture_make(bytes, on_made, &made) == MEDIA_UNREADABLE);
        return;
    }
    CHECK(probe.width && probe.height && probe.orientation >= 1 && probe.orientation <= 8);
    if ((uint64_t)probe.width * probe.height > SMALL && probe.width <= LIMIT_PICTURE_SIDE
        && probe.height <= LIMIT_PICTURE_SIDE)
        return;
    if (picture_make(bytes, on_made, &made) == MEDIA_GOOD)
        CHECK(made == PICTURE_SIZES);
}

/* Byte by byte it means what it means whole. */
static void read_answer(struct str bytes) {
    enum media_result result;
    struct str pictures[PICTURE_SIZES];
    int whole = answer_parse(bytes, &result, pictures);
    for (size_t n = 0; n < bytes.n && n < 4096; n++) {
        int part = answer_parse(str_make(bytes.p, n), &result, pictures);
        CHECK(whole != 1 || part == 0);
    }
    if (answer_parse(bytes, &result, pictures) == 1 && result == MEDIA_GOOD)
        for (int i = 0; i < PICTURE_SIZES; i++)
            CHECK(pictures[i].p >= bytes.p && pictures[i].p + pictures[i].n <= bytes.p + bytes.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    CHECK(picture_open());
    if (n == 0)
        return 0;
    struct str rest = str_make((const char *)data + 1, n - 1);
    if (data[0] == 'a')
        read_answer(rest);
    else
        read_picture(rest);
    return 0;
}
