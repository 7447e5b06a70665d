/* SPDX-License-Identifier: MIT */
/* An error that the server has only logged: its facts and its stack; and the last log lines of a server that died. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "read/report.h"
#include "show/show.h"
#include "show/source.h"

void show_logged(const struct show *show)
{
    const json_t *logged = json_object_get(show->report, "logged");

    if (json_is_object(logged))
        show_put_member(show, "cause", report_string(logged, "description"));
}

/* The frame that raised the panic. */
static size_t first_own(const json_t *logged, const json_t *frames)
{
    const char *raised = report_string(logged, "function");
    const json_t *frame;
    size_t i;

    json_array_foreach(frames, i, frame)
    {
        const char *function = report_string(frame, "function");

        if (raised && function && strcmp(function, raised) == 0)
            return i;
    }
    return 0;
}

void show_logged_stack(const struct show *show)
{
    const json_t *logged = json_object_get(show->report, "logged"),
                 *frames = json_object_get(logged, "frames");
    const struct show_source source = show_source_choose_printed(show, frames, first_own(logged, frames));
    const json_t *frame;
    size_t i;

    json_array_foreach(frames, i, frame)
    {
        const char *function = report_string(frame, "function"), *file = report_string(frame, "file");

        if (i == 0)
            puts("\nThe stack of the goroutine, as the server logged it:");
        if (show->frames && i == show->frames)
            break;
        printf("  #%-3zu ", i);
        text_put(stdout, function ? function : "?");
        if (file) {
            fputs(" at ", stdout);
            text_put(stdout, file);
            printf(":%lld", (long long)report_number(frame, "line", 0));
        }
        putchar('\n');
        show_source(show, &source, i, frame, frame);
    }
    show_missing_source(show, &source);
}

void show_last_logged(const struct show *show)
{
    const json_t *lines = json_object_get(show->report, "last_logged"), *line;
    size_t i;

    json_array_foreach(lines, i, line)
    {
        const char *stream = report_string(line, "stream"), *message = report_string(line, "message");
        const json_t *tags = json_object_get(line, "tags");
        int64_t before = report_number(line, "before_ms", -1);

        if (i == 0)
            puts("\nLogged last before the end; what it names need not be what died:");
        fputs("  ", stdout);
        text_put(stdout, stream ? stream : "");
        if (before >= 0)
            printf(", %lld ms before", (long long)before);
        fputs(": ", stdout);
        text_put(stdout, message ? message : "");
        if (json_object_size(tags) > 0)
            fputs("  ", stdout);
        show_put_tags(tags);
        putchar('\n');
    }
}
