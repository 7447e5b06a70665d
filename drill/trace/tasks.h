/* SPDX-License-Identifier: MIT */
/* The list of tasks of a trace, for the files that fill it: trace.c and stops.c. */
#ifndef CRUMPLE_DRILL_TRACE_TASKS_H
#define CRUMPLE_DRILL_TRACE_TASKS_H

#include "trace/trace.h"

/** A task that is not in the list yet. The list owns it; a lack of memory ends the program. */
struct drill_task *drill_tasks_add(struct drill_trace *trace, pid_t tid);
/** Forget a task, which has ended or is not traced any more. */
void drill_tasks_remove(struct drill_trace *trace, struct drill_task *task);
/** Let a stopped task run untraced, with the signal it was about to get, and forget it. */
void drill_tasks_let_go(struct drill_trace *trace, struct drill_task *task);

#endif
