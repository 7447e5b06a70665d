/* SPDX-License-Identifier: MIT */
/* The end that Go's runtime made, in words: from its own text and frames. */
#ifndef CRUMPLE_WRITER_GOLANG_GO_WORDS_H
#define CRUMPLE_WRITER_GOLANG_GO_WORDS_H

#include "crash/crash.h"

#define GO_MESSAGE_BYTES 200

/** Sets kind, reason, signature, title, died and where of an event whose dump go_stack_read() has found. */
void go_words_set(struct crash *crash);

/** The first line of a message, without what looks secret; foreign text still. A long one is cut. */
void go_words_line(struct go_text message, char *ret_line, size_t size);

/**
 * A function's name as rebuilds of the program leave it: without the hash in the path of a plugin, and without the numbers that the
 * compiler counts closures with.
 */
void go_words_normalise(const char *function, size_t function_size, char *ret_name, size_t size);

#endif
