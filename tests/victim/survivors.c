/* SPDX-License-Identifier: MIT */
/* What other threads notice of one that is ended (row 65): with CRUMPLE_RECOVER, nothing. */
#include "victim.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { WAIT_MS = 400 };

static atomic_int done;

static void waited(const char *how, int result, int error)
{
    fact(how, "%d %s", result, result < 0 ? strerror(error) : "-");
    atomic_fetch_add(&done, 1);
}

static void *in_epoll(void *unused)
{
    struct epoll_event event;
    int set = epoll_create1(EPOLL_CLOEXEC);
    arrive();
    int got = epoll_wait(set, &event, 1, WAIT_MS);
    waited("epoll_wait", got, errno);
    return unused;
}

static void *in_poll(void *unused)
{
    arrive();
    int got = poll(NULL, 0, WAIT_MS);
    waited("poll", got, errno);
    return unused;
}

static void *in_nanosleep(void *unused)
{
    const struct timespec time = {0, WAIT_MS * 1000000L};
    arrive();
    int got = nanosleep(&time, NULL);
    waited("nanosleep", got, errno);
    return unused;
}

static void *in_recv(void *unused)
{
    const struct timeval time = {0, WAIT_MS * 1000L};
    int pair[2];
    char byte;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0 ||
        setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time) != 0)
        give_up("socketpair");
    arrive();
    int got = (int)recv(pair[0], &byte, 1, 0);
    waited("recv", got, errno);
    return unused;
}

static void *in_sem_timedwait(void *unused)
{
    sem_t semaphore;
    struct timespec until;
    sem_init(&semaphore, 0, 0);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 1;
    arrive();
    int got = sem_timedwait(&semaphore, &until);
    waited("sem_timedwait", got, errno);
    return unused;
}

static void *fault_alone(void *unused)
{
    write_through_null();
    return unused;
}

/* survivors: a thread faults and is ended; the others say how their waits ended. */
static void survivors(char **arguments)
{
    static const routine waits[] = {in_epoll, in_poll, in_nanosleep, in_recv, in_sem_timedwait};
    const struct timespec moment = {0, 50000000};
    pthread_t faulting;
    (void)arguments;
    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++)
        start_thread_of(waits[i], NULL);
    await_arrivals(sizeof waits / sizeof waits[0]);
    nanosleep(&moment, NULL);
    announce();
    if (pthread_create(&faulting, NULL, fault_alone, NULL) != 0)
        give_up("pthread_create");
    pthread_join(faulting, NULL);
    while (atomic_load(&done) < (int)(sizeof waits / sizeof waits[0]))
        nanosleep(&moment, NULL);
    _exit(0);
}

const struct verb survivor_verbs[] = {
    {"survivors", IN_MAIN, survivors},
    {NULL, IN_MAIN, NULL},
};
