/* SPDX-License-Identifier: MIT */
#include "ledger/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "crumple_format.h"

#define LOCK_TRIES   100
#define LOCK_WAIT_NS 2000000 /* 100 times 2 ms: then without the lock, a single append is not torn either */
#define OPEN_TRIES   16      /* of a file that is renamed again and again */
#define READ_MAX     ((off_t)256 << 20)
#define OLDER_MAX    (4 * CRUMPLE_INDEX_MAX) /* of the older file only the end is read */

static bool lock_bounded(int fd)
{
    for (int i = 0; i < LOCK_TRIES; i++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return true;
        if (errno != EWOULDBLOCK)
            return false;
        (void)nanosleep(&(struct timespec){.tv_nsec = LOCK_WAIT_NS}, NULL);
    }
    return false;
}

static bool is_current(int directory, int fd)
{
    struct stat here, there;
    return fstat(fd, &here) == 0 &&
           fstatat(directory, CRUMPLE_INDEX_NAME, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
           here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

/* Opens the file that has the name, made if there is none, makes sure it is a regular one, and takes its lock. Returns a
 * descriptor or a negative errno. *ret_locked: whether the lock came in time. */
static int open_locked(int directory, bool *ret_locked)
{
    for (int i = 0;; i++) {
        struct stat status;
        int fd = openat(directory, CRUMPLE_INDEX_NAME,
                        O_RDWR | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_CREAT, 0600);
        if (fd < 0)
            return -errno;
        if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode)) {
            (void)close(fd);
            return -EINVAL;
        }
        *ret_locked = lock_bounded(fd);
        if (i == OPEN_TRIES || is_current(directory, fd))
            return fd;
        (void)close(fd);
    }
}

/* A line that was torn by a full disk or a power cut must not swallow ours. */
static int begin_on_new_line(int fd, off_t size, struct buffer *lines)
{
    char last = '\n';
    if (size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n') {
        buffer_add_char(lines, '\n');
        if (lines->failed)
            return -ENOMEM;
        memmove(lines->data + 1, lines->data, lines->size - 1);
        lines->data[0] = '\n';
    }
    return 0;
}

static int append(int fd, bool is_locked, struct buffer *lines)
{
    struct stat status;
    if (fstat(fd, &status) < 0)
        return -errno;
    int error = begin_on_new_line(fd, status.st_size, lines);
    if (error)
        return error;
    ssize_t done = write(fd, lines->data, lines->size);
    if (done == (ssize_t)lines->size)
        return 0;
    error = done < 0 ? -errno : -ENOSPC;
    /* Without the lock what stands behind our part may be somebody else's. */
    if (done > 0 && is_locked)
        (void)!ftruncate(fd, status.st_size);
    return error;
}

int log_append(int directory, struct buffer *lines)
{
    bool is_locked = false;
    if (lines->failed)
        return -ENOMEM;
    int fd = open_locked(directory, &is_locked);
    if (fd < 0)
        return fd;
    int error = append(fd, is_locked, lines);
    (void)close(fd); /* and with it the lock */
    return error;
}

static int read_from(int fd, off_t from, struct buffer *text)
{
    struct stat status;
    if (fstat(fd, &status) < 0)
        return -errno;
    while (from < status.st_size) {
        if (status.st_size - from > READ_MAX)
            return -EFBIG;
        if (!buffer_reserve(text, (size_t)(status.st_size - from)))
            return -ENOMEM;
        ssize_t done = pread(fd, text->data + text->size, (size_t)(status.st_size - from), from);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return done < 0 ? -errno : 0;
        text->size += (size_t)done;
        from += done;
    }
    return 0;
}

/* Appends the text of a file to text: its last max bytes, from the first whole line on. */
static int read_file(int directory, const char *name, off_t max, struct stat *ret_status, struct buffer *text)
{
    int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT ? 0 : -errno;
    int error = fstat(fd, ret_status) < 0 ? -errno : S_ISREG(ret_status->st_mode) ? 0 : -EINVAL;
    off_t from = ret_status->st_size > max ? ret_status->st_size - max : 0;
    if (!error)
        error = read_from(fd, from, text);
    (void)close(fd);
    return error;
}

int log_read(int directory, struct buffer *ret_text, size_t *ret_older_size)
{
    struct stat older = {0}, current = {0};
    struct buffer text = {0};
    *ret_text = (struct buffer){0};
    int error = read_file(directory, CRUMPLE_INDEX_NAME, READ_MAX, &current, &text);
    /* What lies in the place of the older file may be anything; what happens now is counted without it. */
    if (!error && read_file(directory, CRUMPLE_INDEX_OLDER, OLDER_MAX, &older, ret_text) != 0)
        ret_text->size = 0;
    /* Renamed between the two: both are the same file. */
    if (older.st_ino == current.st_ino && older.st_dev == current.st_dev)
        ret_text->size = 0;
    if (ret_text->size && ret_text->data[ret_text->size - 1] != '\n')
        buffer_add_char(ret_text, '\n');
    *ret_older_size = ret_text->size;
    buffer_add(ret_text, text.data, text.size);
    if (!error && ret_text->failed)
        error = -ENOMEM;
    buffer_release(&text);
    return error;
}

/* The lock makes one of two processes that rename see what the other has done. */
static int rename_locked(int directory, int fd)
{
    struct stat status;
    if (!is_current(directory, fd) || fstat(fd, &status) < 0 || status.st_size <= CRUMPLE_INDEX_MAX)
        return 0;
    return renameat(directory, CRUMPLE_INDEX_NAME, directory, CRUMPLE_INDEX_OLDER) < 0 ? -errno : 0;
}

int log_rotate(int directory)
{
    struct stat status;
    bool is_locked = false;
    if (fstatat(directory, CRUMPLE_INDEX_NAME, &status, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : -errno;
    if (status.st_size <= CRUMPLE_INDEX_MAX)
        return 0;
    int fd = open_locked(directory, &is_locked);
    if (fd < 0)
        return fd;
    int error = is_locked ? rename_locked(directory, fd) : 0;
    (void)close(fd); /* and with it the lock */
    return error;
}
