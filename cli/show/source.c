/* SPDX-License-Identifier: MIT */
/* See show/source.h. */
#include "show/source.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "lookup/source_text.h"
#include "read/report.h"

#define DATE_BYTES 10 /* "2026-11-30" */

static const json_t *lines_of(const struct show *show, const json_t *place)
{
    return json_object_get(source_texts_find(show->texts, place), "lines");
}

/* Not of a runtime, and not on the way to the end: abort(), a handler. */
static bool is_own(const json_t *thread, size_t number, const json_t *frame)
{
    const char *module = report_string(frame, "module");

    return !report_is_true(frame, "runtime") && !report_is_true(frame, "signal_frame") &&
           (int64_t)number >= report_number(thread, "end_frames", 0) &&
           (!module || strncmp(text_base_name(module), "libcrumple.so", strlen("libcrumple.so")) != 0);
}

/* Takes a place of a frame. Returns whether it is the one. */
static bool choose(const struct show *show, size_t number, const json_t *place, struct show_source *source)
{
    if (!report_string(place, "file") || report_number(place, "line", 0) <= 0)
        return false;
    if (!lines_of(show, place)) {
        source->missing = source->missing ? source->missing : place;
        return false;
    }
    source->place = place;
    source->frame = number;
    return true;
}

struct show_source show_source_choose(const struct show *show, const struct show_group *group)
{
    struct show_source source = {.every = show->all || show->locals};
    json_t *frames = json_object_get(group->thread, "frames"), *place;
    size_t shown = 0, i;

    for (size_t k = 0; show->texts && !source.place && k < group->part_count; k++) {
        const size_t number = group->parts[k].first;
        json_t *frame = json_array_get(frames, number);

        if (show->frames && shown == show->frames)
            break;
        if (group->parts[k].kind != PART_FRAME)
            continue;
        shown++;
        if (!is_own(group->thread, number, frame))
            continue;
        json_array_foreach(lookup_places(show->lookup, frame), i, place)
        {
            if (choose(show, number, place, &source))
                break;
        }
        if (!source.place)
            (void)choose(show, number, frame, &source); /* Go's runtime has printed the place */
    }
    return source;
}

struct show_source show_source_choose_printed(const struct show *show, const json_t *frames, size_t first)
{
    struct show_source source = {.every = show->all};
    const json_t *frame;
    size_t i;

    json_array_foreach(frames, i, frame)
    {
        if (show->texts && i >= first && choose(show, i, frame, &source))
            break;
    }
    return source;
}

/* A text that was written after the crash, or after the module's file, if that was there before the crash, may have other lines. */
static void put_age(const struct show *show, const json_t *frame, const json_t *place, const json_t *text)
{
    const int64_t modified = report_number(text, "modified", 0);
    const char *time = report_string(show->report, "time");
    char date[WHEN_TEXT_BYTES];
    int64_t crash_us;

    if (!time || when_parse(time, &crash_us) < 0)
        return;
    const int64_t crash = crash_us / 1000000,
                  built = source_texts_built(show->texts, report_string(frame, "module"));
    if (modified <= (built > 0 && built <= crash ? built : crash))
        return;
    when_format(modified * 1000000, date);
    printf("        %s(", show->colors.faint);
    text_put(stdout, text_base_name(report_string(place, "file")));
    printf(" was written later: %.*s; its lines may differ)%s\n", DATE_BYTES, date, show->colors.reset);
}

void show_source(const struct show *show, const struct show_source *source, size_t number,
                 const json_t *frame, const json_t *place)
{
    const json_t *text = source->every || (source->place == place && source->frame == number)
                             ? source_texts_find(show->texts, place)
                             : NULL;
    const json_t *lines = json_object_get(text, "lines"), *line;
    const int64_t first = report_number(text, "first", 0), wanted = report_number(place, "line", 0);
    const int64_t last = first + (int64_t)json_array_size(lines) - 1;
    const int digits = snprintf(NULL, 0, "%lld", (long long)last);
    size_t i;

    json_array_foreach(lines, i, line)
    {
        const int64_t at = first + (int64_t)i;
        const bool is_it = at == wanted;

        printf("      %s%c %*lld%s", is_it ? "" : show->colors.faint, is_it ? '>' : ' ', digits,
               (long long)at, *json_string_value(line) ? "  " : "");
        text_put(stdout, json_string_value(line));
        printf("%s\n", is_it ? "" : show->colors.reset);
    }
    if (lines)
        put_age(show, frame, place, text);
}

void show_missing_source(const struct show *show, const struct show_source *source)
{
    const char *why =
        report_string(source->place ? NULL : source_texts_find(show->texts, source->missing), "why");

    if (!why)
        return;
    printf("  %s(no source text of ", show->colors.faint);
    text_put(stdout, report_string(source->missing, "file"));
    printf(": %s)%s\n", why, show->colors.reset);
}
