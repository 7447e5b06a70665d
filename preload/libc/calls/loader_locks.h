/* SPDX-License-Identifier: MIT */
/*
 * The locks of the loader, taken only if no other thread holds them. A constructor under dlopen holds the lock
 * of look-ups, a callback of dl_iterate_phdr that of the list; both are code of the application, which may
 * wait for the very thread that is in one of our hooks. So no hook waits for either lock: work that needs a
 * held lock is done at the next occasion. docs/decisions/0040. In ordinary code of hooks.
 */
#ifndef CRUMPLE_PRELOAD_LIBC_CALLS_LOADER_LOCKS_H
#define CRUMPLE_PRELOAD_LIBC_CALLS_LOADER_LOCKS_H

#include <stdbool.h>

/** Finds the locks, in the constructor, while the process has one thread. False: not found in this libc. */
bool loader_find(void);

/** Takes the lock of dl_iterate_phdr: while it is held, no object goes away. False: another thread holds it.
 * Both locks are recursive. */
bool loader_hold_list(void);
void loader_leave_list(void);
/** Takes both locks, so that dlsym and dlopen do not wait. False: another thread holds one of them. */
bool loader_hold_all(void);
void loader_leave_all(void);

#endif
