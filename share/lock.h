/* SPDX-License-Identifier: MIT */
/*
 * A small lock for the tables of breakers. A thread holds it for some hundred nanoseconds and never over a
 * call that can wait; a thread that does not get it within 5 ms goes on without it. A thread that is
 * interrupted or ended while it holds the lock therefore costs an entry in a table, not the host. The lock
 * lies in memory that the kernel wipes in a forked child, where the holder does not exist. Any context.
 */
#ifndef CRUMPLE_SHARE_LOCK_H
#define CRUMPLE_SHARE_LOCK_H

#include <stdbool.h>
#include <stddef.h>

/** False: not taken. */
bool safe_lock_take(_Atomic int *lock);
void safe_lock_give(_Atomic int *lock);

/** Maps zeroed memory, which costs nothing until it is touched and is zero again in a forked child. NULL: no
 * memory. */
void *safe_lock_map(size_t bytes);

#endif
