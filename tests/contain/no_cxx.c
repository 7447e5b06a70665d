/* SPDX-License-Identifier: MIT */
/* What the programs lack where there is no C++ library: who asks for it is told. */
#include <stdbool.h>

#include "endings.h"
#include "facts.h"
#include "owed.h"

pthread_t start_std_routine(void *(*routine)(void *), void *argument);
pthread_t start_std_routine(void *(*routine)(void *), void *argument)
{
    (void)routine, (void)argument;
    give_up("no std::thread");
    return pthread_self();
}

void read_under_guard(pthread_rwlock_t *lock)
{
    (void)lock;
    give_up("no destructors");
}

void run_each_of_many_routines(void)
{
    give_up("no templates");
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t finished = PTHREAD_COND_INITIALIZER;
static bool done;

void owed_wait(void)
{
    pthread_mutex_lock(&lock);
    while (!done)
        pthread_cond_wait(&finished, &lock);
    done = false;
    pthread_mutex_unlock(&lock);
}

void owed_signal(void)
{
    pthread_mutex_lock(&lock);
    done = true;
    pthread_cond_broadcast(&finished);
    pthread_mutex_unlock(&lock);
}

void owed_promise(void)
{
    give_up("no promises");
}
