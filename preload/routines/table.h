/* SPDX-License-Identifier: MIT */
/*
 * The start routines of threads, as the policy knows them: their names, breakers and restarts. One entry for
 * each distinct routine (for std::thread: each distinct callable), made when its first thread is created,
 * never freed. Beyond ROUTINES_MAX, threads have no entry and are never contained.
 */
#ifndef CRUMPLE_PRELOAD_ROUTINES_TABLE_H
#define CRUMPLE_PRELOAD_ROUTINES_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "track/routine_runs.h"

/** Maps the table. In the constructor, only with CRUMPLE_RECOVER. Returns 0 or a negative errno. */
int routines_prepare(void);
/**
 * The entry of a routine about to be started: index + 1, or 0 when the table is full. Ordinary code of
 * pthread_create: may open and map files (raw system calls, no malloc), the first time for each routine.
 */
uint16_t routines_find(void *(*routine)(void *), void *argument);

#endif
