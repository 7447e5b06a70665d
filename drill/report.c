/* SPDX-License-Identifier: MIT */
/* Counting results: see report.h; their JSON is in report_json.c. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

int drill_report_add(struct drill_report *report, const struct drill_result *result)
{
    if (report->count == report->room) {
        size_t room = report->room ? report->room * 2 : 64;
        struct drill_result *grown = reallocarray(report->results, room, sizeof *grown);

        if (!grown)
            return -ENOMEM;
        report->results = grown;
        report->room = room;
    }
    report->results[report->count++] = *result;
    return 0;
}

void drill_report_clear(struct drill_report *report)
{
    free(report->results);
    report->results = NULL;
    report->count = report->room = 0;
}

struct drill_count drill_report_count(const struct drill_report *report, uint32_t routine, uint32_t module)
{
    struct drill_count count = {0};

    for (size_t i = 0; i < report->count; i++) {
        const struct drill_result *result = &report->results[i];
        const struct drill_site *site = &report->pool->sites[result->site];

        if ((routine != DRILL_ANY && site->routine != routine) ||
            (module != DRILL_ANY && site->module != module))
            continue;
        count.outcomes[result->outcome]++;
        count.activated += drill_is_activated(result->outcome);
        count.recovered += result->recovered;
    }
    return count;
}

static int most_frequent_first(const void *a, const void *b)
{
    const struct drill_reason *x = a, *y = b;

    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return strcmp(x->text, y->text);
}

/* Add one to the row of a text, which may be new. */
static void count_reason(struct drill_reason *reasons, size_t *count, const char *text)
{
    size_t at = 0;

    while (at < *count && strcmp(reasons[at].text, text) != 0)
        at++;
    if (at == *count)
        snprintf(reasons[(*count)++].text, sizeof reasons[0].text, "%s", text);
    reasons[at].count++;
}

struct drill_reason *drill_report_reasons(const struct drill_report *report, enum drill_text which,
                                          size_t *ret_count)
{
    struct drill_reason *reasons = calloc(report->count + 1, sizeof *reasons);
    size_t count = 0;

    for (size_t i = 0; reasons && i < report->count; i++) {
        const struct drill_result *result = &report->results[i];
        const char *text = which == DRILL_TEXT_LATER             ? result->later
                           : result->outcome != DRILL_DELIBERATE ? ""
                           : which == DRILL_TEXT_REASON          ? result->reason
                                                                 : result->lock;

        if (*text)
            count_reason(reasons, &count, text);
    }
    if (count > 1)
        qsort(reasons, count, sizeof *reasons, most_frequent_first);
    *ret_count = count;
    return reasons;
}

struct drill_sums drill_report_sums(const struct drill_report *report)
{
    struct drill_sums sums = {0};

    for (size_t i = 0; i < report->count; i++) {
        const struct drill_result *result = &report->results[i];
        const struct drill_innocents *said = &result->innocents;

        if (!result->recovered)
            continue;
        sums.faults += result->faults;
        sums.contained += result->contained;
        sums.stopped += result->stop_us >= 0;
        sums.stopped_otherwise += result->stopped_otherwise;
        if (!said->told)
            continue;
        sums.innocents.told = true;
        sums.heard_faults += result->contained;
        sums.innocents.requests += said->requests;
        sums.innocents.refused += said->refused;
        sums.innocents.reset += said->reset;
        sums.innocents.wrong += said->wrong;
        sums.innocents.hung += said->hung;
        if (said->longest_ms > sums.innocents.longest_ms)
            sums.innocents.longest_ms = said->longest_ms;
    }
    return sums;
}

const char *drill_outcome_name(enum drill_outcome outcome)
{
    static const char *const names[] = {"contained",  "deliberate",    "wedged",     "corrupt",
                                        "unreported", "does_not_stop", "slots_leak", "no_effect",
                                        "silent",     "not_activated", "masked",     "failed"};

    return names[outcome];
}

const char *drill_fault_name(enum drill_fault fault)
{
    static const char *const names[] = {"nil", "wild", "ill", "fpe", "flip"};

    return names[fault];
}
