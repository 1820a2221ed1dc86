#include "store/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
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

static int give_name(const char *from, const char *to, bool replace) {
    if (replace)
        return rename(from, to) < 0 ? -errno : 0;
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL)
        return -errno;
    /* This file system can't do both at once. */
    return access(to, F_OK) == 0 ? -EEXIST : give_name(from, to, true);
}

int file_put_in_place(const char *from, const char *to, bool replace) {
    int r = file_fsync(from);
    if (r == 0)
        r = give_name(from, to, replace);
    if (r < 0)
        return r;
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

/* --- a file that is whole or not there */

static int may_take(const char *path, bool replace) {
    struct stat st;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
    return !replace && lstat(path, &st) == 0 ? -EEXIST : 0;
}

/* Opens the part and locks it; -EAGAIN: whoever had it has put it into its place meanwhile. */
static int lock_part(const char *name, int *ret_fd) {
    struct stat own, named;
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600), r = 0;
    if (fd < 0)
        return -errno;
    if (flock(fd, LOCK_EX | LOCK_NB) < 0)
        r = errno == EWOULDBLOCK ? -EBUSY : -errno;
    else if (fstat(fd, &own) < 0)
        r = -errno;
    else if (lstat(name, &named) < 0 || named.st_ino != own.st_ino || named.st_dev != own.st_dev)
        r = -EAGAIN;
    /* What somebody else has laid there they could read. */
    else if (!S_ISREG(own.st_mode) || own.st_uid != geteuid() || own.st_nlink != 1)
        r = -EPERM;
    else if (fchmod(fd, 0600) < 0 || ftruncate(fd, 0) < 0)
        r = -errno;
    if (r < 0)
        close(fd);
    else
        *ret_fd = fd;
    return r;
}

int file_part_open(struct file_part *part, const char *path, bool replace) {
    *part = (struct file_part){.path = path, .fd = -1, .replace = replace};
    int r = may_take(path, replace);
    if (r < 0)
        return r;
    buf_addf(&part->name, "%s.part", path);
    do
        r = lock_part(buf_z(&part->name), &part->fd);
    while (r == -EAGAIN);
    if (r < 0)
        buf_fini(&part->name);
    return r;
}

int file_part_close(struct file_part *part, bool whole) {
    const char *name = buf_z(&part->name);
    int r = whole ? file_put_in_place(name, part->path, part->replace) : 0;
    /* The lock goes last: until then the part is nobody else's. */
    if (!whole || r < 0)
        unlink(name);
    close(part->fd);
    buf_fini(&part->name);
    return r;
}

const char *file_part_words(int r) {
    switch (r) {
    case -EEXIST:
        return "it exists already";
    case -EBUSY:
        return "somebody else is writing it";
    case -EINVAL:
        return "it is no ordinary file";
    case -EPERM:
        return "what lies beside it under its name and .part is somebody else's";
    default:
        return strerror(-r);
    }
}
