/* SPDX-License-Identifier: MIT */
/* musl_processes HOW: a child made in this way dies of a fault; the parent waits for it, and says its status. */
#include <pthread.h>
#include <pty.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static __attribute__((noinline)) void dies(void)
{
    *(volatile int *)16 = 1;
}

static void *dies_in_thread(void *unused)
{
    dies();
    return unused;
}

static const char *self;

static pid_t spawned(void)
{
    pid_t child = -1;
    char *const arguments[] = {(char *)self, "die", NULL};
    return posix_spawn(&child, self, NULL, NULL, arguments, environ) == 0 ? child : -1;
}

static pid_t by(const char *how)
{
    int terminal;
    char command[4096];
    snprintf(command, sizeof command, "exec '%s' die", self);
    if (strcmp(how, "spawn") == 0)
        return spawned();
    if (strcmp(how, "system") == 0)
        return WTERMSIG(system(command)) == 11 ? 0 : -1;
    if (strcmp(how, "popen") == 0)
        return WTERMSIG(pclose(popen(command, "r"))) == 11 ? 0 : -1;
    pid_t child = strcmp(how, "forkpty") == 0 ? forkpty(&terminal, NULL, NULL, NULL)
                  : strcmp(how, "_Fork") == 0 ? _Fork()
                                              : fork();
    if (child == 0 && strcmp(how, "fork-thread") == 0) {
        pthread_t thread;
        pthread_create(&thread, NULL, dies_in_thread, NULL);
        pthread_join(thread, NULL);
    }
    if (child == 0)
        dies();
    return child;
}

int main(int argc, char **argv)
{
    int status = 0;
    self = argv[0];
    if (argc < 2)
        return 99;
    if (strcmp(argv[1], "daemon") == 0 && daemon(1, 1) == 0)
        dies();
    if (strcmp(argv[1], "die") == 0)
        dies();
    const pid_t child = by(argv[1]);
    if (child > 0 && (waitpid(child, &status, 0) != child || !WIFSIGNALED(status) || WTERMSIG(status) != 11))
        return 98;
    return child < 0 ? 97 : 0;
}
