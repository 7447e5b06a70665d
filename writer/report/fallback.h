/* SPDX-License-Identifier: MIT */
/* Replacements for the work of stages that were left out: short, and made of nothing that can fail. */
#ifndef CRUMPLE_WRITER_REPORT_FALLBACK_H
#define CRUMPLE_WRITER_REPORT_FALLBACK_H

#include "crash/crash.h"

/** Names the signal, no more. */
void fallback_signal(struct crash *crash);

/** Title and signature from the signal and the innermost frame's module. */
void fallback_title(struct crash *crash);

/** report.json without stacks and modules. */
void fallback_report(const struct crash *crash, struct buffer *out);

#endif
