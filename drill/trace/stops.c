/* SPDX-License-Identifier: MIT */
/* Why a task stopped, and who handles it: drill_trace_take of trace.h. */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "trace/tasks.h"

#ifndef PTRACE_EVENT_STOP
#define PTRACE_EVENT_STOP 128
#endif

/* A task stopped for the first time, and it is known what it is. */
static void greet(struct drill_trace *trace, struct drill_task *task)
{
    task->greeted = true;
    if (task->is_copy) {
        for (size_t i = 0; i < trace->breakpoint_count; i++)
            if (trace->breakpoints[i].planted)
                (void)drill_trace_poke(task->tid, trace->breakpoints[i].address,
                                       &trace->breakpoints[i].original, 1);
        drill_tasks_let_go(trace, task);
    } else if (trace->halting) {
        return;
    } else if (task->thread) {
        trace->handler(trace, task, DRILL_STOP_NEW, 0);
    } else {
        drill_trace_resume(task, PTRACE_CONT);
    }
}

static bool is_there(pid_t tid)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%d", (int)tid);
    return access(path, F_OK) == 0;
}

/* The parent's word on a new task; it may come before or after the task's own first stop, and
 * even after its end, which nobody will report again. */
static void take_birth(struct drill_trace *trace, const struct drill_task *parent, int event)
{
    unsigned long message = 0;

    if (ptrace(PTRACE_GETEVENTMSG, parent->tid, NULL, &message) < 0)
        return;
    struct drill_task *child = drill_trace_task(trace, (pid_t)message);
    if (!child && !is_there((pid_t)message))
        return;
    if (!child)
        child = drill_tasks_add(trace, (pid_t)message);
    child->is_copy = event == PTRACE_EVENT_FORK;
    child->known = true;
    if (child->stopped && !child->greeted)
        greet(trace, child);
}

static void take_event(struct drill_trace *trace, struct drill_task *task, int event)
{
    switch (event) {
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
    case PTRACE_EVENT_CLONE:
        take_birth(trace, task, event);
        break;
    case PTRACE_EVENT_EXEC:
        if (!task->thread) {
            drill_tasks_let_go(trace, task);
            return;
        }
        break;
    default:
        break;
    }
    if (!trace->halting)
        drill_trace_resume(task, task->request);
}

/* Whether the trap of a breakpoint or of a step is still on its way to a task that was asked to stop
 * meanwhile: it would kill a server that is let go. */
static bool has_trap_pending(const struct drill_task *task)
{
    struct __ptrace_peeksiginfo_args arguments = {.off = 0, .flags = 0, .nr = 8};
    siginfo_t queue[8];
    long n = ptrace(PTRACE_PEEKSIGINFO, task->tid, &arguments, queue);

    for (long i = 0; i < n; i++)
        if (queue[i].si_signo == SIGTRAP && queue[i].si_code > 0)
            return true;
    return false;
}

static bool has_signal_pending(const struct drill_task *task)
{
    for (uint32_t flags = 0; flags <= PTRACE_PEEKSIGINFO_SHARED; flags++) {
        struct __ptrace_peeksiginfo_args arguments = {.off = 0, .flags = flags, .nr = 1};
        siginfo_t first;

        if (ptrace(PTRACE_PEEKSIGINFO, task->tid, &arguments, &first) > 0)
            return true;
    }
    return false;
}

/* A stop that the drill has asked for ends some system calls with EINTR, though no signal came: those on sockets with a
 * timeout, epoll_wait and others (signal(7), 'Interruption of system calls by stop signals'). The server would see a
 * failure that is the drill's. The kernel restarts a call that leaves with ERESTARTNOINTR (arch/x86/kernel/signal.c,
 * include/linux/errno.h). */
static void hide_interruption(const struct drill_task *task)
{
    enum { ERESTARTNOINTR = 513 };
    struct user_regs_struct registers;

    if (ptrace(PTRACE_GETREGS, task->tid, NULL, &registers) < 0 || (long)registers.orig_rax < 0 ||
        (long)registers.rax != -EINTR || has_signal_pending(task))
        return;
    (void)ptrace(PTRACE_POKEUSER, task->tid, (void *)offsetof(struct user_regs_struct, rax),
                 (void *)(intptr_t)-ERESTARTNOINTR);
}

/* PTRACE_EVENT_STOP: the first stop of a new task, or one that was asked for, or a group stop. */
static void take_stop(struct drill_trace *trace, struct drill_task *task, int signo)
{
    if (task->greeted && task->asked)
        hide_interruption(task);
    if (!task->greeted && task->known) {
        greet(trace, task);
    } else if (!task->greeted) {
        return; /* until its parent says whether it is a copy */
    } else if (trace->halting && has_trap_pending(task)) {
        drill_trace_resume(task, PTRACE_CONT);
    } else if (trace->halting) {
        return;
    } else if (signo == SIGSTOP || signo == SIGTSTP || signo == SIGTTIN || signo == SIGTTOU) {
        task->stopped = false;
        (void)ptrace(PTRACE_LISTEN, task->tid, NULL, NULL);
    } else if (task->asked && task->thread) {
        task->asked = false;
        trace->handler(trace, task, DRILL_STOP_ASKED, 0);
    } else {
        drill_trace_resume(task, task->request);
    }
}

/* The breakpoint that a task has just run into, or -1; its program counter is put back. */
static int find_hit(const struct drill_trace *trace, const struct drill_task *task)
{
    unsigned long pc = (unsigned long)ptrace(PTRACE_PEEKUSER, task->tid,
                                             (void *)offsetof(struct user_regs_struct, rip), NULL);

    for (size_t i = 0; i < trace->breakpoint_count; i++)
        if (trace->breakpoints[i].address + 1 == pc) {
            (void)ptrace(PTRACE_POKEUSER, task->tid, (void *)offsetof(struct user_regs_struct, rip),
                         (void *)(pc - 1));
            return (int)i;
        }
    return -1;
}

static void end_step_over(struct drill_trace *trace, struct drill_task *task)
{
    uint64_t address = trace->breakpoints[task->over].address;

    task->over = -1;
    (void)drill_trace_plant(trace, task, address);
    drill_trace_resume(task, PTRACE_CONT);
}

/* SIGTRAP is that of a breakpoint, of a step, or the server's own. */
static void take_trap(struct drill_trace *trace, struct drill_task *task)
{
    siginfo_t info = {0};

    (void)ptrace(PTRACE_GETSIGINFO, task->tid, NULL, &info);
    int hit = info.si_code == SI_KERNEL ? find_hit(trace, task) : -1;
    if (hit >= 0 && trace->halting)
        return;
    if (hit >= 0 && (!task->thread || !trace->breakpoints[hit].planted)) {
        drill_trace_step_over(trace, task, trace->breakpoints[hit].address);
    } else if (hit >= 0) {
        trace->handler(trace, task, DRILL_STOP_HIT, trace->breakpoints[hit].address);
    } else if (info.si_code > 0 && hit < 0 && info.si_code != SI_KERNEL) {
        if (trace->halting)
            return;
        if (task->over >= 0)
            end_step_over(trace, task);
        else if (task->request == PTRACE_SINGLESTEP)
            trace->handler(trace, task, DRILL_STOP_STEP, 0);
        else
            drill_trace_resume(task, task->request);
    } else {
        task->signal = SIGTRAP;
        if (!trace->halting)
            drill_trace_resume(task, task->request);
    }
}

static void take_end(struct drill_trace *trace, pid_t pid, int status)
{
    struct drill_task *task = drill_trace_task(trace, pid);

    if (pid == trace->pid) {
        trace->ended = true;
        trace->status = status;
    }
    if (task)
        drill_tasks_remove(trace, task);
}

bool drill_trace_take(struct drill_trace *trace, pid_t pid, int status)
{
    struct drill_task *task = drill_trace_task(trace, pid);

    if (!task && !trace->attached && pid != trace->pid)
        return false;
    if (WIFEXITED(status) || WIFSIGNALED(status)) {
        bool ours = task || pid == trace->pid;

        take_end(trace, pid, status);
        return ours;
    }
    if (!WIFSTOPPED(status))
        return false;
    if (!task)
        task = drill_tasks_add(trace, pid);
    task->stopped = true;
    if (status >> 16 == PTRACE_EVENT_STOP) {
        take_stop(trace, task, WSTOPSIG(status));
    } else if (status >> 16) {
        take_event(trace, task, status >> 16);
    } else if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
        if (!trace->halting && task->request == PTRACE_SYSCALL)
            trace->handler(trace, task, DRILL_STOP_SYSCALL, 0);
        else if (!trace->halting)
            drill_trace_resume(task, task->request);
    } else if (WSTOPSIG(status) == SIGTRAP) {
        take_trap(trace, task);
    } else {
        task->signal = WSTOPSIG(status);
        if (!trace->halting)
            drill_trace_resume(task, task->request);
    }
    return true;
}
