/* SPDX-License-Identifier: MIT */
#include "index_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "crumple_format.h"
#include "json_out.h"

#define LOCK_TRIES   100
#define LOCK_WAIT_NS 2000000 /* 100 times 2 ms: then without the lock, a single append is not torn either */

static void make_line(const struct crash *crash, const char *bundle, struct buffer *out)
{
    int64_t durable_us = crash_elapsed_us(crash);
    json_open(out, NULL, '{');
    json_string(out, "event", crash->notes.event);
    json_string(out, "signature", crash->signature);
    json_string(out, "title", crash->title);
    json_string(out, "exe", crash->notes.exe);
    json_number(out, "pid", crash->notes.pid);
    json_string(out, "time", crash->time);
    json_string(out, "signal", crash->signal.name);
    json_string(out, "path", bundle);
    json_string(out, "id", crash->name);
    if (durable_us >= 0)
        json_number(out, "durable_us", durable_us);
    else
        json_null(out, "durable_us");
    json_close(out, '}');
    buffer_add_char(out, '\n');
}

static void lock_bounded(int fd)
{
    for (int i = 0; i < LOCK_TRIES; i++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
            return;
        (void)nanosleep(&(struct timespec){.tv_nsec = LOCK_WAIT_NS}, NULL);
    }
}

/* A line that was torn by a full disk or a power cut must not swallow ours. */
static int begin_on_new_line(int fd, off_t size, struct buffer *line)
{
    char last = '\n';
    if (size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n') {
        buffer_add_char(line, '\n');
        memmove(line->data + 1, line->data, line->size - 1);
        line->data[0] = '\n';
    }
    return line->failed ? -ENOMEM : 0;
}

static int append_line(int fd, struct buffer *line)
{
    struct stat status;
    if (fstat(fd, &status) < 0)
        return -errno;
    if (!S_ISREG(status.st_mode))
        return -EINVAL;
    lock_bounded(fd);
    if (fstat(fd, &status) < 0)
        return -errno;
    int error = begin_on_new_line(fd, status.st_size, line);
    if (error)
        return error;
    ssize_t done = write(fd, line->data, line->size);
    if (done == (ssize_t)line->size)
        return 0;
    error = done < 0 ? -errno : -ENOSPC;
    if (done > 0)
        (void)!ftruncate(fd, status.st_size);
    return error;
}

int index_append(int directory, const struct crash *crash, const char *bundle)
{
    struct buffer line = {0};
    make_line(crash, bundle, &line);
    if (line.failed) {
        buffer_release(&line);
        return -ENOMEM;
    }
    int fd = openat(directory, CRUMPLE_INDEX_NAME,
                    O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
    int error = fd < 0 ? -errno : append_line(fd, &line);
    if (fd >= 0)
        (void)close(fd); /* and with it the lock */
    buffer_release(&line);
    return error;
}
