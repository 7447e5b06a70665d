/* SPDX-License-Identifier: MIT */
/*
 * Guarded stages of the capture. If a stage faults (unmapped memory, a bug of ours, a system call that a
 * filter traps) or hangs, only that stage ends: a soft error says so, and the next stage works with the
 * results so far.
 *
 * After a fault, the edited signal frame resumes behind the stage. A timer's SIGALRM ends a hang: in the
 * helper its own interval timer (setitimer(2) counts per process), in the host a timer that signals only this
 * thread. A hang that no signal ends (a task in uninterruptible sleep) is left to the faulting thread, which
 * starts a second, smaller attempt.
 */
#ifndef CRUMPLE_PRELOAD_CAPTURE_GUARDED_H
#define CRUMPLE_PRELOAD_CAPTURE_GUARDED_H

#include <stdbool.h>

struct safe_text;

/* The stage that writes the core into a directory. */
#define SAFE_GUARDED_WRITE "write"

/** Installs the handlers that guard stages, in this process (a helper has its own table). */
void safe_guarded_install(void);
/** Restores the previous handlers, in a process that lives on for a while (an exit). */
void safe_guarded_uninstall(void);

/**
 * Runs run(arg). True if it finished. Otherwise its work is half done, and a line is added to errors (may be
 * NULL). share: it may take one 'share'-th of the remaining time.
 */
bool safe_guarded_run(const char *name, void (*run)(void *), void *arg, unsigned share,
                      struct safe_text *errors);

/** The current or last stage; NULL: none yet. For the faulting thread. */
const char *safe_guarded_name(void);

/** Why the last stage did not finish; "" if it did. */
const char *safe_guarded_trouble(void);

#endif
