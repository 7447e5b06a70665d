/* SPDX-License-Identifier: MIT */
/*
 * churn LIVE ROUNDS: keeps LIVE threads and makes ROUNDS short ones; every third ends by pthread_exit, every
 * third is cancelled. Prints the mappings of the process after a tenth of the rounds and at the end; then
 * forks, and in the child an alternate stack must not be shared by main and a new thread.
 */
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile bool shared;
static pthread_barrier_t compared;

static void *stay(void *arg)
{
    pause();
    return arg;
}

static void *come_and_go(void *arg)
{
    switch ((long)arg % 3) {
    case 0:
        pthread_exit(arg);
    case 1:
        pause();
        break;
    default:
        break;
    }
    return arg;
}

static int mappings(void)
{
    FILE *f = fopen("/proc/self/maps", "r");
    int c, lines = 0;
    while ((c = getc(f)) != EOF)
        lines += c == '\n';
    fclose(f);
    return lines;
}

static bool churn(long rounds)
{
    for (long i = 0; i < rounds; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, come_and_go, (void *)i) != 0)
            return false;
        if (i % 3 == 1)
            pthread_cancel(thread);
        pthread_join(thread, NULL);
    }
    return true;
}

/* The kernel's word on it, past any hook. */
static void *altstack_now(void)
{
    stack_t now = {.ss_sp = NULL};
    syscall(SYS_sigaltstack, NULL, &now);
    return now.ss_sp;
}

static void *compare_and_stay(void *of_main)
{
    shared |= of_main && altstack_now() == of_main;
    pthread_barrier_wait(&compared);
    return stay(of_main);
}

/* More threads than the pool has stacks of the parent's threads: each of those is handed out, main's must not
 * be. */
static int child(int live)
{
    int count = 2 * live + 64;
    pthread_t thread;
    pthread_barrier_init(&compared, NULL, (unsigned)count + 1);
    for (int i = 0; i < count; i++)
        if (pthread_create(&thread, NULL, compare_and_stay, altstack_now()) != 0)
            return 1;
    pthread_barrier_wait(&compared);
    return shared ? 1 : 0;
}

int main(int argc, char **argv)
{
    int live = argc > 1 ? atoi(argv[1]) : 20, early, status = 0;
    long rounds = argc > 2 ? atol(argv[2]) : 30000;
    pthread_t thread;
    pid_t pid;
    for (int i = 0; i < live; i++)
        if (pthread_create(&thread, NULL, stay, NULL) != 0)
            return 1;
    if (!churn(rounds / 10))
        return 1;
    early = mappings();
    if (!churn(rounds))
        return 1;
    printf("mappings early=%d late=%d\n", early, mappings());
    fflush(stdout);
    /* _Fork() goes past the hook of fork(), as daemon() does. */
    for (int hooked = 0; hooked < 2; hooked++) {
        pid = hooked ? fork() : _Fork();
        if (pid == 0)
            _exit(child(live));
        waitpid(pid, &status, 0);
        printf("child=%d\n", status);
    }
    return 0;
}
