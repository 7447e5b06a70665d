/* SPDX-License-Identifier: MIT */
/* A signal in words: names of signals and codes, whether it was a fault or was sent, and its cause. */
#ifndef CRUMPLE_WRITER_SIGNAL_SIGNAL_H
#define CRUMPLE_WRITER_SIGNAL_SIGNAL_H

#include "signal/fault_class.h"

/** Describes the signal of notes; input is of the same signal. */
void signal_describe(const struct notes *notes, const struct fault_input *input,
                     struct signal_words *ret_words);

#endif
