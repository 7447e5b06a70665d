/* SPDX-License-Identifier: MIT */
/* The words for faults of an instruction rather than of an address: privileged, divide, illegal, system call. */
#ifndef CRUMPLE_WRITER_SIGNAL_FAULT_WORDS_CPU_H
#define CRUMPLE_WRITER_SIGNAL_FAULT_WORDS_CPU_H

#include "signal/fault_text.h"

/** Writes both texts of w. */
void fault_words_cpu(struct words *w);

#endif
