/* SPDX-License-Identifier: MIT */
#include "context/log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void fail(struct log_file *file, const char *why)
{
    snprintf(file->error, sizeof file->error, "%s", why);
}

/* Without it: a FIFO's writer would be woken, a device might do something, a file with a lease would be waited for. Returns a
 * descriptor, or -1 with an error set. */
static int open_regular(struct log_file *file, struct stat *ret_status)
{
    struct stat before;
    if (stat(file->path, &before) < 0) {
        fail(file, strerror(errno));
        return -1;
    }
    if (!S_ISREG(before.st_mode)) {
        fail(file, S_ISDIR(before.st_mode) ? "it is a directory" : "it is no regular file");
        return -1;
    }
    const int fd = open(file->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, ret_status) < 0) {
        fail(file, strerror(errno));
    } else if (ret_status->st_dev == before.st_dev && ret_status->st_ino == before.st_ino) {
        return fd;
    } else {
        fail(file, "it was replaced just then");
    }
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

void log_file_lines(struct log_file *file, size_t size, uint64_t at)
{
    size_t start = 0, lines = 0;
    if (at) {
        const char *newline = memchr(file->bytes, '\n', size);
        start = newline ? (size_t)(newline - file->bytes) + 1 : size;
    }
    if (start == size && size)
        snprintf(file->error, sizeof file->error, "its last line has more than %d bytes", LOG_BYTES_MAX);
    for (size_t end = size; end > start; end--)
        if (file->bytes[end - 1] == '\n' && end < size && ++lines == LOG_LINES_MAX) {
            start = end;
            break;
        }
    file->start = start;
    file->size = size - start;
    file->skipped = at + start;
}

void log_file_read(struct log_file *file)
{
    struct stat status;
    const int fd = open_regular(file, &status);
    if (fd < 0)
        return;
    const off_t at =
        status.st_size > (off_t)sizeof file->bytes ? status.st_size - (off_t)sizeof file->bytes : 0;
    /* Files of /proc have no size, and reading may change something: /proc/kmsg gives each line to one reader. */
    const ssize_t got = status.st_size ? pread(fd, file->bytes, sizeof file->bytes, at) : 0;
    if (got < 0)
        fail(file, strerror(errno));
    else
        log_file_lines(file, (size_t)got, (uint64_t)at);
    (void)close(fd);
}
