/* SPDX-License-Identifier: MIT */
#include "child/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crumple_hold.h"
#include "crumple_run_options.h"

#define JOURNAL_BYTES 44

/* Two variables of systemd's hold the process that they are meant for (sd_listen_fds(3), sd_watchdog_enabled(3)). */
static void rename_process(const char *name)
{
    char number[16];
    const char *value = getenv(name);
    if (!value || strtol(value, NULL, 10) != getppid())
        return;
    snprintf(number, sizeof number, "%d", (int)getpid());
    (void)setenv(name, number, 1);
}

/* Of a crumple-run above this one, too: it names another process. */
static void set_finishes(bool is_wanted)
{
    char value[48];
    (void)unsetenv(CRUMPLE_RUN_FINISHES_VARIABLE);
    snprintf(value, sizeof value, "%d %u %d", (int)getppid(), (unsigned)geteuid(), (int)getpid());
    if (is_wanted)
        (void)setenv(CRUMPLE_RUN_FINISHES_VARIABLE, value, 1);
}

/* systemd's name of the journal's end, "DEVICE:INODE" (systemd.exec(5)): a program that finds it at stdout or stderr speaks to the
 * journal in the journal's own protocol. */
static bool journal_name(int fd, char ret[JOURNAL_BYTES])
{
    struct stat status;
    return fstat(fd, &status) == 0 && snprintf(ret, JOURNAL_BYTES, "%ju:%ju", (uintmax_t)status.st_dev,
                                               (uintmax_t)status.st_ino) < JOURNAL_BYTES;
}

/* The journal is behind what the server gets in place of ours. If both are the journal's, the name is that of stderr. */
static void rename_journal(const int output[2])
{
    char ours[JOURNAL_BYTES], theirs[JOURNAL_BYTES];
    const char *value = getenv("JOURNAL_STREAM");
    for (int i = 1; i >= 0 && value; i--)
        if (output[i] >= 0 && journal_name(i ? STDERR_FILENO : STDOUT_FILENO, ours) &&
            strcmp(ours, value) == 0 && journal_name(output[i], theirs)) {
            (void)setenv("JOURNAL_STREAM", theirs, 1);
            return;
        }
}

/* As execvp(3): a file of no kind that the kernel knows is the shell's. Returns the negative errno. */
static int execute(const char *path, char *const *argv)
{
    size_t count = 0;
    execve(path, argv, environ);
    while (errno == ENOEXEC && argv[count])
        count++;
    char **longer = count ? calloc(count + 2, sizeof *longer) : NULL;
    if (!longer)
        return -errno;
    longer[0] = "/bin/sh";
    longer[1] = (char *)path;
    memcpy(longer + 2, argv + 1, (count - 1) * sizeof *longer);
    execve(longer[0], longer, environ);
    free(longer);
    return -ENOEXEC;
}

/* In the child. Returns the negative errno of what failed. */
static int become(const struct child_plan *plan, const struct signals *signals)
{
    if (plan->own_group && setpgid(0, 0) == 0 && tcgetpgrp(STDIN_FILENO) == getpgid(getppid()))
        (void)tcsetpgrp(STDIN_FILENO, getpgrp());
    rename_journal(plan->output);
    for (int i = 0; i < 2; i++)
        if (plan->output[i] >= 0 && dup2(plan->output[i], i ? STDERR_FILENO : STDOUT_FILENO) < 0)
            return -errno;
    rename_process("LISTEN_PID");
    rename_process("WATCHDOG_PID");
    if (plan->all_goroutines)
        (void)setenv("GOTRACEBACK", "all", 1);
    set_finishes(plan->finishes);
    (void)(plan->hold ? setenv(CRUMPLE_RUN_HOLD_VARIABLE, plan->hold, 1)
                      : unsetenv(CRUMPLE_RUN_HOLD_VARIABLE));
    signals_restore(signals);
    return execute(plan->path, plan->argv);
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

bool child_give_terminal(pid_t server)
{
    return tcgetpgrp(STDIN_FILENO) == getpgrp() && tcsetpgrp(STDIN_FILENO, server) == 0;
}

void child_take_terminal(pid_t server)
{
    if (tcgetpgrp(STDIN_FILENO) == server)
        (void)tcsetpgrp(STDIN_FILENO, getpgrp());
}

int child_end_status(const struct child_end *end)
{
    return end->by_signal ? 128 + end->status : end->status;
}
