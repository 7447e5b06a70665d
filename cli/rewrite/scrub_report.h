/* SPDX-License-Identifier: MIT */
/* A report without what people or the program's memory have put into it. */
#ifndef CRUMPLE_CLI_REWRITE_SCRUB_REPORT_H
#define CRUMPLE_CLI_REWRITE_SCRUB_REPORT_H

#include <stdbool.h>

#include <jansson.h>

#include "scrub.h"

#define SCRUB_REPORT_WORD "[scrubbed]" /* stands for what was taken out */

/**
 * Scrubs a report in place, and marks it with "scrubbed": true. Goes: arguments but the first and the names of long options;
 * lines of logs and output, texts of events (unless keep_logs); registers that are no address, and such numbers in the words about the signal.
 * scrub: of the core; NULL: there is none, and no register stays. Returns 0 or -ENOMEM.
 */
int scrub_report(json_t *report, const struct scrub *scrub, bool keep_logs);

#endif
