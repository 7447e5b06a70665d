/* SPDX-License-Identifier: MIT */
/*
 * What the redirected functions cost: locks WHAT PAIRS ROUNDS, one line with the nanoseconds of one pair, the
 * best of the rounds. WHAT is mutex (lock + unlock, nobody else wants it), socket (send + recv of one byte on
 * a pair of connected TCP sockets of one thread), thread (pthread_create + join), fault (SIGSEGV and the
 * return of the handler that the process has for it), mask (sigprocmask: all blocked, and back). A second
 * thread sleeps all the time: libc takes short cuts in a process that has only one. For mutex a second number
 * follows: the same pair by libc's own addresses, which dlsym gives, in turns with the first, so that both
 * meet the same noise.
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "go_on.h"

static int client, server;

static _Noreturn void give_up(const char *what)
{
    perror(what);
    exit(70);
}

static void *sleeper(void *unused)
{
    pause();
    return unused;
}

static void *nothing(void *unused)
{
    return unused;
}

static void connect_pair(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t bytes = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    client = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&at, bytes) < 0 || listen(listener, 1) < 0 ||
        getsockname(listener, (struct sockaddr *)&at, &bytes) < 0 ||
        connect(client, (struct sockaddr *)&at, bytes) < 0 || (server = accept(listener, NULL, NULL)) < 0)
        give_up("sockets");
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    close(listener);
}

typedef int mutex_function(pthread_mutex_t *);

/* Both ways run the same code. */
static __attribute__((noinline)) void pairs_by(mutex_function *lock, mutex_function *unlock, long pairs)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    while (pairs-- > 0) {
        lock(&mutex);
        unlock(&mutex);
    }
}

static void mutex_pairs(long pairs)
{
    pairs_by(pthread_mutex_lock, pthread_mutex_unlock, pairs);
}

static void mutex_pairs_of_libc(long pairs)
{
    static mutex_function *lock, *unlock;
    if (!lock) {
        *(void **)&lock = dlsym(RTLD_DEFAULT, "pthread_mutex_lock");
        *(void **)&unlock = dlsym(RTLD_DEFAULT, "pthread_mutex_unlock");
    }
    pairs_by(lock, unlock, pairs);
}

static void socket_pairs(long pairs)
{
    char byte = 'x';
    while (pairs-- > 0)
        if (send(client, &byte, 1, 0) != 1 || recv(server, &byte, 1, 0) != 1)
            give_up("send, recv");
}

static void thread_pairs(long pairs)
{
    while (pairs-- > 0) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, nothing, NULL) != 0)
            give_up("pthread_create");
        pthread_join(thread, NULL);
    }
}

static void fault_pairs(long pairs)
{
    const struct sigaction act = {.sa_sigaction = go_on_handler, .sa_flags = SA_SIGINFO};
    if (sigaction(SIGSEGV, &act, NULL) != 0)
        give_up("sigaction");
    while (pairs-- > 0)
        go_on_fault();
}

static void mask_pairs(long pairs)
{
    sigset_t set, old;
    sigfillset(&set);
    while (pairs-- > 0) {
        sigprocmask(SIG_BLOCK, &set, &old);
        sigprocmask(SIG_SETMASK, &old, NULL);
    }
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

struct work {
    void (*run)(long pairs);
    long pairs;
    void (*by_libc)(long pairs); /* NULL: not measured */
    int rounds;
    double best, best_by_libc;
};

static void measure_one(void (*run)(long pairs), long pairs, double *best)
{
    double start = now(), one;
    run(pairs);
    one = (now() - start) / (double)pairs;
    if (*best == 0 || one < *best)
        *best = one;
}

static void *measure(void *argument)
{
    struct work *work = argument;
    work->run(work->pairs / 10);
    for (int i = 0; i < work->rounds; i++) {
        measure_one(work->run, work->pairs, &work->best);
        if (work->by_libc)
            measure_one(work->by_libc, work->pairs, &work->best_by_libc);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    struct work work = {.rounds = 1};
    pthread_t other, worker;
    if (argc != 4) {
        fprintf(stderr, "usage: locks mutex|socket|thread|fault|mask PAIRS ROUNDS\n");
        return 2;
    }
    work.run = strcmp(argv[1], "mutex") == 0    ? mutex_pairs
               : strcmp(argv[1], "socket") == 0 ? socket_pairs
               : strcmp(argv[1], "fault") == 0  ? fault_pairs
               : strcmp(argv[1], "mask") == 0   ? mask_pairs
                                                : thread_pairs;
    work.by_libc = work.run == mutex_pairs ? mutex_pairs_of_libc : NULL;
    work.pairs = atol(argv[2]);
    work.rounds = atoi(argv[3]);
    connect_pair();
    if (pthread_create(&other, NULL, sleeper, NULL) != 0 ||
        pthread_create(&worker, NULL, measure, &work) != 0)
        give_up("pthread_create");
    pthread_join(worker, NULL);
    printf(work.by_libc ? "%.3f %.3f\n" : "%.3f\n", work.best, work.best_by_libc);
    return 0;
}
