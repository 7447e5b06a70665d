/* SPDX-License-Identifier: MIT */
/* The stack of the faulting thread as titles and signatures see it: the calls that the compiler inlined are frames,
 * too, and each frame says what is known of its function. */
#ifndef CRUMPLE_WRITER_EXPLAIN_SIG_FRAMES_H
#define CRUMPLE_WRITER_EXPLAIN_SIG_FRAMES_H

#include "explain/signature.h"

struct crash;

/** Returns the frames, to be freed by the caller, innermost first; their texts live as long as crash. NULL: no memory
 * is left. */
struct sig_frame *sig_frames_make(const struct crash *crash, size_t *ret_count);

#endif
