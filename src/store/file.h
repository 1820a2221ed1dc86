/* Files of the data directory, and those that commands write. */
#pragma once

#include <stdbool.h>

#include "base/buf.h"

/* A file that is whole under its name or not there. It is written as PATH.part, which is its
 * owner's alone and locked as long as it is written: two that make the same file don't mix. What an
 * interruption left of a PATH.part is written anew. */
struct file_part {
    const char *path; /* borrowed */
    struct buf name;  /* PATH.part, which is there and empty after file_part_open */
    int fd;
    bool replace;
};

/* 0, -EEXIST: `path` is there and shall not be replaced, -EBUSY: somebody else writes it, -EINVAL:
 * it is no ordinary file, or -errno. */
int file_part_open(struct file_part *part, const char *path, bool replace);
/* Puts what is `whole` into its place, and takes away what is not. 0 or -errno; -EEXIST: `path` has
 * come to be meanwhile. */
int file_part_close(struct file_part *part, bool whole);
/* What either has returned, in words. Borrowed until the next call. */
const char *file_part_words(int r);

/* fsyncs `from`, renames it to `to`, fsyncs the directory. 0, -EEXIST where `to` is there and is
 * not to be replaced, or -errno. */
int file_put_in_place(const char *from, const char *to, bool replace);
int file_fsync(const char *path);
/* Makes the directory if missing (0700). */
int file_make_dir(const char *path);
/* Exclusive lock for as long as the descriptor is open: the descriptor, -EBUSY, or -errno. */
int file_lock(const char *path);
