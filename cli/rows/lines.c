/* SPDX-License-Identifier: MIT */
/* Reading lines of JSON: see rows/lines.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rows/lines.h"

#define LINE_BYTES_MAX (64 << 10)

static int take_lines(const struct lines *lines, const char *at, const char *end)
{
    int error = 0;

    for (size_t number = 1; error == 0 && at < end; number++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));

        if (!newline && !lines->takes_unended)
            break;
        const char *stop = newline ? newline : end;
        json_t *value = stop - at > LINE_BYTES_MAX ? NULL : json_loadb(at, (size_t)(stop - at), 0, NULL);
        if (stop > at)
            error = lines->take(value, number, lines->context);
        json_decref(value);
        at = stop + 1;
    }
    return error;
}

static int read_all(struct lines *lines, int fd, char **ret_text, size_t *ret_size)
{
    struct stat status;
    if (fstat(fd, &status) < 0)
        return -errno;
    if ((uint64_t)status.st_size > ((uint64_t)LINES_MIB_MAX << 20) - lines->bytes)
        return -EFBIG;
    char *text = malloc((size_t)status.st_size + 1);
    if (!text)
        return -ENOMEM;
    size_t size = 0;
    while (size < (size_t)status.st_size) {
        ssize_t done = read(fd, text + size, (size_t)status.st_size - size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0) {
            int error = -errno;
            free(text);
            return error;
        }
        if (done == 0)
            break;
        size += (size_t)done;
    }
    lines->bytes += size;
    *ret_text = text;
    *ret_size = size;
    return 0;
}

static bool has_too_many_lines(struct lines *lines, const char *at, const char *end)
{
    while (at < end && lines->count <= LINES_MAX) {
        lines->count++;
        at = memchr(at, '\n', (size_t)(end - at));
        if (!at)
            break;
        at++;
    }
    return lines->count > LINES_MAX;
}

int lines_read(struct lines *lines, int fd)
{
    char *text = NULL;
    size_t size = 0;
    int error = read_all(lines, fd, &text, &size);
    if (!error)
        error = has_too_many_lines(lines, text, text + size) ? -EFBIG : take_lines(lines, text, text + size);
    free(text);
    return error;
}
