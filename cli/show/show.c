/* SPDX-License-Identifier: MIT */
/* A report for people: header, stacks, and what is not as it should be. */
#include <errno.h>

#include "read/report.h"
#include "show/show.h"

/* Ask for everything that will be printed, and nothing else: thousands of threads share few stacks. */
static int ask(const struct show *show, const struct show_group *groups, size_t count)
{
    const json_t *exit = json_object_get(show->report, "exit");
    int r = 0;

    for (size_t i = 0; r == 0 && i < count; i++) {
        json_t *frames = json_object_get(groups[i].thread, "frames");

        r = lookup_add_text(show->lookup, report_string(groups[i].thread, "routine"));
        for (size_t j = 0; r == 0 && j < json_array_size(frames) && (!show->frames || j < show->frames); j++)
            r = lookup_add_frame(show->lookup, json_array_get(frames, j));
    }
    if (r == 0)
        r = lookup_add_text(show->lookup, report_string(show->report, "title"));
    if (r == 0)
        r = lookup_add_text(show->lookup, report_string(show->report, "signature"));
    if (r == 0)
        r = lookup_add_text(show->lookup, report_string(exit, "description"));
    if (r == 0)
        r = lookup_add_text(show->lookup, report_string(json_object_get(exit, "caller"), "function"));
    return r;
}

int show_report(struct show *show, const char **ret_reason)
{
    struct show_group *groups = NULL;
    size_t count = 0;
    int r = show_make_groups(json_object_get(show->report, "threads"), !show->all, &groups, &count);

    *ret_reason = NULL;
    show->lookup = lookup_new();
    if (!show->lookup)
        r = -ENOMEM;
    if (r == 0)
        r = ask(show, groups, count);
    if (r == 0) {
        const char *reason;

        if (lookup_run(show->lookup, show->demangle, &reason) < 0)
            *ret_reason = reason;
        show_header(show);
        show_threads(show, groups, count);
        show_notes(show);
    }
    show_free_groups(groups, count);
    lookup_free(show->lookup);
    return r;
}
