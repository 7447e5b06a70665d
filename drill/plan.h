/* SPDX-License-Identifier: MIT */
/* The command line of drill, checked and completed. */
#ifndef CRUMPLE_DRILL_PLAN_H
#define CRUMPLE_DRILL_PLAN_H

#include "drill.h"
#include "screen/options.h"

/* As the options say; zero where none was given. */
struct drill_settings {
    const char *load, *oracle, *ready, *recover, *routine, *site, *exclude, *pool, *shim, *output, *capacity;
    uint64_t seed;
    bool has_seed;
    enum drill_fault fault;
    size_t runs, jobs, faults;
    int64_t oracle_us, start_us, sample_us;
    bool verbose, first_fatal, json;
    enum options_color color;
};

options_reader drill_plan_read_seed;     /* sets has_seed: the member after it */
options_reader drill_plan_read_fault;    /* enum drill_fault */
options_reader drill_plan_read_duration; /* int64_t: microseconds, from 5s, 500ms or 2m */
options_reader drill_plan_read_positive; /* size_t */

/** Make the plan. Returns 0, or -EINVAL (usage) or another negative errno with a message that the caller
 * frees. The plan is freed by drill_plan_clear in either case. */
int drill_plan_make(const struct drill_settings *settings, const struct options_operands *operands,
                    struct drill_plan *plan, char **ret_message);
/** Remove the temporary directory too, unless something was kept in it. */
void drill_plan_clear(struct drill_plan *plan, bool keep);

#endif
