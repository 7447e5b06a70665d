/* SPDX-License-Identifier: MIT */
/* Safe file: raw system calls only; runs in the keeper and in crumple-writer. */
#include "ndjson.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "crumple_format.h"
#include "system_call.h"

#define LOCK_TRIES   100
#define LOCK_WAIT_NS 2000000 /* 100 times 2 ms: then without the lock, a single append is not torn either */
#define OPEN_TRIES   16      /* of a file that is renamed again and again */

static bool lock_bounded(int fd)
{
    const struct {
        int64_t sec, nsec;
    } pause = {0, LOCK_WAIT_NS};
    for (int i = 0; i < LOCK_TRIES; i++) {
        long error = safe_call(SYS_flock, fd, LOCK_EX | LOCK_NB);
        if (error != -EWOULDBLOCK)
            return error == 0;
        safe_call(SYS_nanosleep, &pause, NULL);
    }
    return false;
}

/* The second way: a filter of system calls may refuse the first. */
static long look_at(int fd, struct stat *ret_status)
{
    long error = safe_call(SYS_fstat, fd, ret_status);
    return error ? safe_call(SYS_newfstatat, fd, "", ret_status, AT_EMPTY_PATH) : 0;
}

bool ndjson_is_current(int directory, int fd)
{
    struct stat here, there;
    return look_at(fd, &here) == 0 &&
           safe_call(SYS_newfstatat, directory, CRUMPLE_INDEX_NAME, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
           here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

int ndjson_open(int directory, bool *ret_locked)
{
    const int flags = O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_CREAT;
    for (int i = 0;; i++) {
        struct stat status;
        int fd = (int)safe_call(SYS_openat, directory, CRUMPLE_INDEX_NAME, flags, 0600);
        if (fd == -EINTR && i < OPEN_TRIES)
            continue;
        if (fd < 0)
            return fd;
        if (look_at(fd, &status) < 0 || !S_ISREG(status.st_mode)) {
            safe_call(SYS_close, fd);
            return -EINVAL;
        }
        *ret_locked = lock_bounded(fd);
        if (i >= OPEN_TRIES || ndjson_is_current(directory, fd))
            return fd;
        safe_call(SYS_close, fd);
    }
}

/* A line that was torn by a full disk or a power cut must not swallow ours. */
static bool needs_newline(int fd, int64_t size)
{
    char last = '\n';
    return size > 0 && safe_call(SYS_pread64, fd, &last, 1, size - 1) == 1 && last != '\n';
}

static int append(int fd, bool is_locked, const char *lines, size_t size)
{
    struct iovec parts[2] = {{(void *)"\n", 0}, {(void *)lines, size}};
    struct stat status;
    long done;
    if (look_at(fd, &status) < 0)
        return -EIO;
    parts[0].iov_len = needs_newline(fd, status.st_size);
    do
        done = safe_call(SYS_writev, fd, parts, 2);
    while (done == -EINTR);
    if (done == (long)(size + parts[0].iov_len))
        return 0;
    /* Without the lock what stands behind our part may be somebody else's. */
    if (done > 0 && is_locked)
        safe_call(SYS_ftruncate, fd, status.st_size);
    return done < 0 ? (int)done : -ENOSPC;
}

int ndjson_append(int directory, const char *lines, size_t size)
{
    bool is_locked = false;
    int fd = ndjson_open(directory, &is_locked);
    if (fd < 0)
        return fd;
    int error = append(fd, is_locked, lines, size);
    safe_call(SYS_close, fd); /* and with it the lock */
    return error;
}
