/* SPDX-License-Identifier: MIT */
/*
 * The server's side of its hold helper (hold/helper.h): makes it, lets it go, and finds out when a daemon needs one of its own. With
 * CRUMPLE_RUN_HOLD only; where something fails, one line says it, and the server runs without.
 */
#ifndef CRUMPLE_PRELOAD_HOLD_HOLD_H
#define CRUMPLE_PRELOAD_HOLD_HOLD_H

#include <stdbool.h>
#include <stdint.h>

/* How often a process is still to be looked at, for having become a daemon. 0: nothing is to be done, in nearly all processes. Writers:
 * the constructor, hooks of fork and daemon, safe_hold_look. */
extern _Atomic int safe_hold_looks;

/** In the constructor, last: makes the helper and reports to crumple-run, if that is our parent. */
void safe_hold_begin(void);

/** In a child that has just been forked: its descriptors are its own, and nobody shares them. */
void safe_hold_forked(void);

/** Before the process filters its system calls (seccomp(2)): it is no daemon that starts, and the looks below make calls that a filter may kill. */
void safe_hold_filtered(void);

/** In hooks that a starting server calls: makes a helper once crumple-run has adopted this process as a daemon. Keeps errno. */
void safe_hold_look_now(void);
static inline void safe_hold_look(void)
{
    if (__builtin_expect(__atomic_load_n(&safe_hold_looks, __ATOMIC_RELAXED) != 0, 0))
        safe_hold_look_now();
}

/** Before exec, or what gives this process another descriptor table. Returns true if there was a helper; it is gone then. */
bool safe_hold_leave(void);
/** The exec has failed: makes a helper again. */
void safe_hold_again(void);

/** The process dies, and is captured before: lets the helper raise the backlogs of its listening sockets meanwhile. In the faulting
 * thread; a filter of the server's may kill at listen(2), but not in the helper. */
void safe_hold_dying(void);

#endif
