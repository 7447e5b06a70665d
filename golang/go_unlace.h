/* SPDX-License-Identifier: MIT */
/*
 * Log lines in a dump. The runtime writes a line in pieces, and other threads and processes may write in between: a line of theirs
 * can stand between two of Go's, and in the middle of one.
 */
#ifndef CRUMPLE_GOLANG_GO_UNLACE_H
#define CRUMPLE_GOLANG_GO_UNLACE_H

#include <stddef.h>

/**
 * Returns text without the log lines in it (JSON objects with a level, lines that begin with a date and a time), also those
 * that begin within a line: to be freed, its size in ret_size. NULL: there are none, or no
 * memory; the text itself is what there is.
 */
char *go_unlace(const char *text, size_t size, size_t *ret_size);

#endif
