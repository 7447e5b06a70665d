/* SPDX-License-Identifier: MIT */
/*
 * What the faulting thread printed last on stderr: a server that gives up says why just before. stderr has no buffer
 * of its own, so glibc's printf formats into one on the stack, and the text stays there, below the stack pointer,
 * until other calls need the room. Only the text leaves the process: the rest of that memory may hold anything.
 */
#ifndef CRUMPLE_PRELOAD_CAPTURE_LAST_WORDS_H
#define CRUMPLE_PRELOAD_CAPTURE_LAST_WORDS_H

#include <stdint.h>

#include "base/text.h"

/** Adds the line 'last_words=' of the thread whose stack pointer is sp to the info note: the last line of the text
 * that is not empty. Nothing if there is none. In the helper. */
void safe_last_words_add(struct safe_text *info, uint64_t sp);

#endif
