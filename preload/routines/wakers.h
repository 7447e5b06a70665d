/* SPDX-License-Identifier: MIT */
/*
 * Whether the code of a start routine signals a condition variable. A thread that counts itself out and signals only
 * at zero has woken nobody as long as other threads of its routine live; who stops the server waits for its signal all
 * the same (rrdcached, nbdkit). Ordinary code of pthread_create. Reads objects that ld.so has loaded, within their
 * segments.
 */
#ifndef CRUMPLE_PRELOAD_ROUTINES_WAKERS_H
#define CRUMPLE_PRELOAD_ROUTINES_WAKERS_H

#include <stdbool.h>
#include <stdint.h>

#include "routines/symbols.h"

/**
 * True if the function, or one that it calls directly in its own object, calls a function that signals, in another
 * object: pthread_cond_signal and its kind, C++'s, GLib's, APR's, libuv's. Deeper calls are not followed: what a thread
 * does on its way, such as handing a line to a logger, is seen when it does it (track/wakeups.h). A function ends where
 * .eh_frame_hdr begins the next one; without that table, or without the object's whole file, the answer is false. While
 * another thread holds the loader's lock nothing can be known, and the answer is false. sem_post does not count: a thread
 * may have taken the semaphore itself, as a lock.
 */
bool routines_wakes(struct routines_map *map, uint64_t function);

#endif
