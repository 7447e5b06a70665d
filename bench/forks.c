/* SPDX-License-Identifier: MIT */
/*
 * What fork costs: forks THREADS ROUNDS [signals], one line with the microseconds until fork returns, the
 * best of the rounds: while the threads live, and after they have ended. With 'signals' each thread takes one
 * on its alternate stack first.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pthread_barrier_t all;

static _Noreturn void give_up(const char *what)
{
    perror(what);
    exit(70);
}

static void handler(int sig)
{
    (void)sig;
}

static void *thread(void *signals)
{
    if (signals)
        pthread_kill(pthread_self(), SIGUSR1);
    pthread_barrier_wait(&all);
    pthread_barrier_wait(&all);
    return NULL;
}

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double fork_us(int rounds)
{
    double best = 0;
    while (rounds-- > 0) {
        double start = now_us(), took;
        pid_t child = fork();
        if (child == 0)
            _exit(0);
        took = now_us() - start;
        if (child < 0 || waitpid(child, NULL, 0) != child)
            give_up("fork");
        if (best == 0 || took < best)
            best = took;
    }
    return best;
}

int main(int argc, char **argv)
{
    const struct sigaction act = {.sa_handler = handler, .sa_flags = SA_ONSTACK | SA_RESTART};
    int threads = argc > 1 ? atoi(argv[1]) : 0, rounds = argc > 2 ? atoi(argv[2]) : 0, i;
    pthread_t *made = calloc((size_t)threads + 1, sizeof *made);
    double alive;
    if (threads < 1 || rounds < 1 || !made) {
        fprintf(stderr, "usage: forks THREADS ROUNDS [signals]\n");
        return 2;
    }
    sigaction(SIGUSR1, &act, NULL);
    pthread_barrier_init(&all, NULL, (unsigned)threads + 1);
    for (i = 0; i < threads; i++)
        if (pthread_create(&made[i], NULL, thread, argc > 3 ? &all : NULL) != 0)
            give_up("pthread_create");
    pthread_barrier_wait(&all);
    alive = fork_us(rounds > 100 ? rounds / 100 : 1); /* a hundred times as long */
    pthread_barrier_wait(&all);
    for (i = 0; i < threads; i++)
        pthread_join(made[i], NULL);
    printf("%.0f %.0f\n", alive, fork_us(rounds));
    return 0;
}
