/* SPDX-License-Identifier: MIT */
/* The beginning and the end of a trace: see trace.h. Its stops are in stops.c, breakpoints in breakpoints.c. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "trace/children.h"
#include "trace/tasks.h"

#define EXEC_US 5000000

#define OPTIONS                                                                                              \
    (PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC |                   \
     PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)

void drill_trace_clear(struct drill_trace *trace)
{
    while (trace->count > 0)
        drill_tasks_remove(trace, trace->tasks[0]);
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
        drill_tasks_add(trace, pid)->greeted = true;
        error = write(go[1], "", 1) == 1 ? wait_exec(trace, said[0]) : -errno;
    }
    close(go[1]);
    close(said[0]);
    return error;
}

/* Seize the threads that are not traced yet. Returns how many; those that end meanwhile do not matter. */
static int seize_threads(struct drill_trace *trace)
{
    char path[64];
    struct dirent *entry;
    int count = 0;

    snprintf(path, sizeof path, "/proc/%d/task", (int)trace->pid);
    DIR *dir = opendir(path);
    while (dir && (entry = readdir(dir)) != NULL) {
        pid_t tid = (pid_t)strtol(entry->d_name, NULL, 10);

        if (tid <= 0 || drill_trace_task(trace, tid) ||
            ptrace(PTRACE_SEIZE, tid, NULL, (void *)(uintptr_t)OPTIONS) < 0)
            continue;
        drill_tasks_add(trace, tid)->greeted = true;
        count++;
    }
    if (dir)
        closedir(dir);
    return count;
}

/* A thread that a seized one creates is seized by the kernel; one that another creates is found by the next look. */
int drill_trace_attach(struct drill_trace *trace)
{
    trace->attached = true;
    trace->halting = false;
    trace->breakpoint_count = 0;
    while (seize_threads(trace) > 0)
        ;
    return trace->count > 0 ? 0 : -ESRCH;
}

void drill_trace_interrupt(struct drill_task *task)
{
    task->asked = true;
    (void)ptrace(PTRACE_INTERRUPT, task->tid, NULL, NULL);
}

void drill_trace_detach_others(struct drill_trace *trace, const struct drill_task *but)
{
    for (size_t i = trace->count; i > 0; i--)
        if (trace->tasks[i - 1] != but)
            drill_tasks_let_go(trace, trace->tasks[i - 1]);
}

void drill_trace_detach_last(struct drill_trace *trace, struct drill_task *task, int signal)
{
    trace->attached = false;
    trace->halting = false;
    if (task) {
        task->signal = signal;
        drill_tasks_let_go(trace, task);
    }
}
