/* SPDX-License-Identifier: MIT */
/* In reports: whose request the process died of. */
#ifndef CRUMPLE_WRITER_REPORT_CULPRIT_H
#define CRUMPLE_WRITER_REPORT_CULPRIT_H

#include <stdbool.h>

#include "base/buffer.h"
#include "crash/crash.h"

/** True if it is known. */
bool culprit_is_found(const struct crash *crash);

/** Appends the member 'culprit'; nothing if it was not sought. */
void culprit_json(const struct crash *crash, struct buffer *out);

/** Appends it for people, without the end of the line; nothing if it was not sought. */
void culprit_words(const struct crash *crash, struct buffer *out);

#endif
