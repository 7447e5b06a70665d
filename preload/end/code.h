/* SPDX-License-Identifier: MIT */
/* What is known of the loaded objects: where their code lies (track/code_ranges.h), whether one is an interpreter. */
#ifndef CRUMPLE_PRELOAD_END_CODE_H
#define CRUMPLE_PRELOAD_END_CODE_H

#include <stdbool.h>

/** Once, with both locks of the loader (libc/calls/loader_locks.h): the runtimes, then all objects. */
void code_prepare(void);
/** Reads what is known of the loaded objects again if their list has changed, or if an earlier reading was put off. Never
 * waits for the loader. */
void code_look(bool changed);

#endif
