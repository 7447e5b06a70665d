/* SPDX-License-Identifier: MIT */
/* An exit in words: the code that called it, and the events before it. */
#ifndef CRUMPLE_WRITER_EXPLAIN_EXIT_H
#define CRUMPLE_WRITER_EXPLAIN_EXIT_H

#include <stdbool.h>

#include "base/buffer.h"
#include "explain/signature.h"

struct crash;

/** Returns true if the event is an exit, which has no signal. */
bool exit_is(const struct crash *crash);

/** Fills crash->exit and the title of an exit; may replace the callers in frames by main. */
void exit_describe(struct crash *crash, struct sig_input *input, struct sig_frame *frames);

/** Appends the member "exit" of a report; nothing if the event is no exit. */
void exit_json(const struct crash *crash, struct buffer *out);

#endif
