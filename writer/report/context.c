/* SPDX-License-Identifier: MIT */
#include "report/context.h"

#include "report/blocked_report.h"
#include "report/logs_report.h"
#include "report/tags_report.h"
#include "report/watch_report.h"
#include "report/vitals_report.h"

void context_json(const struct crash *crash, struct buffer *out)
{
    report_tags_json(crash, out);
    watch_json(crash, out);
    blocked_json_deadlocks(crash, out);
    place_json(crash, out);
    vitals_json(crash, out);
}

void context_thread_json(const struct crash *crash, size_t index, struct buffer *out)
{
    report_tags_thread_json(crash, index, out);
    watch_thread_json(crash, index, out);
    blocked_json(crash, index, out);
    blocked_json_locks(crash, index, out);
}

void context_long_json(const struct crash *crash, struct buffer *out)
{
    told_events_json(crash, out);
    logs_json(crash, out);
}

void context_text(const struct crash *crash, struct buffer *out)
{
    report_tags_text(crash, out);
    watch_text(crash, out);
    blocked_text_deadlocks(crash, out);
    vitals_text(crash, out);
}

void context_long_text(const struct crash *crash, struct buffer *out)
{
    told_events_text(crash, out);
    logs_text(crash, out);
}
