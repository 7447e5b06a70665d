/* SPDX-License-Identifier: MIT */
/* What stands in reports as [secret], where it is asked for; and that a bundle was scrubbed. */
#include <stdio.h>

#include "base/text.h"
#include "read/report.h"
#include "show/show.h"

void show_scrubbed(const struct show *show)
{
    if (report_is_true(show->report, "scrubbed"))
        show_put_member(
            show, "scrubbed",
            "'crumple scrub' has left out arguments, lines of logs, events, and memory that is no address");
}

void show_secrets(const struct show *show)
{
    const json_t *item;
    size_t i;

    if (json_array_size(show->secret_values) > 0)
        puts("\nSecrets:");
    json_array_foreach(show->secret_values, i, item)
    {
        const int64_t tid = report_number(item, "tid", 0);
        fputs("  ", stdout);
        text_put(stdout, report_string(item, "kind"));
        putchar(' ');
        text_put(stdout, report_string(item, "name"));
        if (tid)
            printf(" (thread %lld)", (long long)tid);
        fputs(": ", stdout);
        text_put(stdout, report_string(item, "value"));
        putchar('\n');
    }
}
