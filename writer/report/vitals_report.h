/* SPDX-License-Identifier: MIT */
/* In reports: what the process used, and where it ran. */
#ifndef CRUMPLE_WRITER_REPORT_VITALS_REPORT_H
#define CRUMPLE_WRITER_REPORT_VITALS_REPORT_H

#include "base/buffer.h"
#include "crash/crash.h"

/** Adds the member 'vitals'. Nothing of an event that tells none (a kernel's core, a logged error). */
void vitals_json(const struct crash *crash, struct buffer *out);

/** Adds the member 'place'. */
void place_json(const struct crash *crash, struct buffer *out);

/** Adds the line 'vitals' of report.txt. */
void vitals_text(const struct crash *crash, struct buffer *out);

#endif
