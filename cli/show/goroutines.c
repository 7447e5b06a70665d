/* SPDX-License-Identifier: MIT */
/* An end that Go's runtime made: the goroutine that ended the process, and all others by equal stacks. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "read/report.h"
#include "show/show.h"
#include "show/source.h"

#define GROUPS_SHOWN 12 /* unless all are wanted */

static const json_t *go_of(const struct show *show)
{
    return json_object_get(show->report, "go");
}

bool show_is_goroutine(const struct show *show)
{
    const char *event = report_string(show->report, "event");

    return json_is_object(go_of(show)) && event && strcmp(event, "died") == 0;
}

/* "main.worker at /src/w.go:12" */
static void put_place(const char *function, const char *file, int64_t line)
{
    text_put(stdout, function ? function : "?");
    show_put_source(file, line);
}

static void put_file(const json_t *frame)
{
    const char *file = report_string(frame, "file");

    if (!file)
        return;
    fputs(" (", stdout);
    text_put(stdout, text_base_name(file));
    printf(":%lld)", (long long)report_number(frame, "line", 0));
}

static void put_created(const json_t *group, const char *before, const char *behind)
{
    const char *function = report_string(group, "created_by");

    if (!function)
        return;
    fputs(before, stdout);
    put_place(function, report_string(group, "created_file"), report_number(group, "created_line", 0));
    fputs(behind, stdout);
}

static void put_build(const struct show *show, const json_t *go)
{
    const char *version = report_string(go, "version"), *module = report_string(go, "module"),
               *module_version = report_string(go, "module_version");

    if (!version && !module)
        return;
    show_put_label(show, "built");
    fputs("with ", stdout);
    text_put(stdout, version ? version : "Go");
    if (module) {
        fputs(", of ", stdout);
        text_put(stdout, module);
    }
    if (module_version) {
        putchar(' ');
        text_put(stdout, module_version);
    }
    putchar('\n');
}

static bool has_dying(const json_t *go)
{
    return json_is_integer(json_object_get(go, "goroutine"));
}

void show_go(const struct show *show)
{
    const json_t *go = go_of(show), *first = json_array_get(json_object_get(go, "groups"), 0);
    const char *state = report_string(go, "state");

    if (!json_is_object(go))
        return;
    show_put_label(show, has_dying(go) ? "goroutine" : "goroutines");
    if (has_dying(go)) {
        printf("%lld [", (long long)report_number(go, "goroutine", 0));
        text_put(stdout, state ? state : "");
        if (report_number(go, "goroutines", 0) > 1)
            printf("], of %s%lld", report_is_true(go, "cut") ? "at least " : "",
                   (long long)report_number(go, "goroutines", 0));
        else
            fputs("], the only one that Go printed", stdout);
        put_created(first, "; created by ", "");
    } else {
        if (report_number(go, "goroutines", 0) > 0)
            printf("%lld", (long long)report_number(go, "goroutines", 0));
        else
            fputs("none was printed", stdout);
    }
    putchar('\n');
    put_build(show, go);
}

/* Of a deadlock all goroutines wait. */
static bool has_run(const json_t *go)
{
    const char *state = report_string(go, "state");

    return state && (strcmp(state, "running") == 0 || strcmp(state, "syscall") == 0);
}

void show_put_goroutine(const struct show *show)
{
    const json_t *go = go_of(show);

    if (has_dying(go) && !has_run(go))
        printf("\nGoroutine %lld, the first that Go printed", (long long)report_number(go, "goroutine", 0));
    else if (has_dying(go))
        printf("\nGoroutine %lld, %sended the process%s", (long long)report_number(go, "goroutine", 0),
               show->colors.bad, show->colors.reset);
    else
        fputs("\nThe runtime's own stack", stdout);
}

/* ", 5 to 7 minutes" */
static void put_wait(const json_t *group)
{
    const json_t *wait = json_object_get(group, "wait_minutes");
    long long least = (long long)json_integer_value(json_array_get(wait, 0));
    long long most = (long long)json_integer_value(json_array_get(wait, 1));

    if (least != most)
        printf(", %lld to %lld minutes", least, most);
    else if (most > 0)
        printf(", %lld minute%s", most, most == 1 ? "" : "s");
}

/* source: NULL: none. */
static void put_frames(const struct show *show, const json_t *group, const struct show_source *source)
{
    const json_t *frames = json_object_get(group, "frames"), *frame;
    size_t i;

    json_array_foreach(frames, i, frame)
    {
        printf("  #%-3zu ", i);
        put_place(report_string(frame, "function"), report_string(frame, "file"),
                  report_number(frame, "line", 0));
        putchar('\n');
        if (source)
            show_source(show, source, i, frame, frame);
    }
    if (report_is_true(group, "elided"))
        printf("  %s Go left out frames\n", text_ellipsis());
}

void show_go_stack(const struct show *show)
{
    const json_t *go = go_of(show), *group = json_array_get(json_object_get(go, "groups"), 0);

    if (show_is_goroutine(show) || !has_dying(go))
        return;
    show_put_goroutine(show);
    fputs(", as Go printed it\n", stdout);
    const struct show_source source = show_source_choose_printed(show, json_object_get(group, "frames"),
                                                                 (size_t)report_number(group, "at", 0));
    put_frames(show, group, &source);
    show_missing_source(show, &source);
}

static void put_group(const struct show *show, const json_t *group)
{
    const char *state = report_string(group, "state");
    const json_t *at =
        json_array_get(json_object_get(group, "frames"), (size_t)report_number(group, "at", 0));

    printf("  %lld x ", (long long)report_number(group, "count", 0));
    text_put(stdout, state ? state : "");
    put_wait(group);
    if (report_is_true(group, "locked"))
        fputs(", locked to its thread", stdout);
    if (report_is_true(group, "unavailable"))
        fputs(", on another thread: Go could not see its stack", stdout);
    if (at) {
        printf(" in %s", show->colors.bold);
        text_put(stdout, report_string(at, "function"));
        fputs(show->colors.reset, stdout);
        put_file(at);
    }
    put_created(group, ", created by ", "");
    putchar('\n');
    if (show->all)
        put_frames(show, group, NULL);
}

/* The first group is the one that died: a goroutine, or no goroutine at all. */
static bool has_other_first(const json_t *go, const json_t *groups)
{
    const char *state = report_string(json_array_get(groups, 0), "state");

    return !has_dying(go) && !(state && strcmp(state, "runtime stack") == 0);
}

/* Nothing of it is the program's: the garbage collector, timers. */
static bool is_system(const json_t *group)
{
    return json_is_null(json_object_get(group, "at")) &&
           json_array_size(json_object_get(group, "frames")) > 0;
}

void show_goroutines(const struct show *show)
{
    const json_t *go = go_of(show), *groups = json_object_get(go, "groups"), *group;
    const size_t first = has_other_first(go, groups) ? 0 : 1;
    int64_t system = 0, left = report_number(go, "unlisted", 0);
    size_t i, shown = 0;

    if (json_array_size(groups) <= first || report_number(go, "goroutines", 0) == 0)
        return;
    printf("\n%s, by equal stacks:\n", has_dying(go) ? "Other goroutines" : "Goroutines");
    json_array_foreach(groups, i, group)
    {
        if (i < first)
            continue;
        if (is_system(group) && !show->all)
            system += report_number(group, "count", 0);
        else if (show->all || shown++ < GROUPS_SHOWN)
            put_group(show, group);
        else
            left += report_number(group, "count", 0);
    }
    if (left > 0)
        printf("  %s %lld more (%s)\n", text_ellipsis(), (long long)left,
               show->all ? "goroutines.txt in the bundle has them" : "--all");
    if (system > 0)
        printf("  %lld of Go's runtime itself\n", (long long)system);
    if (report_is_true(go, "cut"))
        printf("  %s the text of the runtime was cut here\n", text_ellipsis());
}
