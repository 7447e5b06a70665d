/* SPDX-License-Identifier: MIT */
/* Tasks and stops: see trace.h; breakpoints are in breakpoints.c. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drill.h"
#include "children.h"
#include "pool.h"
#include "trace.h"

#define EXEC_US 5000000

#define OPTIONS                                                                                              \
    (PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC |                   \
     PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)

#ifndef PTRACE_EVENT_STOP
#define PTRACE_EVENT_STOP 128
#endif

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

static struct drill_task *add_task(struct drill_trace *trace, pid_t tid)
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

static void remove_task(struct drill_trace *trace, struct drill_task *task)
{
    for (size_t i = 0; i < trace->count; i++)
        if (trace->tasks[i] == task) {
            trace->tasks[i] = trace->tasks[--trace->count];
            free(task);
            return;
        }
}

void drill_trace_clear(struct drill_trace *trace)
{
    while (trace->count > 0)
        remove_task(trace, trace->tasks[0]);
    free(trace->tasks);
    trace->tasks = NULL;
}

/* In the child: wait until it is traced, then become the server. What exec says goes back through a pipe that
 * a successful one closes. */
__attribute__((noreturn)) static void become(char *const *words, char *const *environment, const char *log,
                                             int go, int say)
{
    char byte;

    drill_children_settle(log);
    if (read(go, &byte, 1) == 1)
        execvpe(words[0], words, environment);
    (void)!write(say, &errno, sizeof errno);
    _exit(127);
}

/* Handle what happens until exec has taken place. Returns 0 or a negative errno. */
static int wait_exec(struct drill_trace *trace, int said)
{
    int64_t deadline = drill_now_us() + EXEC_US;
    int status, exec_error;
    pid_t who;

    for (;;) {
        int error = drill_children_wait(deadline, &who, &status);

        if (error < 0)
            return error;
        (void)drill_trace_take(trace, who, status);
        if (who == trace->pid && WIFSTOPPED(status) && status >> 16 == PTRACE_EVENT_EXEC)
            return 0;
        if (trace->ended)
            return read(said, &exec_error, sizeof exec_error) == (ssize_t)sizeof exec_error ? -exec_error
                                                                                            : -ECHILD;
    }
}

int drill_trace_start(struct drill_trace *trace, char *const *words, char *const *environment,
                      const char *log)
{
    int go[2], said[2], error = 0;

    if (pipe2(go, O_CLOEXEC) < 0)
        return -errno;
    if (pipe2(said, O_CLOEXEC) < 0) {
        error = -errno;
        close(go[0]);
        close(go[1]);
        return error;
    }
    pid_t pid = fork();
    if (pid == 0)
        become(words, environment, log, go[0], said[1]);
    close(go[0]);
    close(said[1]);
    trace->pid = pid;
    if (pid < 0 || ptrace(PTRACE_SEIZE, pid, NULL, (void *)(uintptr_t)OPTIONS) < 0) {
        error = -errno;
    } else {
        setpgid(pid, pid);
        trace->attached = true;
        add_task(trace, pid)->greeted = true;
        error = write(go[1], "", 1) == 1 ? wait_exec(trace, said[0]) : -errno;
    }
    close(go[1]);
    close(said[0]);
    return error;
}

void drill_trace_interrupt(struct drill_task *task)
{
    task->asked = true;
    (void)ptrace(PTRACE_INTERRUPT, task->tid, NULL, NULL);
}

static void let_go(struct drill_trace *trace, struct drill_task *task)
{
    (void)ptrace(PTRACE_DETACH, task->tid, NULL, (void *)(intptr_t)task->signal);
    remove_task(trace, task);
}

/* A task stopped for the first time, and it is known what it is. */
static void greet(struct drill_trace *trace, struct drill_task *task)
{
    task->greeted = true;
    if (task->is_copy) {
        for (size_t i = 0; i < trace->breakpoint_count; i++)
            if (trace->breakpoints[i].planted)
                (void)drill_trace_poke(task->tid, trace->breakpoints[i].address,
                                       &trace->breakpoints[i].original, 1);
        let_go(trace, task);
    } else if (trace->halting) {
        return;
    } else if (task->thread) {
        trace->handler(trace, task, DRILL_STOP_NEW, 0);
    } else {
        drill_trace_resume(task, PTRACE_CONT);
    }
}

/* The parent's word on a new task; it may come before or after the task's own first stop. */
static void take_birth(struct drill_trace *trace, const struct drill_task *parent, int event)
{
    unsigned long message = 0;

    if (ptrace(PTRACE_GETEVENTMSG, parent->tid, NULL, &message) < 0)
        return;
    struct drill_task *child = drill_trace_task(trace, (pid_t)message);
    if (!child)
        child = add_task(trace, (pid_t)message);
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
            let_go(trace, task);
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

/* PTRACE_EVENT_STOP: the first stop of a new task, or one that was asked for, or a group stop. */
static void take_stop(struct drill_trace *trace, struct drill_task *task, int signo)
{
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
        remove_task(trace, task);
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
        task = add_task(trace, pid);
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

void drill_trace_detach_others(struct drill_trace *trace, const struct drill_task *but)
{
    for (size_t i = trace->count; i > 0; i--)
        if (trace->tasks[i - 1] != but)
            let_go(trace, trace->tasks[i - 1]);
}

void drill_trace_detach_last(struct drill_trace *trace, struct drill_task *task, int signal)
{
    trace->attached = false;
    trace->halting = false;
    if (task) {
        task->signal = signal;
        let_go(trace, task);
    }
}
