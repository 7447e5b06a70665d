/* SPDX-License-Identifier: MIT */
#include "ledger/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "crumple_format.h"
#include "ndjson.h"
#include "report/event_json.h"
#include "report/stack_text.h"

#define STACK_FRAMES 6

#define READ_MAX  ((off_t)256 << 20)
#define OLDER_MAX (4 * CRUMPLE_INDEX_MAX) /* of the older file only the end is read */

/* What a reader without the bundle shows of the stack: crumple-run, in the message of a container's end. */
static void add_stack(const struct crash *crash, struct buffer *out)
{
    const struct stack_text how = {.begin = "\n", .end = "", .frames_max = STACK_FRAMES};
    struct buffer lines = {0};
    stack_text_add(crash, crash_told_stack(crash), &how, &lines);
    json_open(out, "stack", '[');
    for (const char *at = lines.data, *end = at + lines.size, *next; at && at < end; at = next) {
        at++; /* the newline that begins it */
        next = memchr(at, '\n', (size_t)(end - at));
        next = next ? next : end;
        json_bytes(out, NULL, at, (size_t)(next - at));
    }
    json_close(out, ']');
    out->failed |= lines.failed;
    buffer_release(&lines);
}

/* Errors of this kind that crumple-run has only counted (run/watch/logged_limit.h). */
static void make_line_of_missed(const struct crash *crash, struct buffer *out)
{
    json_open(out, NULL, '{');
    event_json_begin(crash, out);
    event_json_missed(crash, out);
    json_close(out, '}');
    buffer_add_char(out, '\n');
}

static void make_line(const struct crash *crash, const char *bundle, struct buffer *out)
{
    json_open(out, NULL, '{');
    event_json_begin(crash, out);
    event_json_rest(crash, bundle, out);
    json_number(out, "ppid", crash->notes.ppid);
    if (bundle)
        add_stack(crash, out);
    json_close(out, '}');
    buffer_add_char(out, '\n');
}

int log_append(int directory, const struct buffer *lines)
{
    return lines->failed ? -ENOMEM : ndjson_append(directory, lines->data, lines->size);
}

int log_append_crash(int directory, const struct crash *crash, const char *bundle)
{
    struct buffer line = {0};
    make_line(crash, bundle, &line);
    if (notes_is_logged(&crash->notes) && crash->notes.logged.missed && bundle)
        make_line_of_missed(crash, &line);
    int error = log_append(directory, &line);
    buffer_release(&line);
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

bool log_has(int directory, const char *id)
{
    struct buffer text = {0}, needle = {0};
    size_t older_size;
    json_string(&needle, "id", id);
    bool is_there = log_read(directory, &text, &older_size) == 0 && !needle.failed && text.size &&
                    memmem(text.data, text.size, needle.data, needle.size) != NULL;
    buffer_release(&text);
    buffer_release(&needle);
    return is_there;
}

/* The lock makes one of two processes that rename see what the other has done. */
static int rename_locked(int directory, int fd)
{
    struct stat status;
    if (!ndjson_is_current(directory, fd) || fstat(fd, &status) < 0 || status.st_size <= CRUMPLE_INDEX_MAX)
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
    int fd = ndjson_open(directory, &is_locked);
    if (fd < 0)
        return fd;
    int error = is_locked ? rename_locked(directory, fd) : 0;
    (void)close(fd); /* and with it the lock */
    return error;
}
