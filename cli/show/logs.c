/* SPDX-License-Identifier: MIT */
/* The last lines of the log files that CRUMPLE_LOGS names. */
#include <stdio.h>

#include "read/report.h"
#include "show/show.h"
#include "base/text.h"

#define LINES_MAX 12 /* of a file, unless all are wanted */

static void put_file(const struct show *show, const json_t *file)
{
    const char *path = report_string(file, "path"), *error = report_string(file, "error");
    const json_t *lines = json_object_get(file, "lines");
    const size_t count = json_array_size(lines);
    const size_t first = !show->all && count > LINES_MAX ? count - LINES_MAX : 0;

    putchar('\n');
    text_put(stdout, path ? path : "a log file");
    fputs(count ? ", the last lines:" : error ? ": " : ": empty", stdout);
    if (!count && error)
        text_put(stdout, error);
    putchar('\n');
    if (first)
        printf("  %s %zu more (--all)\n", text_ellipsis(), first);
    for (size_t i = first; i < count; i++) {
        const char *line = json_string_value(json_array_get(lines, i));

        fputs("  ", stdout);
        text_put(stdout, line ? line : "");
        putchar('\n');
    }
}

void show_logs(const struct show *show)
{
    const json_t *logs = json_object_get(show->report, "logs");

    for (size_t i = 0; i < json_array_size(logs); i++)
        put_file(show, json_array_get(logs, i));
}
