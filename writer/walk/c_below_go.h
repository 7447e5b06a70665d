/* SPDX-License-Identifier: MIT */
/* C code that Go called: where a stack of C ends and Go's begins. */
#ifndef CRUMPLE_WRITER_WALK_C_BELOW_GO_H
#define CRUMPLE_WRITER_WALK_C_BELOW_GO_H

#include "walk/walk.h"

/**
 * How many of the stack's frames, from the innermost on, are C's. Go's own code has no call frame information, and what is
 * found beyond it is a guess; cgo's stub, which is between the two, does not count. 0: the innermost frame is Go's.
 */
size_t c_below_go(const struct walker *walker, const struct stack *stack);

#endif
