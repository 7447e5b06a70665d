/* SPDX-License-Identifier: MIT */
/* A moment that somebody has written. */
#ifndef CRUMPLE_WRITER_BASE_WHEN_H
#define CRUMPLE_WRITER_BASE_WHEN_H

#include <stdint.h>

#include "json_line.h"

/**
 * Microseconds since 1970 of "YYYY-MM-DDThh:mm:ss[.f]" with "Z", "+hhmm" or "+hh:mm" behind it, or -1. Of a text without one of
 * these the zone is not known: -1, too.
 */
int64_t when_parse(struct span text);

#endif
