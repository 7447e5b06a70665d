/* SPDX-License-Identifier: MIT */
/* Has crumple told this end already? */
#ifndef CRUMPLE_RUN_ENDS_KNOWN_H
#define CRUMPLE_RUN_ENDS_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ends/facts.h"

/**
 * Looks into the crash directories for a pending core of the process, and into crashes.ndjson for an event that ended it: a
 * crash or an exit of its own, also one that the limits left without a bundle; or one of a process that it had started,
 * whose end it passed on (a shell, a crumple-run below this one). Only what is not older than since_ns (CLOCK_REALTIME) counts:
 * servers in other containers may have the same number and directory. What lies in another user's folder counts if it names
 * the run: anybody could lay it there. Reads the last MiB of each log. named: as in
 * directory/directory.h.
 */
bool known_already(const struct end_facts *facts, const char *named, uint64_t since_ns);

/** Whether one line of crashes.ndjson tells the end. A plain function. since: as date_format() writes it. */
bool known_by_line(const struct end_facts *facts, const char *since, const char *line, size_t size);

/** Whether a file of that name is a pending core of the process, not older than since. A plain function. */
bool known_by_name(const struct end_facts *facts, const char *since, const char *name);

/** Whether a pending core is of an error that the server only logged: then it is no report of an end, whatever its name says. */
bool known_is_logged(int directory, const char *name);

#endif
