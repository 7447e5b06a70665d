/* SPDX-License-Identifier: MIT */
/* The notes of what a program has told: tags, and the last events. */
#include "context/tags.h"
#include "report/tags_report.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const struct core_span text = {bytes, size};
    struct notes_thread threads[2] = {{.tid = 7}, {.tid = 42}};
    struct crash crash = {0};
    struct buffer out = {0};
    crash.notes = (struct notes){.has_info = true,
                                 .event = "crash",
                                 .time_ns = UINT64_C(1796002418014317006),
                                 .tags = text,
                                 .breadcrumbs = text,
                                 .threads = threads,
                                 .thread_count = 2};
    tags_gather(&crash);
    report_tags_json(&crash, &out);
    report_tags_line(&crash, &out);
    report_tags_thread_json(&crash, 1, &out);
    report_tags_text(&crash, &out);
    told_events_json(&crash, &out);
    told_events_text(&crash, &out);
    buffer_release(&out);
    buffer_release(&crash.secrets);
    buffer_release(&crash.soft_errors);
    free(crash.tags.items);
    return 0;
}
