/* SPDX-License-Identifier: MIT */
/* What the tracer does to a stopped task: its memory, breakpoints, how it goes on. See trace.h; why it stopped is in stops.c. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <unistd.h>

#include "trace/children.h"
#include "trace/trace.h"

#define WORD 8
/* A step that takes longer is inside a system call, past the breakpoint. */
#define STEP_US 2000

static const uint8_t trap = 0xcc; /* int3 */

int drill_trace_peek(pid_t tid, uint64_t address, void *bytes, size_t count)
{
    for (size_t done = 0; done < count; done += WORD) {
        size_t piece = count - done < WORD ? count - done : WORD;

        errno = 0;
        long word = ptrace(PTRACE_PEEKTEXT, tid, (void *)(uintptr_t)(address + done), NULL);
        if (word == -1 && errno != 0)
            return -errno;
        memcpy((char *)bytes + done, &word, piece);
    }
    return 0;
}

int drill_trace_poke(pid_t tid, uint64_t address, const void *bytes, size_t count)
{
    for (size_t done = 0; done < count; done += WORD) {
        size_t piece = count - done < WORD ? count - done : WORD;
        long word;
        int error = drill_trace_peek(tid, address + done, &word, sizeof word);

        if (error < 0)
            return error;
        memcpy(&word, (const char *)bytes + done, piece);
        if (ptrace(PTRACE_POKETEXT, tid, (void *)(uintptr_t)(address + done), (void *)word) < 0)
            return -errno;
    }
    return 0;
}

static struct drill_breakpoint *find_breakpoint(struct drill_trace *trace, uint64_t address)
{
    for (size_t i = 0; i < trace->breakpoint_count; i++)
        if (trace->breakpoints[i].address == address)
            return &trace->breakpoints[i];
    return NULL;
}

static int set_planted(struct drill_breakpoint *breakpoint, pid_t tid, bool planted)
{
    if (breakpoint->planted == planted)
        return 0;
    int error = drill_trace_poke(tid, breakpoint->address, planted ? &trap : &breakpoint->original, 1);
    if (error == 0)
        breakpoint->planted = planted;
    return error;
}

int drill_trace_plant(struct drill_trace *trace, struct drill_task *task, uint64_t address)
{
    struct drill_breakpoint *breakpoint = find_breakpoint(trace, address);

    if (breakpoint)
        return set_planted(breakpoint, task->tid, true);
    if (trace->breakpoint_count == DRILL_BREAKPOINTS_MAX)
        return -ENOSPC;
    breakpoint = &trace->breakpoints[trace->breakpoint_count];
    *breakpoint = (struct drill_breakpoint){.address = address};
    int error = drill_trace_peek(task->tid, address, &breakpoint->original, 1);
    if (error == 0)
        error = set_planted(breakpoint, task->tid, true);
    if (error == 0)
        trace->breakpoint_count++;
    return error;
}

void drill_trace_unplant_all(struct drill_trace *trace, struct drill_task *task)
{
    for (size_t i = 0; i < trace->breakpoint_count; i++)
        (void)set_planted(&trace->breakpoints[i], task->tid, false);
}

void drill_trace_resume(struct drill_task *task, int request)
{
    task->request = request;
    task->stopped = false;
    (void)ptrace(request, task->tid, NULL, (void *)(intptr_t)task->signal);
    task->signal = 0;
}

/* While the byte is restored other threads pass unseen: a few microseconds, in which nothing is lost but a
 * chance. */
void drill_trace_step_over(struct drill_trace *trace, struct drill_task *task, uint64_t address)
{
    struct drill_breakpoint *breakpoint = find_breakpoint(trace, address);

    (void)set_planted(breakpoint, task->tid, false);
    task->over = (int)(breakpoint - trace->breakpoints);
    task->over_us = drill_now_us();
    drill_trace_resume(task, PTRACE_SINGLESTEP);
}

/* Memory is written through a stopped task, and there may be none: hence the file. */
static void plant_by_file(pid_t pid, struct drill_breakpoint *breakpoint)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return;
    if (pwrite(fd, &trap, 1, (off_t)breakpoint->address) == 1)
        breakpoint->planted = true;
    close(fd);
}

void drill_trace_tick(struct drill_trace *trace)
{
    int64_t now = drill_now_us();

    for (size_t i = 0; i < trace->count && !trace->halting; i++) {
        const struct drill_task *task = trace->tasks[i];

        if (task->over >= 0 && !trace->breakpoints[task->over].planted && now - task->over_us > STEP_US)
            plant_by_file(trace->pid, &trace->breakpoints[task->over]);
    }
}
