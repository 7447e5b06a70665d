/* SPDX-License-Identifier: MIT */
/* Why there are no source lines, and what a reader can do about it: one paragraph for each module of the first stack. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "read/report.h"
#include "show/show.h"

#define ID_SHOWN 12 /* digits of a build-id that differs */

/* What the reader wants to see lines of: not runtimes, not crumple, nothing whose runtime has printed the lines itself. */
static bool is_wanted(const json_t *frame)
{
    const char *module = report_string(frame, "module");

    return module && module[0] == '/' && !report_is_true(frame, "runtime") && !report_string(frame, "file") &&
           strncmp(text_base_name(module), "libcrumple.so", strlen("libcrumple.so")) != 0;
}

int show_ask_missing(const struct show *show, const json_t *thread)
{
    const json_t *frame;
    size_t i;
    int error = 0;

    json_array_foreach(json_object_get(thread, "frames"), i, frame)
    {
        if (error == 0 && is_wanted(frame))
            error = lookup_add_module(show->lookup, frame);
    }
    return error;
}

/* ": /srv/arena is not on this machine". Returns whether a file that has the build-id would help. */
static bool put_why(const json_t *missing)
{
    const char *why = report_string(missing, "why"), *path = report_string(missing, "path");
    const char *found = report_string(missing, "found");

    if (strcmp(why, "no build-id") == 0) {
        fputs(": it has none", stdout);
        return false;
    }
    fputs(": ", stdout);
    if (strcmp(why, "stripped") == 0) {
        fputs("no debug information", stdout);
        return true;
    }
    text_put(stdout, path);
    if (strcmp(why, "gone") == 0)
        fputs(" is not on this machine", stdout);
    else if (strcmp(why, "unreadable") == 0)
        fputs(" cannot be read", stdout);
    else if (found)
        printf(" is another build, %.*s", ID_SHOWN, found); /* hex digits */
    else
        fputs(" is another file", stdout);
    return true;
}

static void put_remedy(const json_t *missing, bool is_executable)
{
    const char *package = report_string(missing, "package");

    fputs(";\n   ", stdout);
    if (strcmp(report_string(missing, "why"), "stripped") != 0)
        printf(
            "%s--sysroot DIR or --debug-dir DIR names the file that ran, --debuginfod fetches its debug file",
            is_executable ? "--exe FILE, " : "");
    else if (package) {
        fputs("its debug file is in the package ", stdout);
        char *name = strndup(package, strcspn(package, " "));
        text_put(stdout, name ? name : "?");
        free(name);
        fputs("-dbgsym; or --debuginfod fetches it", stdout);
    } else
        fputs("build it with -g, or name its debug file by --debug-dir DIR", stdout);
}

/* Lines may be there, names are missing. */
static void put_part(const json_t *frame, const json_t *missing)
{
    const char *wanted = report_string(missing, "wanted");

    fputs("(a part of the debug information of ", stdout);
    text_put(stdout, text_base_name(report_string(frame, "module")));
    printf(" is missing: a file that dwz(1) made, build-id %s;\n   ", wanted ? wanted : "unknown");
    fputs("--sysroot DIR or --debug-dir DIR names it, --debuginfod fetches it", stdout);
}

static void put_module(const struct show *show, const json_t *frame, const json_t *missing)
{
    const char *build_id = report_string(frame, "build_id");
    const json_t *executable = json_array_get(json_object_get(show->report, "modules"), 0);

    printf("  %s", show->colors.faint);
    if (strcmp(report_string(missing, "why"), "in part") == 0) {
        put_part(frame, missing);
    } else {
        printf("(no source lines%s of ", show->locals ? " or variables" : "");
        text_put(stdout, text_base_name(report_string(frame, "module")));
        fputs(", build-id ", stdout);
        text_put(stdout, build_id ? build_id : "unknown");
        if (put_why(missing))
            put_remedy(missing,
                       json_equal(json_object_get(executable, "path"), json_object_get(frame, "module")));
    }
    printf(")%s\n", show->colors.reset);
}

/* Whether a frame before has the same module. */
static bool is_told(const json_t *frames, size_t before, const json_t *frame)
{
    for (size_t i = 0; i < before; i++) {
        const json_t *other = json_array_get(frames, i);

        if (is_wanted(other) &&
            json_equal(json_object_get(other, "module"), json_object_get(frame, "module")))
            return true;
    }
    return false;
}

void show_missing(const struct show *show, const json_t *thread)
{
    const json_t *frames = json_object_get(thread, "frames"), *frame;
    size_t i;

    json_array_foreach(frames, i, frame)
    {
        const json_t *missing = is_wanted(frame) ? lookup_missing(show->lookup, frame) : NULL;

        if (missing && !is_told(frames, i, frame))
            put_module(show, frame, missing);
    }
}
