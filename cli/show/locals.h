/* SPDX-License-Identifier: MIT */
/* Arguments and locals under the frames of the faulting thread. */
#ifndef CRUMPLE_CLI_SHOW_LOCALS_H
#define CRUMPLE_CLI_SHOW_LOCALS_H

#include "show/show.h"

/** Prints the variables of one function of a frame; inlined: 0 for the innermost function at the frame's
 * pc, 1 for the one around it, and so on; is_last: also those of the functions around that. */
void show_locals(const struct show *show, size_t frame, size_t inlined, bool is_last);

/** After the stack: where the look-up took too long. What files lack is said by show_missing. */
void show_missing_locals(const struct show *show);

#endif
