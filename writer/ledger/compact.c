/* SPDX-License-Identifier: MIT */
#include "ledger/compact.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crumple_format.h"
#include "ledger/log.h"
#include "ledger/tally.h"

#define LOCK_TRIES 50

static const char temporary[] = "." CRUMPLE_INDEX_NAME CRUMPLE_TEMP_SUFFIX;

/* Whether the bundle of a line is still there: people look for its line. */
static bool has_bundle(int directory, const struct event_line *line)
{
    char name[NAME_MAX + 1];
    struct stat status;
    if (!line->bundles || !line->path.bytes || line->path.size > NAME_MAX ||
        memchr(line->path.bytes, '/', line->path.size))
        return false;
    memcpy(name, line->path.bytes, line->path.size);
    name[line->path.size] = '\0';
    return fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

static void fold_line(int directory, const char *text, size_t size, char *scratch, struct tally *tally,
                      struct buffer *kept)
{
    struct event_line line;
    if (event_line_parse(text, size, scratch, &line) < 0)
        return; /* torn: there is nothing to count */
    if (has_bundle(directory, &line)) {
        tally_learn(tally, &line);
        buffer_add(kept, text, size + 1);
    } else {
        tally_add(tally, &line);
    }
}

/* Where the newest lines begin, of at most keep bytes. text ends with a newline. */
static size_t find_boundary(const char *text, size_t size, size_t keep)
{
    if (size <= keep)
        return 0;
    const char *newline = memchr(text + size - keep - 1, '\n', keep + 1);
    return newline ? (size_t)(newline + 1 - text) : size;
}

int compact_text(int directory, const char *text, size_t size, size_t keep, struct buffer *out)
{
    size_t boundary = find_boundary(text, size, keep);
    struct buffer kept = {0};
    struct tally tally;
    char *scratch = malloc(boundary + 1);
    int error = scratch ? tally_init(&tally) : -ENOMEM;
    const char *end = text + boundary, *at = text, *newline;
    if (!scratch)
        return error;
    for (; !error && at < end && (newline = memchr(at, '\n', (size_t)(end - at))); at = newline + 1)
        fold_line(directory, at, (size_t)(newline - at), scratch, &tally, &kept);
    if (!error)
        error = tally_check(&tally);
    if (!error) {
        tally_write(&tally, out);
        buffer_add(out, kept.data, kept.size);
        buffer_add(out, text + boundary, size - boundary);
    }
    tally_release(&tally);
    buffer_release(&kept);
    free(scratch);
    return error ? error : kept.failed || out->failed ? -ENOMEM : 0;
}

static int write_all(int fd, const struct buffer *bytes)
{
    for (size_t at = 0; at < bytes->size;) {
        ssize_t done = write(fd, bytes->data + at, bytes->size - at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return done < 0 ? -errno : -ENOSPC;
        at += (size_t)done;
    }
    return 0;
}

/* Copies what was appended to log from offset *from on. */
static int copy_rest(int log, int fd, off_t *from)
{
    struct buffer rest = {0};
    int error = log_read_from(log, *from, &rest);
    if (!error)
        error = write_all(fd, &rest);
    *from += (off_t)rest.size;
    buffer_release(&rest);
    return error;
}

/*
 * The file at fd, which holds what the first size bytes of log became, takes the name. The lock is held for
 * the copy of the newest lines only: who could not get it in time and appends without it is looked after by
 * a second look, when the name has changed.
 */
static int take_over(int directory, int log, int fd, off_t size)
{
    off_t from = size;
    if (!log_lock(log, LOCK_TRIES) || !log_is_current(directory, CRUMPLE_INDEX_NAME, log))
        return -EAGAIN;
    int error = copy_rest(log, fd, &from);
    if (!error && renameat(directory, temporary, directory, CRUMPLE_INDEX_NAME) < 0)
        error = -errno;
    return error ? error : copy_rest(log, fd, &from);
}

/* Who may write to the log, and whom it was shown to, stays as it was: root may be the one who compacts. */
static int take_rights(int log, int fd)
{
    struct stat status, own;
    if (fstat(log, &status) < 0 || fstat(fd, &own) < 0)
        return -errno;
    bool is_foreign = status.st_uid != own.st_uid || status.st_gid != own.st_gid;
    if (is_foreign && fchown(fd, status.st_uid, status.st_gid) < 0)
        return -errno;
    return fchmod(fd, status.st_mode & 0777) < 0 ? -errno : 0;
}

static int replace_log(int directory, int log, const struct buffer *text, off_t size)
{
    (void)unlinkat(directory, temporary, 0);
    int fd =
        openat(directory, temporary, O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    int error = take_rights(log, fd);
    if (!error)
        error = write_all(fd, text);
    if (!error && fsync(fd) < 0)
        error = -errno;
    if (!error)
        error = take_over(directory, log, fd, size);
    (void)close(fd);
    if (error)
        (void)unlinkat(directory, temporary, 0);
    return error;
}

/* Of an open log that is too large. */
static int compact_open(int directory, int log)
{
    struct buffer text = {0}, out = {0};
    int error = log_read_from(log, 0, &text);
    const char *newline = error || !text.size ? NULL : memrchr(text.data, '\n', text.size);
    size_t whole = newline ? (size_t)(newline + 1 - text.data) : 0;
    if (!error && whole)
        error = compact_text(directory, text.data, whole, CRUMPLE_INDEX_MOST / 4, &out);
    /* Where bundles hold most lines in place it is not worth the writing. */
    if (!error && out.size && out.size < whole / 4 * 3)
        error = replace_log(directory, log, &out, (off_t)whole);
    buffer_release(&text);
    buffer_release(&out);
    return error;
}

int compact_log(int directory)
{
    struct stat status;
    int log = openat(directory, CRUMPLE_INDEX_NAME, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (log < 0)
        return errno == ENOENT ? 0 : -errno;
    int error = fstat(log, &status) < 0 ? -errno : S_ISREG(status.st_mode) ? 0 : -EINVAL;
    if (!error && status.st_size > CRUMPLE_INDEX_MOST)
        error = compact_open(directory, log);
    (void)close(log); /* and with it the lock */
    return error == -EAGAIN ? 0 : error;
}
