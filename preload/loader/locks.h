/* SPDX-License-Identifier: MIT */
/*
 * The two locks of ld.so, taken only where nobody else holds them. A constructor under dlopen holds the one
 * of lookups, a callback of dl_iterate_phdr the one of the list, and both are code of the application, which
 * may wait for the very thread that is in a hook of ours. So no hook waits for either of them: what needs a
 * lock that is held is done at the next occasion. docs/decisions/0040.
 */
#ifndef PRELOAD_LOADER_LOCKS_H
#define PRELOAD_LOADER_LOCKS_H

#include <pthread.h>
#include <stdbool.h>

/* In the constructor, while the process has one thread: finds the locks. False: this libc's are not found. */
bool loader_find(void);
/* libc's functions. Until they are known no lock can be had. */
void loader_use(int (*trylock)(pthread_mutex_t *), int (*unlock)(pthread_mutex_t *));

/* The lock of dl_iterate_phdr: while it is held no object goes away. False: somebody else has it. Both kinds
 * may be taken again by the thread that has them. */
bool loader_hold_list(void);
void loader_leave_list(void);
/* Both locks: dlsym and dlopen do not wait. False: somebody else has one of them. */
bool loader_hold_all(void);
void loader_leave_all(void);

#endif
