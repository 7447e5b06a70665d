/* SPDX-License-Identifier: MIT */
/* The results of a drill: counted by routine, by reason; a table for people and JSON. */
#ifndef CRUMPLE_DRILL_REPORT_H
#define CRUMPLE_DRILL_REPORT_H

#include <jansson.h>

#include "drill.h"
#include "pool.h"
#include "screen/out.h"

struct drill_count {
    size_t outcomes[DRILL_OUTCOMES];
    size_t activated, recovered; /* recovered: a thread was ended, whatever came then */
};

struct drill_reason {
    char text[DRILL_REASON_BYTES];
    size_t count;
};

struct drill_report {
    const struct drill_plan *plan;
    const struct drill_pool *pool;
    struct drill_result *results;
    size_t count, room;
};

/** Keep a result. Returns 0 or -ENOMEM. */
int drill_report_add(struct drill_report *report, const struct drill_result *result);
void drill_report_clear(struct drill_report *report);

#define DRILL_ANY UINT32_MAX

/** Count the results of a routine, of a module, of a routine in a module; DRILL_ANY: no such limit. */
struct drill_count drill_report_count(const struct drill_report *report, uint32_t routine, uint32_t module);
/** The reasons of the deaths, the most frequent first; NULL where there is none or memory is short. The caller
 * frees it. */
struct drill_reason *drill_report_reasons(const struct drill_report *report, size_t *ret_count);

/** The table, the reasons, and how to repeat it, to stdout. */
void drill_report_print(const struct drill_report *report, const struct out_colors *colors);
/** Everything; the caller releases it. NULL: memory is short. */
json_t *drill_report_json(const struct drill_report *report);
/** One line for a run, to stderr. */
void drill_report_say(const struct drill_report *report, const struct drill_result *result);

#endif
