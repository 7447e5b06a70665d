/* SPDX-License-Identifier: MIT */
/* What each thread waits for. */
#ifndef CRUMPLE_WRITER_CONTEXT_BLOCKED_H
#define CRUMPLE_WRITER_CONTEXT_BLOCKED_H

#include "crash/crash.h"

/** Fills crash->waits. Where memory is short, it stays empty. */
void blocked_gather(struct crash *crash);

#endif
