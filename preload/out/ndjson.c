/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the keeper. The rules are those of writer/ledger/log.c, which appends to the same file.
 */
#include "out/ndjson.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "crumple_format.h"
#include "base/io.h"
#include "base/sys.h"

#define LOCK_TRIES   100
#define LOCK_WAIT_NS 2000000 /* 100 times 2 ms: then without the lock, a single append is not torn either */
#define OPEN_TRIES   16      /* of a file that is replaced again and again */

static bool lock_bounded(int fd)
{
    struct {
        int64_t sec, nsec;
    } ts = {0, LOCK_WAIT_NS};
    int i;
    for (i = 0; i < LOCK_TRIES; i++) {
        long rc = safe_call(SYS_flock, fd, LOCK_EX | LOCK_NB);
        if (rc != -EWOULDBLOCK)
            return rc == 0;
        safe_call(SYS_nanosleep, &ts, NULL);
    }
    return false;
}

/* False: the name stands for another file by now. */
static bool is_current(int dirfd, int fd)
{
    struct stat here, there;
    return safe_fstat(fd, &here) == 0 &&
           safe_call(SYS_newfstatat, dirfd, CRUMPLE_INDEX_NAME, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
           here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

/* Returns a descriptor or a negative errno. */
static int open_locked(int dirfd, bool *ret_locked)
{
    int i;
    for (i = 0;; i++) {
        struct stat st;
        int fd =
            safe_open(dirfd, CRUMPLE_INDEX_NAME, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0600);
        if (fd < 0)
            return fd;
        if (safe_fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
            safe_close(fd);
            return -EINVAL;
        }
        *ret_locked = lock_bounded(fd);
        if (i == OPEN_TRIES || is_current(dirfd, fd))
            return fd;
        safe_close(fd);
    }
}

/* A line that was torn by a full disk or a power cut must not swallow ours. */
static bool needs_newline(int fd, int64_t size)
{
    char last = '\n';
    return size > 0 && safe_call(SYS_pread64, fd, &last, 1, size - 1) == 1 && last != '\n';
}

static int append(int fd, bool locked, const char *lines, size_t n)
{
    struct iovec parts[2] = {{(void *)"\n", 0}, {(void *)lines, n}};
    struct stat st;
    long done;
    if (safe_fstat(fd, &st) < 0)
        return -EIO;
    parts[0].iov_len = needs_newline(fd, st.st_size);
    do
        done = safe_call(SYS_writev, fd, parts, 2);
    while (done == -EINTR);
    if (done == (long)(n + parts[0].iov_len))
        return 0;
    /* Without the lock what stands behind our part may be somebody else's. */
    if (done > 0 && locked)
        safe_call(SYS_ftruncate, fd, st.st_size);
    return done < 0 ? (int)done : -ENOSPC;
}

int safe_index_append(int dirfd, const char *lines, size_t n)
{
    bool locked = false;
    int rc, fd = open_locked(dirfd, &locked);
    if (fd < 0)
        return fd;
    rc = append(fd, locked, lines, n);
    safe_close(fd); /* and with it the lock */
    return rc;
}
