/* SPDX-License-Identifier: MIT */
/* What the core of a crash holds for the words of its signal. */
#ifndef WRITER_EXPLAIN_SIGNAL_FROM_CORE_H
#define WRITER_EXPLAIN_SIGNAL_FROM_CORE_H

#include "crash/crash.h"

/** Sets crash->signal, when the stacks have been walked. */
void signal_facts_describe(struct crash *crash);

#endif
