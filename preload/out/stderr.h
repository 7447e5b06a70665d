/* SPDX-License-Identifier: MIT */
/* A line on descriptor 2 as CRUMPLE_STDERR wants it: text, JSON (docs/stderr.md), nothing. Each is one write.
 */
#ifndef PRELOAD_OUT_STDERR_H
#define PRELOAD_OUT_STDERR_H

#include <stdbool.h>
#include <stddef.h>

#include "start/config.h"
#include "out/events.h"

bool safe_stderr_is_json(const struct crumple_config *config);

/*
 * Writes the event as a line of JSON. Fills in what all lines have: program, host, time where it is 0. The
 * caller gives the memory: SAFE_EVENT_LINE_MOST bytes for any event, fewer for one with short texts. Safe.
 */
void safe_stderr_event(const struct crumple_config *config, struct safe_event *event, char *buffer,
                       size_t size);

/*
 * Writes the line "crumple: TEXT\n" of that process as it is, or TEXT as the message of an event 'trouble',
 * which costs the line its newline. Safe.
 */
void safe_stderr_text(const struct crumple_config *config, int pid, const struct safe_text *line);

#endif
