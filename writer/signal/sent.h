/* SPDX-License-Identifier: MIT */
/* Signals that no fault has caused, in words: who sent them, or why the kernel did. */
#ifndef CRUMPLE_WRITER_SIGNAL_SENT_H
#define CRUMPLE_WRITER_SIGNAL_SENT_H

#include <stdbool.h>

#include "core/notes.h"
#include "crash/words.h"

/** Fills class, cause and description if the kernel itself ends processes by this signal for a reason that is no
 * fault (a closed pipe, a limit, a timer). words->name is set. */
bool sent_by_kernel(const struct notes *notes, struct signal_words *words);

/** Fills class, has_sender, cause and description of any other signal. 'how': "sent by kill", what its code
 * means. */
void sent_describe(const struct notes *notes, const char *how, struct signal_words *words);

#endif
