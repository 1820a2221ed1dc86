/* What a picture says of itself: its kind, its size, which way up. Only heads are read, with bounds
 * on every step; nothing is decoded.
 *
 * Sources: JPEG ITU T.81 B.2, EXIF 2.3 4.6, PNG (RFC 2083, and eXIf of its extensions), the WebP
 * container (developers.google.com/speed/webp/docs/riff_container), GIF89a. */
#include "media/media_internal.h"

struct reader {
    const unsigned char *p;
    size_t n;
};

static struct reader from(struct reader r, size_t at) {
    return at < r.n ? (struct reader){r.p + at, r.n - at} : (struct reader){r.p, 0};
}

static uint32_t big(const unsigned char *p, int n) {
    uint32_t v = 0;
    for (int i = 0; i < n; i++)
        v = v << 8 | p[i];
    return v;
}

static uint32_t little(const unsigned char *p, int n) {
    uint32_t v = 0;
    for (int i = n; i-- > 0;)
        v = v << 8 | p[i];
    return v;
}

static bool begins(struct reader r, const char *with, size_t n) {
    return r.n >= n && memcmp(r.p, with, n) == 0;
}
#define BEGINS(r, literal) begins(r, literal, sizeof(literal) - 1)

/* --- which way up: tag 0x112 of the first directory of a TIFF head */

static int orientation_of(struct reader tiff) {
    bool motorola = BEGINS(tiff, "MM\0*");
    if (!motorola && !BEGINS(tiff, "II*\0"))
        return 1;
    uint32_t (*number)(const unsigned char *, int) = motorola ? big : little;
    if (tiff.n < 8)
        return 1;
    struct reader dir = from(tiff, number(tiff.p + 4, 4));
    if (dir.n < 2)
        return 1;
    uint32_t count = number(dir.p, 2);
    for (uint32_t i = 0; i < count && dir.n >= 2 + (size_t)(i + 1) * 12; i++) {
        const unsigned char *entry = dir.p + 2 + (size_t)i * 12;
        uint32_t value = number(entry + 8, 2);
        if (number(entry, 2) == 0x112)
            return value >= 1 && value <= 8 ? (int)value : 1;
    }
    return 1;
}

/* --- the kinds */

/* From a scan's head on: does it go on to the end of the picture? The decoder fills up with grey
 * where it does not. */
static bool jpeg_is_whole(struct reader r) {
    while (r.n >= 4) {
        if (r.p[0] != 0xff || r.p[1] == 0x00 || r.p[1] == 0xff
            || (r.p[1] >= 0xd0 && r.p[1] <= 0xd7)) {
            const unsigned char *next = memchr(r.p + 1, 0xff, r.n - 1);
            if (!next)
                return false;
            r = from(r, (size_t)(next - r.p));
        } else if (r.p[1] == 0xd9) {
            return true;
        } else {
            r = from(r, 2 + (size_t)big(r.p + 2, 2));
        }
    }
    return r.n >= 2 && r.p[0] == 0xff && r.p[1] == 0xd9;
}

static bool jpeg(struct reader r, struct probe *ret) {
    r = from(r, 2);
    while (r.n >= 4) {
        if (r.p[0] != 0xff)
            return false;
        unsigned char marker = r.p[1];
        if (marker == 0xff) { /* fill */
            r = from(r, 1);
            continue;
        }
        if (marker == 0x01 || (marker >= 0xd0 && marker <= 0xd7)) { /* markers that stand alone */
            r = from(r, 2);
            continue;
        }
        if (marker == 0xda || marker == 0xd9)
            return false; /* no frame before the scan */
        size_t length = big(r.p + 2, 2);
        struct reader part = from(r, 4);
        if (length < 2 || part.n < length - 2)
            return false;
        part.n = length - 2;
        bool frame =
            marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
        if (marker == 0xe1 && BEGINS(part, "Exif\0\0"))
            ret->orientation = orientation_of(from(part, 6));
        if (frame && part.n >= 5) {
            ret->height = big(part.p + 1, 2);
            ret->width = big(part.p + 3, 2);
            return jpeg_is_whole(from(r, 2 + length));
        }
        r = from(r, 2 + length);
    }
    return false;
}

static bool png(struct reader r, struct probe *ret) {
    r = from(r, 8);
    if (r.n < 25 || memcmp(r.p + 4, "IHDR", 4) != 0)
        return false;
    ret->width = big(r.p + 8, 4);
    ret->height = big(r.p + 12, 4);
    while (r.n >= 12) {
        uint32_t length = big(r.p, 4);
        struct reader body = from(r, 8);
        if (body.n < (size_t)length + 4)
            break;
        body.n = length;
        if (memcmp(r.p + 4, "eXIf", 4) == 0)
            ret->orientation = orientation_of(body);
        r = from(r, (size_t)length + 12);
    }
    return true;
}

static void webp_size(const unsigned char *name, struct reader body, struct probe *ret) {
    if (memcmp(name, "VP8X", 4) == 0 && body.n >= 10) {
        ret->width = little(body.p + 4, 3) + 1;
        ret->height = little(body.p + 7, 3) + 1;
    } else if (memcmp(name, "VP8L", 4) == 0 && body.n >= 5 && body.p[0] == 0x2f) {
        uint32_t bits = little(body.p + 1, 4);
        ret->width = (bits & 0x3fff) + 1;
        ret->height = (bits >> 14 & 0x3fff) + 1;
    } else if (memcmp(name, "VP8 ", 4) == 0 && body.n >= 10
        && memcmp(body.p + 3, "\x9d\x01\x2a", 3) == 0) {
        ret->width = little(body.p + 6, 2) & 0x3fff;
        ret->height = little(body.p + 8, 2) & 0x3fff;
    }
}

static bool webp(struct reader r, struct probe *ret) {
    r = from(r, 12);
    while (r.n >= 8) {
        size_t length = little(r.p + 4, 4);
        struct reader body = from(r, 8);
        if (body.n > length)
            body.n = length;
        uint32_t width = ret->width, height = ret->height;
        webp_size(r.p, body, ret);
        /* What the container says and what is in it may differ: the larger one counts. */
        ret->width = width > ret->width ? width : ret->width;
        ret->height = height > ret->height ? height : ret->height;
        if (memcmp(r.p, "EXIF", 4) == 0) {
            if (BEGINS(body, "Exif\0\0"))
                body = from(body, 6);
            ret->orientation = orientation_of(body);
        }
        r = from(r, 8 + length + (length & 1));
    }
    return ret->width != 0;
}

/* Blocks of up to 255 bytes, each after its length, to the empty one. False: cut short. */
static bool gif_blocks(struct reader *r) {
    while (r->n) {
        size_t length = r->p[0];
        if (r->n < 1 + length)
            return false;
        *r = from(*r, 1 + length);
        if (length == 0)
            return true;
    }
    return false;
}

static size_t gif_colours(unsigned char flags) {
    return flags & 0x80 ? (size_t)3 << ((flags & 7) + 1) : 0;
}

/* The decoder shows what it has where a file is cut short; so the first picture must be whole. */
static bool gif(struct reader r, struct probe *ret) {
    if (r.n < 13)
        return false;
    ret->width = little(r.p + 6, 2);
    ret->height = little(r.p + 8, 2);
    r = from(r, 13 + gif_colours(r.p[10]));
    while (r.n >= 2 && r.p[0] == 0x21) {
        r = from(r, 2);
        if (!gif_blocks(&r))
            return false;
    }
    if (r.n < 10 || r.p[0] != 0x2c)
        return false;
    uint32_t right = little(r.p + 1, 2) + little(r.p + 5, 2),
             bottom = little(r.p + 3, 2) + little(r.p + 7, 2);
    ret->width = right > ret->width ? right : ret->width;
    ret->height = bottom > ret->height ? bottom : ret->height;
    r = from(r, 11 + gif_colours(r.p[9]));
    return gif_blocks(&r);
}

bool probe_picture(struct str bytes, struct probe *ret) {
    static const struct {
        const char *magic;
        size_t n, at;
        enum probe_kind kind;
        bool (*read)(struct reader r, struct probe *ret);
    } kinds[] = {
        {"\xff\xd8\xff", 3, 0, PROBE_JPEG, jpeg},
        {"\x89PNG\r\n\x1a\n", 8, 0, PROBE_PNG, png},
        {"WEBP", 4, 8, PROBE_WEBP, webp},
        {"GIF87a", 6, 0, PROBE_GIF, gif},
        {"GIF89a", 6, 0, PROBE_GIF, gif},
    };
    struct reader r = {(const unsigned char *)bytes.p, bytes.n};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!begins(from(r, kinds[i].at), kinds[i].magic, kinds[i].n)
            || (kinds[i].at && !BEGINS(r, "RIFF")))
            continue;
        *ret = (struct probe){.kind = kinds[i].kind, .orientation = 1};
        return kinds[i].read(r, ret) && ret->width && ret->height;
    }
    return false;
}
