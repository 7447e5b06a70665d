/* SPDX-License-Identifier: MIT */
/* Tags: what the program, CRUMPLE_TAGS and log lines say of the crash and of a thread; and the events it has told. */
#include <stdio.h>

#include "base/text.h"
#include "read/report.h"
#include "show/show.h"

#define EVENTS_MAX 12 /* unless all are wanted */

void show_put_tags(const json_t *tags)
{
    const char *separator = "";

    for (void *at = json_object_iter((json_t *)tags); at; at = json_object_iter_next((json_t *)tags, at)) {
        const char *value = json_string_value(json_object_iter_value(at));

        fputs(separator, stdout);
        text_put(stdout, json_object_iter_key(at));
        putchar('=');
        text_put(stdout, value ? value : "");
        separator = " ";
    }
}

void show_tags(const struct show *show)
{
    const json_t *tags = json_object_get(show->report, "tags");

    if (json_object_size(tags) == 0)
        return;
    show_put_label(show, "tags");
    show_put_tags(tags);
    putchar('\n');
}

void show_thread_tags(const struct show *show, const struct show_group *group)
{
    const json_t *tags = json_object_get(group->thread, "tags");

    /* Those of the faulting thread stand in the header, among the others. */
    if (json_array_size(group->threads) > 1 || json_object_size(tags) == 0)
        return;
    if (report_is_true(group->thread, "crashed") && !show->all)
        return;
    fputs("  tags: ", stdout);
    show_put_tags(tags);
    putchar('\n');
}

void show_events(const struct show *show)
{
    const json_t *events = json_object_get(show->report, "events");
    const size_t count = json_array_size(events);
    const size_t first = !show->all && count > EVENTS_MAX ? count - EVENTS_MAX : 0;

    if (count)
        puts("\nThe program's last events:");
    if (first)
        printf("  %s %zu more (--all)\n", text_ellipsis(), first);
    for (size_t i = first; i < count; i++) {
        const json_t *event = json_array_get(events, i);
        const char *text = report_string(event, "text");

        printf("  %8lld ms before, thread %lld: ", (long long)report_number(event, "before_ms", 0),
               (long long)report_number(event, "tid", 0));
        text_put(stdout, text ? text : "");
        putchar('\n');
    }
}
