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

/* What a reader can do about it; NULL: nothing. */
static const char *remedy(const char *why)
{
    if (strcmp(why, "no debug information") == 0)
        return "no debug information on this machine; install the package's -dbgsym, or build it with -g";
    if (strcmp(why, "no file") == 0)
        return "no file with this build-id on this machine, and none in /usr/lib/debug/.build-id";
    if (strcmp(why, "no build-id") == 0)
        return "the module has no build-id";
    if (strcmp(why, "it took too long") == 0)
        return "the look-up took too long";
    return NULL;
}

static bool is_told(const struct show *show, const json_t *frames, size_t count, const char *module)
{
    for (size_t i = 0; i < count; i++) {
        const char *other = report_string(json_array_get(frames, i), "module");
        const char *why = report_string(json_array_get(show->locals, i), "missing");

        if (other && why && remedy(why) && strcmp(other, module) == 0)
            return true;
    }
    return false;
}

void show_missing_locals(const struct show *show, const json_t *thread)
{
    const json_t *frames = json_object_get(thread, "frames"), *answer;
    size_t i;

    json_array_foreach(show->locals, i, answer)
    {
        const json_t *frame = json_array_get(frames, i);
        const char *module = report_string(frame, "module"), *why = report_string(answer, "missing");
        const char *build_id = report_string(frame, "build_id");

        if (!module || !why || !remedy(why) || report_is_true(frame, "runtime") ||
            is_told(show, frames, i, module))
            continue;
        printf("  %s(no variables of ", show->colors.faint);
        text_put(stdout, text_base_name(module));
        fputs(", build-id ", stdout);
        text_put(stdout, build_id);
        printf(": %s)%s\n", remedy(why), show->colors.reset);
    }
}
