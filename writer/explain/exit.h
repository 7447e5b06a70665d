/* SPDX-License-Identifier: MIT */
/* An exit in words: who called it, and what led to it. */
#ifndef WRITER_EXPLAIN_EXIT_H
#define WRITER_EXPLAIN_EXIT_H

#include <stdbool.h>

#include "base/buffer.h"
#include "crash/words.h"
#include "explain/signature.h"

struct crash;

/** Whether the event is an exit: such a one has no signal. */
bool exit_is(const struct crash *crash);

/** Fills crash->exit and the title of an exit; may put main in the place of what called it (frames). */
void exit_describe(struct crash *crash, struct sig_input *input, struct sig_frame *frames);

/** The member "exit" of a report; of another event nothing. */
void exit_json(const struct crash *crash, struct buffer *out);

#endif
