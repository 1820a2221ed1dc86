/* Pictures that people send: decoded, cut square and encoded anew, so that what is kept and shown
 * was made here and carries nothing of what came but what could be seen.
 *
 * Decoders of picture formats are where strangers' bytes have done the most harm. So they run in a
 * process of their own, one for each picture: this same program, started anew (none of the server's
 * memory, keys or descriptors is in it), which takes from itself all that it does not need before
 * it looks at the first byte (confine.c): no file, no socket, no other process, bounded memory and
 * time. Whoever takes it over finds a place from which nothing can be reached but the pipe to the
 * server; and what comes out of that is looked at as if a stranger had sent it.
 *
 * Why not threads with the library linked in: a hole in a decoder would be a hole in the server.
 * Why not one long-lived child: whoever takes it over would see the next one's picture.
 *
 * Thread rule: media_submit is for any thread; on_end is called on a thread of the pool's. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/blob.h"
#include "base/limits.h"
#include "base/str.h"

enum media_result {
    MEDIA_GOOD,
    MEDIA_UNREADABLE, /* no picture of a known kind, or broken, or more than the child may use */
    MEDIA_TOO_LARGE,  /* more pixels than are decoded */
    MEDIA_UNAVAILABLE /* the child could not be started, or the server is about to end */
};

struct media_job {
    struct media_job *next;
    struct str bytes; /* borrowed until on_end */
    void (*on_end)(struct media_job *job);
    enum media_result result;
    /* By PICTURE_SIDES, WebP; owned by the job's maker; NULL but for MEDIA_GOOD. */
    struct blob *pictures[PICTURE_SIZES];
};

struct media_config {
    const char *program; /* NULL: this one */
    int threads;         /* children at the same time; 0: 2 */
    int limit_ms;        /* for one picture; 0: MEDIA_LIMIT_MS */
};

struct media;

struct media *media_new(const struct media_config *config);
/* Kills what runs; every job that was accepted ends, at the latest here. Accepts NULL. */
void media_free(struct media **m);
/* 0, or -EBUSY: too many wait already, or the end has begun; then the job stays the caller's. */
int media_submit(struct media *m, struct media_job *job);

/* Can pictures be made on this machine? Makes one of a single dot, in a child, and waits for it. */
bool media_works(void);

/* How the child is called: `program MEDIA_CHILD`. */
#define MEDIA_CHILD "picture-child"
/* What it does: reads a picture from descriptor 0, writes to descriptor 1. Does not return. */
_Noreturn void media_child_main(void);
