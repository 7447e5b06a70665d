/* SPDX-License-Identifier: MIT */
/* Arguments and locals: see show/locals.h. The form is that of gdb's 'bt full'. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "read/report.h"
#include "show/locals.h"

/* Cells of a line, and lines of a value unless all is wanted. A long value goes on in lines that are indented further. */
#define COLUMNS   120
#define LINES_MAX 8

/* How much of a cleaned text goes into a line: up to the last comma that fits, if there is one. */
static size_t line_size(const char *clean, size_t cells)
{
    size_t fits = text_fit(clean, cells), size = fits;

    if (!clean[fits])
        return fits;
    while (size > fits / 2 && !(clean[size - 1] == ' ' && size > 1 && clean[size - 2] == ','))
        size--;
    return size > fits / 2 ? size : fits > 0 ? fits : strlen(clean);
}

static void put_indented(const struct show *show, const char *line)
{
    char *clean = text_clean(line);

    if (!clean)
        return;
    const char *rest = clean;
    for (int i = 0; *rest; i++) {
        size_t size = line_size(rest, COLUMNS - (i ? 12 : 8));

        printf("%s%.*s", i ? "            " : "        ", (int)size, rest);
        rest += size;
        if (*rest && i + 1 == LINES_MAX && !show->all) {
            fputs(text_ellipsis(), stdout);
            rest += strlen(rest);
        }
        putchar('\n');
    }
    free(clean);
}

/* "(struct player *) 0x7f... -> {id = 7}"; text and functions need no type before them. */
static void put_local(const struct show *show, const json_t *local)
{
    const char *name = report_string(local, "name"), *type = report_string(local, "type");
    const char *value = report_string(local, "value"), *note = report_string(local, "note");
    const char *target = report_string(local, "points_to");
    const char *end = type && *type ? type + strlen(type) - 1 : "";
    const bool is_pointer =
        value && strncmp(value, "0x", 2) == 0 && !strpbrk(value, "\"<") && (target || *end == '*');
    char *line;

    if (asprintf(&line, "%s = %s%s%s%s%s%s", name ? name : "?", is_pointer ? "(" : "", is_pointer ? type : "",
                 is_pointer ? ") " : "",
                 value  ? value
                 : note ? note
                        : "?",
                 target ? " -> " : "", target ? target : "") < 0)
        return;
    put_indented(show, line);
    free(line);
}

void show_locals(const struct show *show, size_t frame, size_t inlined, bool is_last)
{
    const json_t *locals = json_object_get(json_array_get(show->locals, frame), "locals"), *local;
    size_t i;

    json_array_foreach(locals, i, local)
    {
        int64_t function = report_number(local, "inlined", 0);

        if (function == (int64_t)inlined || (is_last && function > (int64_t)inlined))
            put_local(show, local);
    }
}

void show_missing_locals(const struct show *show)
{
    const json_t *answer;
    size_t i;

    json_array_foreach(show->locals, i, answer)
    {
        const char *why = report_string(answer, "missing");

        if (why && strcmp(why, "it took too long") == 0) {
            printf("  %s(variables are missing from #%zu on: the look-up took too long)%s\n",
                   show->colors.faint, i, show->colors.reset);
            return;
        }
    }
}
