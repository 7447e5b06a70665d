/* SPDX-License-Identifier: MIT */
/*
 * Threads that others wait for. A thread of job_main faults.
 *
 *   owed waits       main waits by std::condition_variable for the job's signal
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
#include <condition_variable>
#include <cstring>
#include <future>
#include <mutex>
#include <semaphore.h>
#include <thread>

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "facts.h"

namespace
{

int *volatile nowhere;
std::mutex lock;
std::condition_variable finished;
sem_t posted;
bool done;
pthread_mutex_t handed = PTHREAD_MUTEX_INITIALIZER; /* main's, but a job's to release */
int connection;

enum steps { NOTHING = 0, FAULTS = 1, SIGNALS = 2, USES_A_SEMAPHORE = 4, RELEASES = 8, CLOSES = 16 };

void *job_main(void *argument)
{
    const int todo = *static_cast<int *>(argument);
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
    return nullptr;
}

/* The same, and its code signals. */
void *waking_job_main(void *argument)
{
    const int todo = *static_cast<int *>(argument);
    job_main(argument);
    if (todo & SIGNALS) {
        const std::lock_guard<std::mutex> hold(lock);
        done = true;
        finished.notify_all();
        sem_post(&posted);
    }
    return nullptr;
}

pthread_t start(const int *todo, void *(*routine)(void *) = job_main)
{
    pthread_t thread;
    if (pthread_create(&thread, nullptr, routine, const_cast<int *>(todo)) != 0)
        give_up("pthread_create");
    return thread;
}

void wait_for_signal()
{
    std::unique_lock<std::mutex> hold(lock);
    finished.wait(hold, [] { return done; });
    done = false;
}

void run(int todo, void *(*routine)(void *) = job_main)
{
    pthread_join(start(&todo, routine), nullptr);
}

/* A job that ends well and wakes whoever waits. */
void earlier()
{
    const int todo = SIGNALS;
    const pthread_t job = start(&todo, waking_job_main);
    wait_for_signal();
    pthread_join(job, nullptr);
}

void *other_main(void *argument)
{
    earlier();
    return argument;
}

void others()
{
    pthread_t other;
    if (pthread_create(&other, nullptr, other_main, nullptr) != 0)
        give_up("pthread_create");
    pthread_join(other, nullptr);
}

void promise()
{
    std::promise<int> promised;
    std::future<int> result = promised.get_future();
    std::thread job([promise = std::move(promised)]() mutable {
        sleep_ms(300);
        *nowhere = 1;
        promise.set_value(1);
    });
    result.wait();
    job.join();
}

/* As atftpd does: the lock is free again when the thread has taken its argument. */
void hand_over(int first, int second)
{
    pthread_mutex_lock(&handed);
    run(first);
    pthread_mutex_lock(&handed);
    run(second);
}

/* Its client is this process, too, and stays. */
void accept_one()
{
    sockaddr_in address = {};
    socklen_t size = sizeof address;
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto *const where = reinterpret_cast<sockaddr *>(&address);
    const int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, where, size) != 0 || listen(listener, 1) != 0 ||
        getsockname(listener, where, &size) != 0 || connect(client, where, size) != 0 ||
        (connection = accept(listener, nullptr, nullptr)) < 0)
        give_up("accept");
}

/* A thread that is older than the connection makes the process one that crumple watches. */
void serve(int todo)
{
    run(NOTHING);
    accept_one();
    run(todo);
}

void older()
{
    const int todo = FAULTS;
    const pthread_t job = start(&todo);
    accept_one();
    pthread_join(job, nullptr);
}

} // namespace

int main(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "";
    const int faults = FAULTS;
    sem_init(&posted, 0, 0);
    if (strcmp(verb, "waits") == 0) {
        start(&faults);
        wait_for_signal();
    } else if (strcmp(verb, "semaphore") == 0) {
        start(&faults);
        sem_wait(&posted);
    } else if (strcmp(verb, "earlier") == 0) {
        earlier();
        run(FAULTS, waking_job_main);
    } else if (strcmp(verb, "others") == 0) {
        others();
        run(FAULTS, waking_job_main);
    } else if (strcmp(verb, "never") == 0) {
        run(FAULTS, waking_job_main);
    } else if (strcmp(verb, "own") == 0) {
        sem_post(&posted);
        run(USES_A_SEMAPHORE);
        sem_wait(&posted); /* somebody waits for it, too, but as for a lock */
        sem_post(&posted);
        run(FAULTS);
    } else if (strcmp(verb, "promise") == 0) {
        promise();
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
