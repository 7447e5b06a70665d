/* SPDX-License-Identifier: MIT */
/* The results of a drill: counted by routine, by reason; a table for people and JSON. */
#ifndef CRUMPLE_DRILL_REPORT_H
#define CRUMPLE_DRILL_REPORT_H

#include <jansson.h>

#include "drill.h"
#include "sites/pool.h"
#include "screen/out.h"

struct drill_count {
    size_t outcomes[DRILL_OUTCOMES];
    size_t activated, recovered; /* recovered: a thread was ended, whatever came then */
};

/* Of the runs in which a thread was ended. */
struct drill_sums {
    size_t faults, contained;
    size_t stopped, stopped_otherwise;
    size_t heard_faults; /* contained ones, of the runs whose load spoke */
    struct drill_innocents innocents;
};

/* Which text of a result is counted: of a death its reason, and the lock that was held; why a later fault ended a server. */
enum drill_text { DRILL_TEXT_REASON, DRILL_TEXT_LOCK, DRILL_TEXT_LATER };

struct drill_reason {
    char text[DRILL_REASON_BYTES];
    size_t count;
};

struct drill_report {
    const struct drill_plan *plan;
    const struct drill_pool *pool;
    struct drill_result *results;
    size_t count, room;
    size_t idle; /* results in a row without a fault */
};

/** Keep a result. Returns 0 or -ENOMEM. */
int drill_report_add(struct drill_report *report, const struct drill_result *result);
void drill_report_clear(struct drill_report *report);

#define DRILL_ANY UINT32_MAX

/** Count the results of a routine, of a module, of a routine in a module; DRILL_ANY: no such limit. */
struct drill_count drill_report_count(const struct drill_report *report, uint32_t routine, uint32_t module);
/** The texts of the results, the most frequent first; NULL where there is none or memory is short. The caller
 * frees it. */
struct drill_reason *drill_report_reasons(const struct drill_report *report, enum drill_text which,
                                          size_t *ret_count);

/** What the recoveries cost others. */
struct drill_sums drill_report_sums(const struct drill_report *report);

/** The table, the reasons, and how to repeat it, to stdout. */
void drill_report_print(const struct drill_report *report, const struct out_colors *colors);
/** Everything; the caller releases it. NULL: memory is short. */
json_t *drill_report_json(const struct drill_report *report);
/** One line for a run, to stderr. */
void drill_report_say(const struct drill_report *report, const struct drill_result *result);

#endif
