/* SPDX-License-Identifier: MIT */
/* Reading crashes.ndjson: see read/counted.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "read/counted.h"
#include "read/find.h"
#include "read/report.h"
#include "base/time.h"

#define MOST_BYTES ((off_t)COUNTED_MOST_MIB << 20)
#define MOST_LINE  (64 << 10)
#define MOST_COUNT INT64_C(1000000000000) /* of one line: sums stay far from their limits */

struct log {
    int dirfd;
    counted_add *add;
    void *context;
};

/* Whether the bundle that a line names lies in the directory: then it speaks for itself. */
static bool has_bundle(int dirfd, const char *name)
{
    struct stat st;

    return name && !strchr(name, '/') && fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static json_t *copy_of(const json_t *line, const char *member)
{
    json_t *value = json_object_get(line, member);

    return json_is_string(value) ? json_incref(value) : json_null();
}

static int64_t time_of(const json_t *line, const char *member, int64_t otherwise)
{
    const char *text = report_string(line, member);
    int64_t us;

    return text && when_parse(text, &us) == 0 ? us : otherwise;
}

/* The members of a row, where a line tells them. */
static json_t *row_of(const json_t *line, const char *event, int64_t time_us)
{
    char time[WHEN_TEXT_BYTES];
    const json_t *pid = json_object_get(line, "pid");

    when_format(time_us, time);
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:s, s:o, s:n, s:n, s:s}", "event", event, "signature",
                     copy_of(line, "signature"), "title", copy_of(line, "title"), "exe", copy_of(line, "exe"),
                     "pid", json_is_integer(pid) ? json_integer(json_integer_value(pid)) : json_null(),
                     "time", time, "signal", copy_of(line, "signal"), "path", "id", "state", "counted");
}

/* The events that leave reports; of the others the log tells on its own. */
static bool is_counted(const char *event)
{
    return strcmp(event, "crash") == 0 || strcmp(event, "contained") == 0 || strcmp(event, "exit") == 0;
}

static int take_line(const struct log *log, const json_t *line)
{
    const char *event = report_string(line, "event");
    bool totals = event && strcmp(event, "totals") == 0;
    struct counted counted = {0};
    int64_t count = report_number(line, "count", 1);
    int r;

    if (totals)
        event = report_is_true(line, "state") ? NULL : report_string(line, "of");
    if (!event || !is_counted(event) || count <= 0 || has_bundle(log->dirfd, report_string(line, "path")))
        return 0;
    counted.count = (uint64_t)(count < MOST_COUNT ? count : MOST_COUNT);
    counted.time_us = time_of(line, totals ? "last" : "time", 0);
    counted.first_us = time_of(line, "first", counted.time_us);
    counted.json = row_of(line, event, counted.time_us);
    if (!counted.json)
        return -ENOMEM;
    r = log->add(&counted, log->context);
    json_decref(counted.json);
    return r;
}

static int take_lines(const struct log *log, const char *at, const char *end)
{
    int r = 0;

    while (r == 0 && at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        json_t *line;

        if (!newline)
            break;
        line = newline - at > MOST_LINE ? NULL : json_loadb(at, (size_t)(newline - at), 0, NULL);
        if (line)
            r = take_line(log, line);
        json_decref(line);
        at = newline + 1;
    }
    return r;
}

static int read_all(int fd, char **ret_text, size_t *ret_len)
{
    struct stat st;
    size_t len = 0;
    char *text;

    if (fstat(fd, &st) < 0)
        return -errno;
    if (st.st_size > MOST_BYTES)
        return -EFBIG;
    text = malloc((size_t)st.st_size + 1);
    if (!text)
        return -ENOMEM;
    while (len < (size_t)st.st_size) {
        ssize_t n = read(fd, text + len, (size_t)st.st_size - len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            n = -errno;
            free(text);
            return (int)n;
        }
        if (n == 0)
            break;
        len += (size_t)n;
    }
    *ret_text = text;
    *ret_len = len;
    return 0;
}

/* Each line may become a row, which has a hundred times the memory of the shortest line. */
static bool has_too_many_lines(const char *at, const char *end)
{
    size_t lines = 0;

    while (at < end && lines <= COUNTED_MOST_LINES) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));

        if (!newline)
            break;
        lines++;
        at = newline + 1;
    }
    return lines > COUNTED_MOST_LINES;
}

int counted_read(const char *dir, counted_add *add, void *context)
{
    struct log log = {.add = add, .context = context};
    char *path, *text = NULL;
    size_t len = 0;
    int fd, r;

    if (asprintf(&path, "%s/%s", dir, CRUMPLE_INDEX_NAME) < 0)
        return -ENOMEM;
    fd = find_open_regular(path, O_NOFOLLOW);
    free(path);
    if (fd < 0)
        return fd == -ENOENT ? 0 : fd;
    r = read_all(fd, &text, &len);
    close(fd);
    if (r == 0 && has_too_many_lines(text, text + len))
        r = -EFBIG;
    log.dirfd = r == 0 ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (r == 0)
        r = log.dirfd < 0 ? -errno : take_lines(&log, text, text + len);
    if (log.dirfd >= 0)
        close(log.dirfd);
    free(text);
    return r;
}
