/* SPDX-License-Identifier: MIT */
/*
 * The capture in stages, each of which may fail on its own: a fault in one (memory that went away, a bug of
 * ours, a system call that a filter traps) or a hang ends that stage; a line among the soft errors says so,
 * and the next stage goes on with what there is.
 *
 * A fault resumes behind the stage by way of its signal frame; a hang is ended by SIGALRM of a timer: in the
 * helper its own interval timer (setitimer(2) counts per process), in the process itself one that rings in
 * this thread only. What even that cannot end
 * (a task in uninterruptible sleep) is left to the faulting thread, which starts a second, smaller attempt.
 */
#ifndef PRELOAD_CAPTURE_GUARDED_H
#define PRELOAD_CAPTURE_GUARDED_H

#include <stdbool.h>
#include <stdint.h>

struct safe_text;

/* The stage in which the core goes to a directory. */
#define SAFE_STAGE_WRITE "write"

/* Handlers of this process (of a helper: its own table) for what may happen in a stage. */
void safe_stage_install(void);
/* In a process that lives on for a while (an exit): all as it was before. */
void safe_stage_uninstall(void);

/*
 * Runs run(arg). True when it came to its end; else a line is added to errors (may be NULL) and its work is
 * half done. share: it may take one 'share'-th of the time that is left.
 */
bool safe_stage_run(const char *name, void (*run)(void *), void *arg, unsigned share,
                    struct safe_text *errors);

/* The stage that runs, or ran last; NULL: none yet. Read by the faulting thread. */
const char *safe_stage_name(void);

/* Why the last stage did not come to its end, in words; "" when it did. */
const char *safe_stage_trouble(void);

#endif
