/* SPDX-License-Identifier: MIT */
#include "tell/hook.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/say.h"
#include "crumple_run_options.h"

#define PATH_VARIABLE "CRUMPLE_BUNDLE"

void hook_add(struct hook *hook, const char *path)
{
    if (!hook->command)
        return;
    char *copy = hook->waiting_count < HOOK_QUEUE_MAX ? strdup(path) : NULL;
    if (copy)
        hook->waiting[hook->waiting_count++] = copy;
    else
        say("--on-bundle is not run for '%s': %d bundles wait already", path, HOOK_QUEUE_MAX);
}

/* A fault of the command is none of the server's: nothing is preloaded, and events do not bear the server's run. */
static _Noreturn void become(const struct hook *hook, const char *path)
{
    extern char **environ;
    struct stat st;
    sigset_t none;
    sigemptyset(&none);
    (void)setpgid(0, 0);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGTTIN, SIG_DFL);
    (void)signal(SIGTTOU, SIG_DFL);
    (void)(hook->preload ? setenv("LD_PRELOAD", hook->preload, 1) : unsetenv("LD_PRELOAD"));
    (void)unsetenv(CRUMPLE_RUN_ID_VARIABLE);
    (void)setenv(PATH_VARIABLE, path, 1);
    const int nothing = open("/dev/null", O_RDONLY);
    (void)(nothing < 0 ? close(STDIN_FILENO)
                       : dup2(nothing, STDIN_FILENO)); /* what comes there is the server's */
    (void)dup2(STDERR_FILENO, STDOUT_FILENO);          /* the server's stdout may be data */
    /* In an image without a shell a program will do. */
    if (stat(hook->command, &st) == 0 && S_ISREG(st.st_mode))
        execl(hook->command, hook->command, path, NULL);
    else
        execl("/bin/sh", "sh", "-c", hook->command, "crumple-run", path, NULL);
    _exit(127);
}

static void start_next(struct hook *hook)
{
    char *path = hook->waiting[0];
    memmove(hook->waiting, hook->waiting + 1, --hook->waiting_count * sizeof *hook->waiting);
    pid_t pid = fork();
    if (pid == 0)
        become(hook, path);
    if (pid > 0) {
        hook->pid = pid;
        hook->deadline_us = clock_us() + hook->limit_us;
        say_more("--on-bundle runs for '%s'", path);
    } else {
        say("--on-bundle cannot be run for '%s': no process can be made", path);
    }
    free(path);
}

static void say_killed(const struct hook *hook)
{
    say("--on-bundle was killed: it took longer than %lld ms; the bundle stays",
        (long long)(hook->limit_us / 1000));
}

static void kill_command(const struct hook *hook)
{
    (void)kill(-hook->pid, SIGKILL);
    (void)kill(hook->pid, SIGKILL); /* it may not have its group yet */
}

int hook_step(struct hook *hook)
{
    while (!hook->pid && hook->waiting_count)
        start_next(hook);
    if (!hook->pid)
        return -1;
    int64_t left = hook->deadline_us - clock_us();
    if (left <= 0) {
        kill_command(hook);
        left = 1000000;
    }
    return (int)(left / 1000) + 1;
}

void hook_leave(const struct hook *hook)
{
    if (hook->pid) {
        kill_command(hook);
        say_killed(hook);
    }
    if (hook->waiting_count)
        say("--on-bundle is not run for '%s' and %u more: the time is over; the bundles stay",
            hook->waiting[0], hook->waiting_count - 1);
}

bool hook_reaped(struct hook *hook, pid_t pid, int wait_status)
{
    if (!hook->pid || hook->pid != pid)
        return false;
    hook->pid = 0;
    if (WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGKILL && clock_us() >= hook->deadline_us)
        say_killed(hook);
    else if (WIFSIGNALED(wait_status))
        say("--on-bundle was ended by signal %d; the bundle stays", WTERMSIG(wait_status));
    else if (WEXITSTATUS(wait_status) == 127)
        say("--on-bundle cannot be run: '%s' is neither a program nor understood by /bin/sh", hook->command);
    else if (WEXITSTATUS(wait_status))
        say("--on-bundle ended with status %d; the bundle stays", WEXITSTATUS(wait_status));
    return true;
}
