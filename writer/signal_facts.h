/* SPDX-License-Identifier: MIT */
/* What the core of a crash holds for the words of its signal. */
#ifndef CRUMPLE_WRITER_SIGNAL_FACTS_H
#define CRUMPLE_WRITER_SIGNAL_FACTS_H

#include "crash.h"

/** Sets crash->signal, when the stacks have been walked. */
void signal_facts_describe(struct crash *crash);

#endif
