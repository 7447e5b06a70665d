/* SPDX-License-Identifier: MIT */
/* The variables of CRUMPLE_WATCH, as they were at the fault. */
#ifndef CRUMPLE_WRITER_WATCH_WATCH_H
#define CRUMPLE_WRITER_WATCH_WATCH_H

#include "crash/crash.h"

/** Reads them. What cannot be read is noted with its reason. */
void watch_read(struct crash *crash);

#endif
