/* SPDX-License-Identifier: MIT */
/*
 * crumple_guard(): a recovery frame inside of the thread's own, for a stretch of its work. A fault in it is decided as
 * that of a thread (contain/), by the rule that names the function; the thread then goes on behind the call.
 */
#ifndef CRUMPLE_PRELOAD_END_GUARD_H
#define CRUMPLE_PRELOAD_END_GUARD_H

/**
 * Runs function(argument). Returns 0: it has returned; 1: it faulted, and was left by a jump. Or it has run, and a fault
 * would have been what it is without a guard: -EPERM: no rule of CRUMPLE_RECOVER that contains matches its name;
 * -ESRCH: the thread is none that crumple knows (the main thread; one that is being ended). Only with CRUMPLE_RECOVER.
 */
int recover_guard(void (*function)(void *), void *argument);

struct recover_guard;

/** The outermost frame below the guard's, which its personality is told of. preload/end/invoke_x86_64.S */
void recover_guard_invoke(void (*function)(void *), void *argument, const struct recover_guard *guard);

#endif
