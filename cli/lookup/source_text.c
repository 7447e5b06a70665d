/* SPDX-License-Identifier: MIT */
/* See lookup/source_text.h. */
#include "lookup/source_text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/text.h"
#include "base/time.h"
#include "lookup/source_path.h"
#include "read/report.h"

#define FILE_MAX  (4u << 20)        /* bytes that are read of a file */
#define BYTES_MAX (1ull << 30)      /* of all */
#define TIME_MAX  INT64_C(10000000) /* microseconds of all look-ups: a hostile path has many ends */
#define TAB       4
#define EACH_SIDE (SOURCE_TEXT_LINES / 2)

struct source_texts {
    const struct sources *sources;
    int directories[SOURCES_DIRS_MAX]; /* -1: cannot be opened */
    json_t *found;                     /* "LINE FILE": what is known of it */
    uint64_t bytes;                    /* that were read */
    int64_t spent_us;
};

struct source_texts *source_texts_new(const struct sources *sources)
{
    if (!sources || sources->source_dirs.count == 0)
        return NULL;
    struct source_texts *texts = calloc(1, sizeof *texts);
    if (!texts)
        return NULL;
    texts->sources = sources;
    texts->found = json_object();
    for (size_t i = 0; i < sources->source_dirs.count; i++)
        texts->directories[i] = open(sources->source_dirs.paths[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (texts->found)
        return texts;
    source_texts_free(texts);
    return NULL;
}

void source_texts_free(struct source_texts *texts)
{
    if (!texts)
        return;
    for (size_t i = 0; i < texts->sources->source_dirs.count; i++)
        if (texts->directories[i] >= 0)
            close(texts->directories[i]);
    json_decref(texts->found);
    free(texts);
}

/* Opens the longest end of the path that is below a directory. Returns a descriptor, or a negative errno: that of the first file that is
 * there and cannot be read. */
static int open_source(const struct source_texts *texts, const char *file)
{
    struct source_path path;
    int error = -ENOENT;

    if (!source_path_is_source(file))
        return -EPERM;
    if (!source_path_read(file, &path))
        return -ENOENT;
    for (size_t i = 0; i < path.count; i++)
        for (size_t k = 0; k < texts->sources->source_dirs.count; k++) {
            int fd = texts->directories[k] < 0 ? -ENOENT : beneath_open(texts->directories[k], path.ends[i]);

            if (fd >= 0)
                return fd;
            error = error == -ENOENT && fd == -EACCES ? fd : error;
        }
    return error;
}

/* A line as it is shown: tabs are blanks, and a NUL is what no text has. */
static json_t *shown(const char *line, size_t len)
{
    char text[SOURCE_TEXT_BYTES + 8];
    size_t size = 0, i = 0;

    if (len > 0 && line[len - 1] == '\r')
        len--;
    for (; i < len && size < SOURCE_TEXT_BYTES; i++)
        if (line[i] == '\t') {
            do
                text[size++] = ' ';
            while (size % TAB);
        } else {
            text[size++] = line[i] ? line[i] : '\xff';
        }
    const bool is_cut = i < len;
    for (int back = 0; is_cut && back < 3 && size > 0 && (line[i] & 0xc0) == 0x80; back++, i--)
        size--; /* not within a character */
    strcpy(text + size, is_cut ? "\xe2\x80\xa6" : "");
    char *valid = text_to_utf8(text);
    json_t *json = valid ? json_string(valid) : NULL;
    free(valid);
    return json;
}

/* Why, as an object. */
static json_t *no_text(const char *why)
{
    return json_pack("{s:s}", "why", why);
}

/* The beginning of a file. The caller frees it; NULL: it cannot be read. */
static char *read_beginning(int fd, size_t *ret_size)
{
    char *text = malloc(FILE_MAX);
    ssize_t n = 1;
    size_t size = 0;

    while (text && n > 0 && size < FILE_MAX) {
        n = read(fd, text + size, FILE_MAX - size);
        if (n < 0 && errno == EINTR)
            n = 1;
        else if (n > 0)
            size += (size_t)n;
    }
    *ret_size = size;
    if (n >= 0)
        return text;
    free(text);
    return NULL;
}

/* The lines around the wanted one, or why there are none. */
static json_t *take_lines(const char *text, size_t size, int64_t wanted)
{
    json_t *lines = json_array(), *result;
    int64_t at = 0;

    for (size_t begin = 0; begin < size && at < wanted + EACH_SIDE;) {
        const char *end = memchr(text + begin, '\n', size - begin);
        const size_t len = end ? (size_t)(end - (text + begin)) : size - begin;

        at++;
        if (at >= wanted - EACH_SIDE)
            json_array_append_new(lines, shown(text + begin, len));
        begin += len + 1;
    }
    if (at >= wanted)
        result = json_pack("{s:I, s:O}", "first", (json_int_t)(wanted > EACH_SIDE ? wanted - EACH_SIDE : 1),
                           "lines", lines);
    else if (size >= FILE_MAX)
        result = no_text("the line is not in the first 4 MiB of the file");
    else
        result = no_text("the file has fewer lines");
    json_decref(lines);
    return result;
}

static json_t *look(struct source_texts *texts, const char *file, int64_t line)
{
    struct stat status;
    int fd = open_source(texts, file);
    if (fd < 0)
        return no_text(fd == -EPERM    ? "its name is not that of a source file"
                       : fd == -EACCES ? "the file cannot be read"
                                       : "no such file below --source-dir");
    size_t size = 0;
    char *text = read_beginning(fd, &size);
    json_t *result = text ? take_lines(text, size, line) : no_text("the file cannot be read");

    if (fstat(fd, &status) == 0)
        json_object_set_new(result, "modified", json_integer(status.st_mtim.tv_sec));
    texts->bytes += size;
    free(text);
    close(fd);
    return result;
}

const char *source_texts_limit(const struct source_texts *texts)
{
    if (!texts)
        return NULL;
    return texts->spent_us >= TIME_MAX ? "looking for source files took 10 s"
           : texts->bytes >= BYTES_MAX ? "a GiB of source files has been read"
                                       : NULL;
}

const json_t *source_texts_find(struct source_texts *texts, const json_t *place)
{
    const char *file = report_string(place, "file");
    const int64_t line = report_number(place, "line", 0);
    char *key;

    if (!texts || !file || line <= 0 || line > INT_MAX ||
        asprintf(&key, "%lld %s", (long long)line, file) < 0)
        return NULL;
    json_t *found = json_object_get(texts->found, key);
    if (!found) {
        const int64_t begun_us = when_clock_us();
        const char *limit = source_texts_limit(texts);

        found = limit ? no_text(limit) : look(texts, file, line);
        json_object_set_new(texts->found, key, found);
        texts->spent_us += when_clock_us() - begun_us;
    }
    free(key);
    return found;
}

int64_t source_texts_built(const struct source_texts *texts, const char *module)
{
    char path[PATH_MAX];
    struct stat status;

    return module && sources_own(texts->sources, module, path, sizeof path) && stat(path, &status) == 0
               ? status.st_mtim.tv_sec
               : 0;
}
