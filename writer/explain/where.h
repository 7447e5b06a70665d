/* SPDX-License-Identifier: MIT */
/* Where in the application it happened, in one line. */
#ifndef WRITER_EXPLAIN_WHERE_H
#define WRITER_EXPLAIN_WHERE_H

#include "explain/signature.h"

/**
 * Writes the first frame of the application, its module and who called it; nothing where there is no frame.
 * is_fault: the innermost frame is where it happened, not where something was reported.
 */
void where_words(const struct sig_input *input, bool is_fault, char *out, size_t size);

/** Whether the fault is inside malloc, free and their like. */
bool where_is_allocator(const struct sig_input *input);

#endif
