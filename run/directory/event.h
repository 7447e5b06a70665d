/* SPDX-License-Identifier: MIT */
/* Events of crumple-run's own in crashes.ndjson, and the metrics that are derived from it. */
#ifndef CRUMPLE_RUN_DIRECTORY_EVENT_H
#define CRUMPLE_RUN_DIRECTORY_EVENT_H

#include <limits.h>
#include <stddef.h>
#include <stdio.h>

#include "settings.h"

/** The writer: CRUMPLE_WRITER, or the one beside this program. Returns 0 or a negative errno: it is not there (-ENOENT), or a user
 * without the rights of this process can change it (-EPERM). */
int event_writer_path(const struct crumple_settings *given, char ret_path[PATH_MAX]);

/** Writes ',"key":"value"', as crumple-writer would: value is any bytes. */
void event_member(FILE *to, const char *key, const char *value);

/**
 * In a process of its own, since a disk may hang: appends the lines to crashes.ndjson in this user's folder, says what is wrong, and
 * becomes crumple-writer, which derives crumple.prom. Does not return. It ends within some seconds, unless the disk hangs.
 */
_Noreturn void event_write(const struct crumple_settings *given, const char *lines, size_t size);

#endif
