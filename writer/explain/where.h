/* SPDX-License-Identifier: MIT */
/* The place of the fault in the application, in one line. */
#ifndef CRUMPLE_WRITER_EXPLAIN_WHERE_H
#define CRUMPLE_WRITER_EXPLAIN_WHERE_H

#include "explain/signature.h"

/**
 * Writes the first frame of the application, its module and its callers; nothing if there is no frame.
 * is_fault: the innermost frame is the place of the fault, not of a report about one.
 */
void where_words(const struct sig_input *input, bool is_fault, char *out, size_t size);

/** Returns true if the fault is inside malloc, free or similar functions. */
bool where_is_allocator(const struct sig_input *input);

#endif
