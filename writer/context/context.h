/* SPDX-License-Identifier: MIT */
/* What the process was doing at the fault, besides its stacks. */
#ifndef CRUMPLE_WRITER_CONTEXT_CONTEXT_H
#define CRUMPLE_WRITER_CONTEXT_CONTEXT_H

#include "crash/crash.h"

/** Fills in the members of crash that tell the context: from the notes, the registers, and files of this machine. */
void context_gather(struct crash *crash);

#endif
