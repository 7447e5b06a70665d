/* SPDX-License-Identifier: MIT */
/*
 * Is a line of a dump Go's alone? Go prints word by word, and a line of another process may stand within one of Go's: such a line
 * must not be lost.
 */
#ifndef CRUMPLE_RUN_WATCH_DUMP_LINE_H
#define CRUMPLE_RUN_WATCH_DUMP_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "go_line.h"

/** The line has this kind (go_line_kind), and is without its end. False: it may hold something else; also of kinds that are not of a
 * goroutine. */
bool dump_line_is_whole(enum go_line_kind kind, const char *line, size_t size);

#endif
