/* SPDX-License-Identifier: MIT */
/* A library that is loaded late and takes locks for its caller. */
#include <pthread.h>

extern int taker_lock(pthread_mutex_t *mutex);
extern int taker_unlock(pthread_mutex_t *mutex);

int taker_lock(pthread_mutex_t *mutex)
{
    return pthread_mutex_lock(mutex);
}

int taker_unlock(pthread_mutex_t *mutex)
{
    return pthread_mutex_unlock(mutex);
}
