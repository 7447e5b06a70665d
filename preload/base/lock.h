/* SPDX-License-Identifier: MIT */
/*
 * A small lock for the tables of breakers. Held for some hundred nanoseconds and never over a call that can
 * wait; whoever does not get it within 5 ms goes on without. So a thread that was interrupted, or lost, while
 * it held the lock costs an entry in a table, not the host. It lies in memory that the kernel wipes in a
 * forked child, where the holder does not exist.
 */
#ifndef PRELOAD_BASE_LOCK_H
#define PRELOAD_BASE_LOCK_H

#include <stdbool.h>
#include <stddef.h>

/* False: not taken. */
bool safe_lock_take(_Atomic int *lock);
void safe_lock_give(_Atomic int *lock);

/* Zeroed memory that costs nothing until it is touched, and is zeroed again in a forked child; NULL where
 * there is none. */
void *safe_lock_map(size_t bytes);

#endif
