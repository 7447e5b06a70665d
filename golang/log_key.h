/* SPDX-License-Identifier: MIT */
/* Which errors that a server only logs are the same: a number, for who limits how often one is told. */
#ifndef CRUMPLE_GOLANG_LOG_KEY_H
#define CRUMPLE_GOLANG_LOG_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "log_line.h"

/**
 * Equal for equal errors: words with digits, as numbers, addresses and ids are, do not count, and of a stack only the names of its
 * functions do. 'line' is of log_line_read.
 */
uint64_t log_key(const struct log_line *line);

#endif
