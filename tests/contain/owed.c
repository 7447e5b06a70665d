/* SPDX-License-Identifier: MIT */
/*
 * Threads that others wait for. A thread of job_main faults.
 *
 *   owed waits       main waits by a condition variable for the job's signal
 *   owed semaphore   the same by a semaphore
 *   owed earlier     main has waited for such a job before, and is about to wait for this one
 *   owed others      another thread has waited for such a job before, main waits for nobody
 *   owed never       no such job has signalled so far, but its code can: who ends the process would wait for it
 *   owed own         the job has taken the semaphore that it posts: a lock
 *   owed promise     main waits for a std::future; whether an ending would break the promise is up to the compiler
 *   owed first       the first job has not yet released main's lock
 *   owed handed      a job before it has released main's lock; this one has not yet
 *   owed released    the same, but this one has
 *   owed older       main has accepted its first connection since it made the job
 *   owed earliest    main listens, and has accepted no connection yet
 *   owed younger     the job serves that connection
 *   owed closed      the job has served it, and closed it
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <semaphore.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "facts.h"
#include "owed.h"

static int *volatile nowhere;
static sem_t posted;
static pthread_mutex_t handed = PTHREAD_MUTEX_INITIALIZER; /* main's, but a job's to release */
static int connection;

enum steps { NOTHING = 0, FAULTS = 1, SIGNALS = 2, USES_A_SEMAPHORE = 4, RELEASES = 8, CLOSES = 16 };

static void *job_main(void *argument)
{
    const int todo = *(int *)argument;
    if (todo & USES_A_SEMAPHORE) {
        sem_wait(&posted);
        sem_post(&posted);
    }
    if (todo & RELEASES)
        pthread_mutex_unlock(&handed);
    if (todo & CLOSES)
        close(connection);
    sleep_ms(300); /* its waiter is there by then */
    if (todo & FAULTS)
        *nowhere = 1;
    return NULL;
}

/* The same, and its code signals. */
static void *waking_job_main(void *argument)
{
    const int todo = *(int *)argument;
    job_main(argument);
    if (todo & SIGNALS) {
        owed_signal();
        sem_post(&posted);
    }
    return NULL;
}

static pthread_t start(const int *todo, void *(*routine)(void *))
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, routine, (void *)todo) != 0)
        give_up("pthread_create");
    return thread;
}

static void run_routine(int todo, void *(*routine)(void *))
{
    pthread_join(start(&todo, routine), NULL);
}

static void run(int todo)
{
    run_routine(todo, job_main);
}

/* A job that ends well and wakes whoever waits. */
static void earlier(void)
{
    const int todo = SIGNALS;
    const pthread_t job = start(&todo, waking_job_main);
    owed_wait();
    pthread_join(job, NULL);
}

static void *other_main(void *argument)
{
    earlier();
    return argument;
}

static void others(void)
{
    pthread_t other;
    if (pthread_create(&other, NULL, other_main, NULL) != 0)
        give_up("pthread_create");
    pthread_join(other, NULL);
}

/* As atftpd does: the lock is free again when the thread has taken its argument. */
static void hand_over(int first, int second)
{
    pthread_mutex_lock(&handed);
    run(first);
    pthread_mutex_lock(&handed);
    run(second);
}

/* Its client is this process, too, and stays. */
static void accept_one(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct sockaddr *const where = (struct sockaddr *)&address;
    const int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, where, size) != 0 || listen(listener, 1) != 0 ||
        getsockname(listener, where, &size) != 0 || connect(client, where, size) != 0 ||
        (connection = accept(listener, NULL, NULL)) < 0)
        give_up("accept");
}

/* A thread that is older than the connection makes the process one that crumple watches. */
static void serve(int todo)
{
    run(NOTHING);
    accept_one();
    run(todo);
}

static void older(void)
{
    const int todo = FAULTS;
    const pthread_t job = start(&todo, job_main);
    accept_one();
    pthread_join(job, NULL);
}

int main(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "";
    const int faults = FAULTS;
    sem_init(&posted, 0, 0);
    if (strcmp(verb, "waits") == 0) {
        start(&faults, job_main);
        owed_wait();
    } else if (strcmp(verb, "semaphore") == 0) {
        start(&faults, job_main);
        sem_wait(&posted);
    } else if (strcmp(verb, "earlier") == 0) {
        earlier();
        run_routine(FAULTS, waking_job_main);
    } else if (strcmp(verb, "others") == 0) {
        others();
        run_routine(FAULTS, waking_job_main);
    } else if (strcmp(verb, "never") == 0) {
        run_routine(FAULTS, waking_job_main);
    } else if (strcmp(verb, "own") == 0) {
        sem_post(&posted);
        run(USES_A_SEMAPHORE);
        sem_wait(&posted); /* somebody waits for it, too, but as for a lock */
        sem_post(&posted);
        run(FAULTS);
    } else if (strcmp(verb, "promise") == 0) {
        owed_promise();
    } else if (strcmp(verb, "first") == 0) {
        pthread_mutex_lock(&handed);
        run(FAULTS);
    } else if (strcmp(verb, "handed") == 0) {
        hand_over(RELEASES, FAULTS);
    } else if (strcmp(verb, "released") == 0) {
        hand_over(RELEASES, RELEASES | FAULTS);
    } else if (strcmp(verb, "older") == 0) {
        older();
    } else if (strcmp(verb, "earliest") == 0) {
        listen(socket(AF_INET, SOCK_STREAM, 0), 1);
        run(FAULTS);
    } else if (strcmp(verb, "younger") == 0) {
        serve(FAULTS);
    } else if (strcmp(verb, "closed") == 0) {
        serve(CLOSES | FAULTS);
    } else {
        return 2;
    }
    fact("survived", "1");
    return 0;
}
