/* The child: takes everything from itself, reads a picture, writes the answer, ends. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "media/media_internal.h"

static bool write_all(const void *bytes, size_t n) {
    const char *p = bytes;
    while (n) {
        ssize_t r = write(STDOUT_FILENO, p, n);
        if (r <= 0)
            return false;
        p += r;
        n -= (size_t)r;
    }
    return true;
}

/* One byte more than may be: then it is too long. */
static size_t read_all(char *p, size_t most) {
    size_t n = 0;
    while (n < most) {
        ssize_t r = read(STDIN_FILENO, p + n, most - n);
        if (r <= 0)
            break;
        n += (size_t)r;
    }
    return n;
}

struct made {
    char *p[PICTURE_SIZES];
    size_t n[PICTURE_SIZES];
};

static void keep(void *arg, int i, struct str webp) {
    struct made *made = arg;
    made->p[i] = malloc(webp.n);
    if (made->p[i])
        memcpy(made->p[i], webp.p, made->n[i] = webp.n);
}

static void answer(enum media_result result, const struct made *made) {
    unsigned char first = (unsigned char)result;
    bool good = write_all(&first, 1);
    for (int i = 0; good && result == MEDIA_GOOD && i < PICTURE_SIZES; i++) {
        unsigned char length[4] = {(unsigned char)made->n[i], (unsigned char)(made->n[i] >> 8),
            (unsigned char)(made->n[i] >> 16), (unsigned char)(made->n[i] >> 24)};
        good = write_all(length, sizeof length) && write_all(made->p[i], made->n[i]);
    }
}

/* It ends by _exit: what runs at a usual end (leak checks, libraries' own) may do more than is
 * allowed here. */
_Noreturn void media_child_main(void) {
    struct made made = {0};
    if (!picture_open() || !media_confine())
        _exit(3);
    char *bytes = malloc(LIMIT_PICTURE_BYTES + 1);
    if (!bytes)
        _exit(4);
    size_t n = read_all(bytes, LIMIT_PICTURE_BYTES + 1);
    enum media_result result = picture_make(str_make(bytes, n), keep, &made);
    for (int i = 0; i < PICTURE_SIZES; i++)
        if (result == MEDIA_GOOD && !made.p[i])
            result = MEDIA_UNREADABLE;
    answer(result, &made);
    _exit(0);
}
