/* SPDX-License-Identifier: MIT */
/* The variables of CRUMPLE_WATCH: lines of the header, and values of threads. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "read/report.h"
#include "show/show.h"

static void put_value(const json_t *item)
{
    const char *quote = report_is_true(item, "text") ? "\"" : "";
    text_put(stdout, report_string(item, "name"));
    printf(" %s", quote);
    text_put(stdout, report_string(item, "value"));
    fputs(quote, stdout);
    if (report_string(item, "module")) {
        fputs(" (of ", stdout);
        text_put(stdout, report_string(item, "module"));
        putchar(')');
    }
}

static void put_error(const struct show *show, const json_t *item)
{
    show_put_label(show, "watch");
    text_put(stdout, report_string(item, "name"));
    fputs(": ", stdout);
    text_put(stdout, report_string(item, "error"));
    putchar('\n');
}

void show_watch(const struct show *show)
{
    const json_t *watch = json_object_get(show->report, "watch"), *item;
    const char *before = NULL;
    int64_t later = -1;
    size_t i;

    json_array_foreach(watch, i, item)
    {
        if (!report_string(item, "name") || !report_string(item, "value"))
            continue;
        if (!before)
            show_put_label(show, "watch");
        fputs(before ? before : "", stdout);
        put_value(item);
        later = report_number(item, "later_ms", -1);
        before = ", ";
    }
    if (before && later >= 0)
        printf(" (the process ran on: read %lld ms later)", (long long)later);
    if (before)
        putchar('\n');
    json_array_foreach(watch, i, item) if (report_string(item, "name") && report_string(item, "error"))
        put_error(show, item);
}

void show_put_watch(const json_t *thread)
{
    const char *before = ", ";
    const char *name;
    json_t *value;

    json_object_foreach(json_object_get(thread, "watch"), name, value)
    {
        if (!json_is_string(value))
            continue;
        fputs(before, stdout);
        text_put(stdout, name);
        putchar(' ');
        text_put(stdout, json_string_value(value));
        before = ", ";
    }
}
