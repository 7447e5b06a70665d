/* SPDX-License-Identifier: MIT */
/* The words for the signal of a crash, from what its core holds. */
#ifndef CRUMPLE_WRITER_EXPLAIN_SIGNAL_FROM_CORE_H
#define CRUMPLE_WRITER_EXPLAIN_SIGNAL_FROM_CORE_H

#include "crash/crash.h"

/** Sets crash->signal. Walk the stacks first. */
void signal_from_core(struct crash *crash);

#endif
