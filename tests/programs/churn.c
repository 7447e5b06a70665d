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
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile bool trampled;
static pthread_barrier_t both;

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

/* Both threads are in here at once, each with a pattern on its alternate stack. */
static void on_altstack(int sig)
{
    volatile char pattern[4096];
    char mine = (char)gettid();
    (void)sig;
    memset((char *)pattern, mine, sizeof pattern);
    pthread_barrier_wait(&both);
    for (size_t i = 0; i < sizeof pattern; i++)
        trampled |= pattern[i] != mine;
    pthread_barrier_wait(&both);
}

static void *raise_here(void *arg)
{
    raise(SIGUSR1);
    return arg;
}

static int child(void)
{
    struct sigaction act = {.sa_handler = on_altstack, .sa_flags = SA_ONSTACK};
    pthread_t thread;
    sigaction(SIGUSR1, &act, NULL);
    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&thread, NULL, raise_here, NULL);
    raise(SIGUSR1);
    pthread_join(thread, NULL);
    return trampled ? 1 : 0;
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
    pid = fork();
    if (pid == 0)
        _exit(child());
    waitpid(pid, &status, 0);
    printf("child=%d\n", status);
    return 0;
}
