/* SPDX-License-Identifier: MIT */
/* Reading the events of other programs: see rows/foreign.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "base/time.h"
#include "rows/foreign.h"
#include "rows/lines.h"
#include "read/report.h"
#include "rows/row_sides.h"

/* Greater numbers are milliseconds: as seconds, they are after the year 5138. */
#define SECONDS_MAX      1e11
#define MILLISECONDS_MAX 1e14

struct reading {
    const char *path;
    foreign_add *add;
    void *context;
    size_t skipped;
};

static int time_of(const json_t *line, int64_t *ret_us)
{
    const json_t *time = json_object_get(line, "time");
    const double number = json_number_value(time);

    if (json_is_string(time))
        return when_parse(json_string_value(time), ret_us);
    if (!json_is_number(time) || !(number > 0 && number < MILLISECONDS_MAX))
        return -EINVAL;
    *ret_us = number < SECONDS_MAX ? (int64_t)(number * 1e6) : (int64_t)(number * 1e3);
    return 0;
}

static json_t *string_of(const json_t *line, const char *member)
{
    json_t *value = json_object_get(line, member);

    return json_is_string(value) ? json_incref(value) : json_null();
}

/* A text of any bytes: the path is the caller's. */
static json_t *text_of(char *text)
{
    char *valid = text ? text_to_utf8(text) : NULL;
    json_t *value = valid ? json_string(valid) : NULL;

    free(valid);
    free(text);
    return value;
}

static json_t *row_of(const struct reading *reading, const json_t *line, size_t number, int64_t time_us)
{
    const char *event = report_string(line, "event");
    const json_t *pid = json_object_get(line, "pid");
    char time[WHEN_TEXT_BYTES], *id = NULL;

    if (asprintf(&id, "%s:%zu", text_base_name(reading->path), number) < 0)
        id = NULL;
    when_format(time_us, time);
    json_t *row = json_pack("{s:s, s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:s}", "event",
                            event ? event : "foreign", "signature", string_of(line, "signature"), "title",
                            string_of(line, "title"), "exe", string_of(line, "exe"), "pid",
                            json_is_integer(pid) ? json_integer(json_integer_value(pid)) : json_null(),
                            "time", time, "signal", string_of(line, "signal"), "path",
                            text_of(strdup(reading->path)), "id", text_of(id), "state", "foreign");
    if (row_sides_set(row, line) == 0)
        return row;
    json_decref(row);
    return NULL;
}

static int take_line(const json_t *line, size_t number, void *context)
{
    struct reading *reading = context;
    int64_t time_us;

    if (!json_is_object(line) || !report_string(line, "title") || time_of(line, &time_us) < 0) {
        reading->skipped++;
        return 0;
    }
    json_t *row = row_of(reading, line, number, time_us);
    int error = row ? reading->add(time_us, row, reading->context) : -ENOMEM;
    json_decref(row);
    return error;
}

int foreign_read(char *const *paths, size_t count, foreign_add *add, void *add_context, find_trouble *trouble,
                 void *context, size_t *ret_skipped)
{
    struct reading reading = {.add = add, .context = add_context};
    struct lines lines = {.take = take_line, .context = &reading, .takes_unended = true};
    int error = 0;

    for (size_t i = 0; i < count && error != -ENOMEM; i++) {
        int fd = find_open_regular(paths[i], O_NOFOLLOW);
        reading.path = paths[i];
        error = fd < 0 ? fd : lines_read(&lines, fd);
        if (error && error != -ENOMEM)
            trouble(paths[i], -error, context);
        if (fd >= 0)
            close(fd);
    }
    *ret_skipped = reading.skipped;
    return error == -ENOMEM ? error : 0;
}
