#include "store/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int file_fsync(const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int r = fsync(fd) < 0 ? -errno : 0;
    close(fd);
    return r;
}

int file_put_in_place(const char *from, const char *to) {
    int r = file_fsync(from);
    if (r < 0)
        return r;
    if (rename(from, to) < 0)
        return -errno;
    /* The name itself is durable only with the directory. */
    char copy[PATH_MAX];
    if ((size_t)snprintf(copy, sizeof copy, "%s", to) >= sizeof copy)
        return -ENAMETOOLONG;
    return file_fsync(dirname(copy));
}

int file_make_dir(const char *path) {
    if (mkdir(path, 0700) == 0)
        return 0;
    int r = -errno;
    struct stat st;
    if (r == -EEXIST)
        return stat(path, &st) < 0 ? -errno : S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
    return r;
}

int file_lock(const char *path) {
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return fd;
    int r = errno == EWOULDBLOCK ? -EBUSY : -errno;
    close(fd);
    return r;
}
