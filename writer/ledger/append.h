/* SPDX-License-Identifier: MIT */
/* crashes.ndjson: a line for each event, so that a log shipper or a human with tail -f sees it at once. */
#ifndef WRITER_LEDGER_APPEND_H
#define WRITER_LEDGER_APPEND_H

#include "crash/crash.h"

/**
 * Appends the line of crash, whose bundle has the file name bundle; NULL: it is only counted. A line is
 * written whole or not at all. Returns 0 or a negative errno.
 */
int index_append(int directory, const struct crash *crash, const char *bundle);

/** Whether there is a line of the event with that id. */
bool index_has(int directory, const char *id);

#endif
