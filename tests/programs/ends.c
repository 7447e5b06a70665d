/* SPDX-License-Identifier: MIT */
/*
 * Ends that no preload sees: the program is static, and calls the kernel directly.
 *
 *   ends exit N         exit_group
 *   ends segv           a write through NULL
 *   ends kill SIGNAL    a signal to itself
 *   ends eat            takes memory until it is killed
 *   ends asked N        waits for SIGTERM, then exit_group(N)
 *   ends deaf           ignores SIGTERM; writes 'ready'
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PIECE ((size_t)1 << 20)

static _Noreturn void leave(int status)
{
    for (;;)
        syscall(SYS_exit_group, status);
}

static _Noreturn void eat(void)
{
    for (;;) {
        char *piece = malloc(PIECE);
        if (piece)
            memset(piece, 1, PIECE);
    }
}

static _Noreturn void wait_for_term(int status)
{
    sigset_t term;
    int signo;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigprocmask(SIG_BLOCK, &term, NULL);
    (void)!write(STDOUT_FILENO, "ready\n", 6);
    sigwait(&term, &signo);
    leave(status);
}

static _Noreturn void be_deaf(void)
{
    signal(SIGTERM, SIG_IGN);
    (void)!write(STDOUT_FILENO, "ready\n", 6);
    for (;;)
        pause();
}

int main(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "";
    const int number = argc > 2 ? atoi(argv[2]) : 0;
    if (strcmp(verb, "exit") == 0)
        leave(number);
    if (strcmp(verb, "segv") == 0)
        *(volatile int *)0 = 1;
    if (strcmp(verb, "kill") == 0)
        kill(getpid(), number);
    if (strcmp(verb, "eat") == 0)
        eat();
    if (strcmp(verb, "asked") == 0)
        wait_for_term(number);
    if (strcmp(verb, "deaf") == 0)
        be_deaf();
    fprintf(stderr, "ends: '%s' is no verb\n", verb);
    return 2;
}
