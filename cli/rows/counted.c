/* SPDX-License-Identifier: MIT */
/* Reading crashes.ndjson: see rows/counted.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rows/counted.h"
#include "read/find.h"
#include "rows/lines.h"
#include "read/report.h"
#include "rows/row_sides.h"
#include "base/time.h"

#define COUNT_MAX INT64_C(1000000000000) /* of one line: sums stay far from their limits */

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

static int64_t time_of(const json_t *line)
{
    const char *text = report_string(line, "time");
    int64_t us;

    return text && when_parse(text, &us) == 0 ? us : 0;
}

/* The members of a row, where a line tells them. */
static json_t *row_of(const json_t *line, const char *event, int64_t time_us)
{
    char time[WHEN_TEXT_BYTES];
    const json_t *pid = json_object_get(line, "pid");

    when_format(time_us, time);
    json_t *row =
        json_pack("{s:s, s:o, s:o, s:o, s:o, s:s, s:o, s:n, s:n, s:s}", "event", event, "signature",
                  copy_of(line, "signature"), "title", copy_of(line, "title"), "exe", copy_of(line, "exe"),
                  "pid", json_is_integer(pid) ? json_integer(json_integer_value(pid)) : json_null(), "time",
                  time, "signal", copy_of(line, "signal"), "path", "id", "state", "counted");
    if (row_sides_set(row, line) == 0)
        return row;
    json_decref(row);
    return NULL;
}

static bool is_restart(const char *event)
{
    return strcmp(event, "restarted") == 0 || strcmp(event, "restart_limit") == 0;
}

/* Of a restart the log has no title. */
static json_t *title_of_restart(const json_t *line, const char *event)
{
    const char *cause = report_string(line, "cause");
    const char *before = cause ? ": " : "";
    const long long number = report_number(line, "restarts", 0);
    char *text = NULL;
    int size = strcmp(event, "restarted") == 0
                   ? asprintf(&text, "restart %lld, after %lld ms%s%s", number,
                              (long long)report_number(line, "downtime_ms", 0), before, cause ? cause : "")
                   : asprintf(&text, "not started again after %lld restart%s%s%s", number,
                              number == 1 ? "" : "s", before, cause ? cause : "");
    json_t *title = size < 0 ? NULL : json_string(text);
    free(text);
    return title;
}

/* The row of a restart has the line's own members, too. */
static json_t *row_of_restart(const json_t *line, const char *event, int64_t time_us)
{
    static const char *const members[] = {"run",     "how",         "cause",    "bundle", "restarts",
                                          "new_pid", "downtime_ms", "delay_ms", "held",   "backlog_full"};
    json_t *row = row_of(line, event, time_us), *title = title_of_restart(line, event);
    if (!row || !title || json_object_set_new(row, "title", title) < 0) {
        json_decref(row);
        return NULL;
    }
    (void)json_object_set_new(row, "state", json_string("told"));
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        json_t *value = json_object_get(line, members[i]);
        if (json_is_string(value) || json_is_integer(value) || json_is_null(value))
            (void)json_object_set(row, members[i], value);
    }
    return row;
}

/* The events that leave reports; of the others the log tells on its own. */
static bool is_counted(const char *event)
{
    return strcmp(event, "crash") == 0 || strcmp(event, "contained") == 0 || strcmp(event, "exit") == 0 ||
           strcmp(event, "died") == 0 || strcmp(event, "dump") == 0 || strcmp(event, "logged") == 0;
}

static int give(const struct log *log, const struct counted *counted)
{
    if (!counted->json)
        return -ENOMEM;
    int error = log->add(counted, log->context);
    json_decref(counted->json);
    return error;
}

static int take_line(const json_t *line, size_t number, void *context)
{
    const struct log *log = context;
    const char *event = report_string(line, "event");
    struct counted counted = {0};
    (void)number;
    int64_t count = report_number(line, "count", 1);

    if (event && is_restart(event)) {
        counted.time_us = time_of(line);
        counted.json = row_of_restart(line, event, counted.time_us);
        return give(log, &counted);
    }
    if (!event || !is_counted(event) || count <= 0 || has_bundle(log->dirfd, report_string(line, "path")))
        return 0;
    counted.count = (uint64_t)(count < COUNT_MAX ? count : COUNT_MAX);
    counted.time_us = time_of(line);
    counted.json = row_of(line, event, counted.time_us);
    return give(log, &counted);
}

/* Returns a descriptor or a negative errno; *ret_path is to be freed. */
static int open_log(const char *dir, const char *name, char **ret_path)
{
    *ret_path = NULL;
    if (asprintf(ret_path, "%s/%s", dir, name) >= 0)
        return find_open_regular(*ret_path, O_NOFOLLOW);
    *ret_path = NULL;
    return -ENOMEM;
}

/* A file that was renamed after it was opened would be read a second time. */
static bool is_same(int fd, int other)
{
    struct stat a, b;
    return fd >= 0 && other >= 0 && fstat(fd, &a) == 0 && fstat(other, &b) == 0 && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}

int counted_read(const char *dir, counted_add *add, void *add_context, find_trouble *trouble, void *context)
{
    char *paths[2];
    struct log log = {.add = add, .context = add_context};
    struct lines lines = {.take = take_line, .context = &log};
    int current = open_log(dir, CRUMPLE_INDEX_NAME, &paths[1]);
    int older = open_log(dir, CRUMPLE_INDEX_OLDER, &paths[0]), error = 0;
    const int fds[] = {is_same(older, current) ? -ENOENT : older, current};
    log.dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (log.dirfd < 0)
        trouble(dir, errno, context);
    for (int i = 0; log.dirfd >= 0 && i < 2 && error != -ENOMEM; i++) {
        error = fds[i] < 0 ? fds[i] : lines_read(&lines, fds[i]);
        if (error && error != -ENOENT && error != -ENOMEM)
            trouble(paths[i], -error, context);
    }
    for (int i = 0; i < 2; i++)
        free(paths[i]);
    if (older >= 0)
        close(older);
    if (current >= 0)
        close(current);
    if (log.dirfd >= 0)
        close(log.dirfd);
    return error == -ENOMEM ? error : 0;
}
