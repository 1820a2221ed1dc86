/* What the files of src/media share. */
#pragma once

#include "media/media.h"

/* --- probe.c: what a picture says of itself, before anybody decodes it */

enum probe_kind { PROBE_JPEG, PROBE_PNG, PROBE_WEBP, PROBE_GIF };

struct probe {
    enum probe_kind kind;
    uint32_t width, height;
    int orientation; /* of EXIF: 1 to 8; 1 where nothing is said */
};

/* False: none of these kinds, or its head is broken. */
bool probe_picture(struct str bytes, struct probe *ret);

/* --- picture.c */

/* Loads the library that decodes and encodes. False: it is not on this machine. Before
 * media_confine. */
bool picture_open(void);
/* Decodes and makes the squares; `each` gets them in the order of PICTURE_SIDES, borrowed. */
enum media_result picture_make(
    struct str bytes, void (*each)(void *arg, int i, struct str webp), void *arg);

/* --- confine.c */

/* From here on this process may use its memory, descriptors 0 and 1, and nothing else. False: it
 * could not be done, and nothing may be decoded. */
bool media_confine(void);

/* --- answer.c: what the child writes
 *
 *     1 byte   enum media_result; where it is MEDIA_GOOD, for each of PICTURE_SIDES:
 *     4 bytes  length, the least significant byte first
 *     …        the picture */
#define ANSWER_MOST (1 + PICTURE_SIZES * (4 + (size_t)LIMIT_PICTURE_OUT_BYTES))
/* 1: it is whole, and *ret_pictures are views into it where the result is good; 0: more is needed;
 * -1: no child of ours says so. */
int answer_parse(struct str bytes, enum media_result *ret_result, struct str *ret_pictures);
