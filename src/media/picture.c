/* One picture in, three squares out; in the child only, and in fuzzers.
 *
 * libgd is loaded when a child starts, not linked to the program: with the two dozen libraries that
 * come with it the server would start ten milliseconds later and hold megabytes that it never uses.
 *
 * The middle of the picture is cut square and made smaller first; turning it the way that EXIF says
 * is then cheap. What could be seen through is white. Colour profiles, EXIF, comments and every
 * frame but the first stay behind. */
#include <dlfcn.h>
#include <gd.h>

#include "base/limits.h"
#include "media/media_internal.h"

#define QUALITY 84

static const int sides[PICTURE_SIZES] = PICTURE_SIDES;

static struct {
    __typeof__(&gdImageCreateFromJpegPtrEx) from_jpeg;
    __typeof__(&gdImageCreateFromPngPtr) from_png;
    __typeof__(&gdImageCreateFromWebpPtr) from_webp;
    __typeof__(&gdImageCreateFromGifPtr) from_gif;
    __typeof__(&gdImageCreateTrueColor) create;
    __typeof__(&gdImagePaletteToTrueColor) to_true_color;
    __typeof__(&gdImageFilledRectangle) fill;
    __typeof__(&gdImageAlphaBlending) blend;
    __typeof__(&gdImageCopyResampled) resample;
    __typeof__(&gdImageWebpPtrEx) to_webp;
    __typeof__(&gdImageDestroy) destroy;
    __typeof__(&gdFree) free;
    __typeof__(&gdSetErrorMethod) on_error;
} gd;

static void be_silent(int priority, const char *format, va_list args) {
    (void)priority;
    (void)format;
    (void)args;
}

bool picture_open(void) {
    static const struct {
        void *at;
        const char *name;
    } wanted[] = {
        {&gd.from_jpeg, "gdImageCreateFromJpegPtrEx"},
        {&gd.from_png, "gdImageCreateFromPngPtr"},
        {&gd.from_webp, "gdImageCreateFromWebpPtr"},
        {&gd.from_gif, "gdImageCreateFromGifPtr"},
        {&gd.create, "gdImageCreateTrueColor"},
        {&gd.to_true_color, "gdImagePaletteToTrueColor"},
        {&gd.fill, "gdImageFilledRectangle"},
        {&gd.blend, "gdImageAlphaBlending"},
        {&gd.resample, "gdImageCopyResampled"},
        {&gd.to_webp, "gdImageWebpPtrEx"},
        {&gd.destroy, "gdImageDestroy"},
        {&gd.free, "gdFree"},
        {&gd.on_error, "gdSetErrorMethod"},
    };
    if (gd.on_error)
        return true;
    void *library = dlopen("libgd.so.3", RTLD_NOW | RTLD_LOCAL);
    for (size_t i = 0; library && i < sizeof wanted / sizeof *wanted; i++) {
        void *found = dlsym(library, wanted[i].name);
        if (!found)
            return false;
        memcpy(wanted[i].at, &found, sizeof found);
    }
    if (library)
        gd.on_error(be_silent);
    return library != NULL;
}

static gdImagePtr decode(struct str bytes, enum probe_kind kind) {
    int n = (int)bytes.n;
    void *p = (void *)(uintptr_t)bytes.p;
    switch (kind) {
    case PROBE_JPEG:
        return gd.from_jpeg(n, p, 0); /* 0: what the decoder warns of is a no */
    case PROBE_PNG:
        return gd.from_png(n, p);
    case PROBE_WEBP:
        return gd.from_webp(n, p);
    case PROBE_GIF:
        return gd.from_gif(n, p);
    }
    return NULL;
}

/* The middle of `from` as a square on white. */
static gdImagePtr square(gdImagePtr from, int side) {
    int w = gdImageSX(from), h = gdImageSY(from), part = w < h ? w : h;
    gdImagePtr to = gd.create(side, side);
    if (!to)
        return NULL;
    gd.fill(to, 0, 0, side - 1, side - 1, gdTrueColor(255, 255, 255));
    gd.blend(to, 1);
    gd.resample(to, from, 0, 0, (w - part) / 2, (h - part) / 2, side, side, part, part);
    return to;
}

/* In place of what it was given: turned and mirrored as EXIF's orientation says (2 to 8). */
static gdImagePtr turn(gdImagePtr from, int orientation) {
    int last = gdImageSX(from) - 1;
    gdImagePtr to = orientation > 1 ? gd.create(last + 1, last + 1) : NULL;
    if (!to)
        return from;
    for (int y = 0; y <= last; y++)
        for (int x = 0; x <= last; x++) {
            /* Where the pixel shown at (x, y) is stored. */
            int a = orientation >= 5 ? y : x, b = orientation >= 5 ? x : y;
            bool flip_a =
                orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
            bool flip_b =
                orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
            gdImageTrueColorPixel(to, x, y) =
                gdImageTrueColorPixel(from, flip_a ? last - a : a, flip_b ? last - b : b);
        }
    gd.destroy(from);
    return to;
}

static bool encode(
    gdImagePtr image, int i, void (*each)(void *arg, int i, struct str webp), void *arg) {
    int n = 0;
    char *p = gd.to_webp(image, &n, QUALITY);
    bool good = p && n > 0 && n <= LIMIT_PICTURE_OUT_BYTES;
    if (good)
        each(arg, i, str_make(p, (size_t)n));
    if (p)
        gd.free(p);
    return good;
}

enum media_result picture_make(
    struct str bytes, void (*each)(void *arg, int i, struct str webp), void *arg) {
    struct probe probe;
    if (bytes.n > LIMIT_PICTURE_BYTES || !probe_picture(bytes, &probe))
        return MEDIA_UNREADABLE;
    if (probe.width > LIMIT_PICTURE_SIDE || probe.height > LIMIT_PICTURE_SIDE
        || (uint64_t)probe.width * probe.height > LIMIT_PICTURE_PIXELS)
        return MEDIA_TOO_LARGE;
    gdImagePtr whole = decode(bytes, probe.kind), large = NULL;
    if (!whole)
        return MEDIA_UNREADABLE;
    if (gdImageTrueColor(whole) || gd.to_true_color(whole))
        large = square(whole, PICTURE_LARGE);
    gd.destroy(whole);
    if (!large)
        return MEDIA_UNREADABLE;
    large = turn(large, probe.orientation);
    enum media_result result = MEDIA_GOOD;
    for (int i = 0; i < PICTURE_SIZES && result == MEDIA_GOOD; i++) {
        gdImagePtr made = sides[i] == PICTURE_LARGE ? large : square(large, sides[i]);
        if (!made || !encode(made, i, each, arg))
            result = MEDIA_UNREADABLE;
        if (made && made != large)
            gd.destroy(made);
    }
    gd.destroy(large);
    return result;
}
