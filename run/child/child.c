/* SPDX-License-Identifier: MIT */
#include "child/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

/* The terminal goes to the child's group, if there is one and this process has it. SIGTTOU is ignored still. */
static void take_terminal(void)
{
    if (setpgid(0, 0) == 0 && tcgetpgrp(STDIN_FILENO) == getpgid(getppid()))
        (void)tcsetpgrp(STDIN_FILENO, getpgrp());
}

/* In the child. Returns the negative errno of what failed. */
static int become(const struct child_plan *plan, const struct signals *signals)
{
    if (plan->own_group)
        take_terminal();
    for (int i = 0; i < 2; i++)
        if (plan->output[i] >= 0 && dup2(plan->output[i], i ? STDERR_FILENO : STDOUT_FILENO) < 0)
            return -errno;
    signals_restore(signals);
    execve(plan->path, plan->argv, plan->environ);
    return -errno;
}

/* Returns the errno that the child wrote; 0: exec closed the pipe. */
static int read_errno(int fd)
{
    int error = 0;
    ssize_t got;
    do
        got = read(fd, &error, sizeof error);
    while (got < 0 && errno == EINTR);
    return got == (ssize_t)sizeof error ? error : 0;
}

int child_start(const struct child_plan *plan, const struct signals *signals, pid_t *ret_pid,
                bool *ret_is_exec)
{
    int pipes[2];
    *ret_is_exec = false;
    if (pipe2(pipes, O_CLOEXEC) < 0)
        return -errno;
    pid_t pid = fork();
    if (pid == 0) {
        int error = become(plan, signals);
        (void)!write(pipes[1], &error, sizeof error);
        _exit(127);
    }
    int error = pid < 0 ? -errno : 0;
    (void)close(pipes[1]);
    if (!error) {
        error = read_errno(pipes[0]);
        *ret_is_exec = error != 0;
        *ret_pid = pid;
    }
    (void)close(pipes[0]);
    return error;
}

int child_end_status(const struct child_end *end)
{
    return end->by_signal ? 128 + end->status : end->status;
}
