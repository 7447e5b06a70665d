/* SPDX-License-Identifier: MIT */
/*
 * A library whose constructor calls what crumple interposes, before main and, linked with -z initfirst,
 * before crumple's own constructor. EARLY=exit ends the process there; -DFAULT makes it fault.
 */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

__attribute__((noinline, noipa)) void early_fault(void)
{
    *(volatile int *)NULL = 1;
    __asm__ volatile("");
}

static void *background(void *seen)
{
    *(int *)seen = 1;
    return seen;
}

static void handler(int sig)
{
    (void)sig;
}

static void signals(void)
{
    struct sigaction act = {.sa_handler = handler}, old;
    static char room[65536];
    stack_t mine = {.ss_sp = room, .ss_size = sizeof room}, before, now;
    sigset_t all, was;
    sigaction(SIGFPE, &act, &old);
    printf("SIGFPE was default: %d\n", old.sa_handler == SIG_DFL);
    sigaction(SIGFPE, &old, &act);
    printf("SIGFPE was mine: %d\n", act.sa_handler == handler);
    printf("SIGBUS was default: %d\n", signal(SIGBUS, handler) == SIG_DFL);
    printf("SIGBUS was mine: %d\n", signal(SIGBUS, SIG_DFL) == handler);
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &was);
    sigprocmask(SIG_SETMASK, &was, &all);
    printf("SIGSEGV was blocked: %d\n", sigismember(&all, SIGSEGV));
    sigaltstack(&mine, &before);
    sigaltstack(&before, &now);
    printf("alternate stack: %d, was mine: %d\n", before.ss_flags, now.ss_sp == room);
}

/* getenv() has nothing yet where libc itself is not initialised. */
static const char *setting(char **envp)
{
    for (; *envp; envp++)
        if (strncmp(*envp, "EARLY=", 6) == 0)
            return *envp + 6;
    return "";
}

__attribute__((constructor)) static void construct(int argc, char **argv, char **envp)
{
    const char *how = setting(envp);
    pthread_t thread;
    int seen = 0, status = 0;
    pid_t child;
    (void)argc, (void)argv;
#ifdef FAULT
    early_fault();
#endif
    if (strcmp(how, "fault") == 0)
        early_fault();
    signals();
    printf("thread: %d\n", pthread_create(&thread, NULL, background, &seen));
    pthread_join(thread, NULL);
    fflush(stdout);
    child = fork();
    if (child == 0)
        _exit(6);
    waitpid(child, &status, 0);
    printf("seen %d, child %d\n", seen, WEXITSTATUS(status));
    dlclose(dlopen("libm.so.6", RTLD_NOW));
    fflush(stdout);
    if (strcmp(how, "exit") == 0)
        exit(4);
}
