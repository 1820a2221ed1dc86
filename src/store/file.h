/* Files of the data directory. */
#pragma once

/* fsyncs `from`, renames it over `to`, fsyncs the directory. 0 or -errno. */
int file_put_in_place(const char *from, const char *to);
int file_fsync(const char *path);
/* Makes the directory if missing (0700). */
int file_make_dir(const char *path);
/* Exclusive lock for as long as the descriptor is open: the descriptor, -EBUSY, or -errno. */
int file_lock(const char *path);
