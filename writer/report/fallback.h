/* SPDX-License-Identifier: MIT */
/* What stands in a report for the work of a stage that was left out: little, and nothing that can go wrong.
 */
#ifndef WRITER_REPORT_FALLBACK_H
#define WRITER_REPORT_FALLBACK_H

#include "crash/crash.h"

/** Names the signal, no more. */
void fallback_signal(struct crash *crash);

/** Title and signature from the signal and the innermost frame's module. */
void fallback_title(struct crash *crash);

/** report.json without stacks and modules. */
void fallback_report(const struct crash *crash, struct buffer *out);

#endif
