/* SPDX-License-Identifier: MIT */
/* A line on descriptor 2 in the form that CRUMPLE_STDERR asks for: text, JSON (docs/stderr.md) or nothing.
 * One write per line. Any context. */
#ifndef CRUMPLE_PRELOAD_OUT_STDERR_H
#define CRUMPLE_PRELOAD_OUT_STDERR_H

#include <stdbool.h>
#include <stddef.h>

#include "state/config.h"
#include "out/events.h"

/** Whether a line on descriptor 2 cannot corrupt a connection or a file of the application. Safe. */
bool safe_stderr_usable(const struct crumple_config *config);

bool safe_stderr_is_json(const struct crumple_config *config);

/**
 * Writes the event as a line of JSON. Fills in the common members: program, host, and the time if it is 0.
 * The caller provides the buffer: SAFE_EVENT_LINE_MAX bytes for any event, fewer if its texts are short.
 */
void safe_stderr_event(const struct crumple_config *config, struct safe_event *event, char *buffer,
                       size_t size);

/**
 * Writes the line "crumple: TEXT\n" unchanged, or as JSON an event 'trouble' of process 'pid' with the
 * message TEXT (without the newline).
 */
void safe_stderr_text(const struct crumple_config *config, int pid, const struct safe_text *line);

#endif
