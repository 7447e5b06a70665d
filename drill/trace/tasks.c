/* SPDX-License-Identifier: MIT */
/* The tasks that a trace knows: see tasks.h. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <unistd.h>

#include "trace/tasks.h"

struct drill_task *drill_trace_task(struct drill_trace *trace, pid_t tid)
{
    for (size_t i = 0; i < trace->count; i++)
        if (trace->tasks[i]->tid == tid)
            return trace->tasks[i];
    return NULL;
}

/* Whether a task is a thread of the server: it is listed there. */
static bool is_thread(const struct drill_trace *trace, pid_t tid)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%d/task/%d", (int)trace->pid, (int)tid);
    return access(path, F_OK) == 0;
}

struct drill_task *drill_tasks_add(struct drill_trace *trace, pid_t tid)
{
    struct drill_task **grown = reallocarray(trace->tasks, trace->count + 1, sizeof(struct drill_task *));
    struct drill_task *task = calloc(1, sizeof *task);

    if (!grown || !task)
        abort(); /* a task that is stopped and forgotten would hang the server */
    *task = (struct drill_task){.tid = tid,
                                .thread = is_thread(trace, tid),
                                .known = is_thread(trace, tid),
                                .request = PTRACE_CONT,
                                .over = -1,
                                .routine = DRILL_NO_ROUTINE};
    trace->tasks = grown;
    grown[trace->count++] = task;
    return task;
}

void drill_tasks_remove(struct drill_trace *trace, struct drill_task *task)
{
    for (size_t i = 0; i < trace->count; i++)
        if (trace->tasks[i] == task) {
            trace->tasks[i] = trace->tasks[--trace->count];
            free(task);
            return;
        }
}

void drill_tasks_let_go(struct drill_trace *trace, struct drill_task *task)
{
    (void)ptrace(PTRACE_DETACH, task->tid, NULL, (void *)(intptr_t)task->signal);
    drill_tasks_remove(trace, task);
}
