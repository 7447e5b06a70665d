/* SPDX-License-Identifier: MIT */
/*
 * Waits for another thread: condition variables, C11's cnd, semaphores. They tell a pool worker, which other
 * threads feed, from the thread of a connection. Redirected, not exported. A wait for a condition is a
 * cancellation point and lets the mutex go meanwhile; on return it is held again, also when cancelled, so the
 * table of held locks needs no change and libc's function is the last thing called.
 */
#include <time.h>

#include "redirected/redirected.h"
#include "track/held_locks.h"
#include "state/thread.h"

static struct {
    int (*pthread_cond_wait)(void *condition, void *mutex);
    int (*pthread_cond_timedwait)(void *condition, void *mutex, const struct timespec *until);
    int (*pthread_cond_clockwait)(void *condition, void *mutex, clockid_t clock,
                                  const struct timespec *until);
    int (*cnd_wait)(void *condition, void *mutex);
    int (*cnd_timedwait)(void *condition, void *mutex, const struct timespec *until);
    int (*sem_wait)(void *semaphore);
    int (*sem_trywait)(void *semaphore);
    int (*sem_timedwait)(void *semaphore, const struct timespec *until);
    int (*sem_clockwait)(void *semaphore, clockid_t clock, const struct timespec *until);
    int (*sem_post)(void *semaphore);
} libc;

static inline void waits(void)
{
    struct safe_thread *self = safe_self;
    if (self)
        self->role |= (uint8_t)(SAFE_ROLE_WAITS | (self->inbound ? 0 : SAFE_ROLE_FED));
}

static int wait_condition(void *condition, void *mutex)
{
    waits();
    return libc.pthread_cond_wait(condition, mutex);
}

static int wait_condition_timed(void *condition, void *mutex, const struct timespec *until)
{
    waits();
    return libc.pthread_cond_timedwait(condition, mutex, until);
}

static int wait_condition_clocked(void *condition, void *mutex, clockid_t clock, const struct timespec *until)
{
    waits();
    return libc.pthread_cond_clockwait(condition, mutex, clock, until);
}

static int wait_cnd(void *condition, void *mutex)
{
    waits();
    return libc.cnd_wait(condition, mutex);
}

static int wait_cnd_timed(void *condition, void *mutex, const struct timespec *until)
{
    waits();
    return libc.cnd_timedwait(condition, mutex, until);
}

static inline int taken(void *semaphore, int error)
{
    if (error == 0)
        safe_held_add_semaphore(semaphore);
    return error;
}

static int wait_semaphore(void *semaphore)
{
    waits();
    return taken(semaphore, libc.sem_wait(semaphore));
}

static int try_semaphore(void *semaphore)
{
    return taken(semaphore, libc.sem_trywait(semaphore));
}

static int wait_semaphore_timed(void *semaphore, const struct timespec *until)
{
    waits();
    return taken(semaphore, libc.sem_timedwait(semaphore, until));
}

static int wait_semaphore_clocked(void *semaphore, clockid_t clock, const struct timespec *until)
{
    waits();
    return taken(semaphore, libc.sem_clockwait(semaphore, clock, until));
}

static int post_semaphore(void *semaphore)
{
    safe_held_remove_semaphore(semaphore);
    return libc.sem_post(semaphore);
}

/* Condition variables were another, smaller structure before glibc 2.3.2. */
static const struct redirect rows[] = {
    {"pthread_cond_wait", (void *)wait_condition, (void **)&libc.pthread_cond_wait, "GLIBC_2.2.5"},
    {"pthread_cond_timedwait", (void *)wait_condition_timed, (void **)&libc.pthread_cond_timedwait,
     "GLIBC_2.2.5"},
    REDIRECTED(pthread_cond_clockwait, wait_condition_clocked),
    REDIRECTED(cnd_wait, wait_cnd),
    REDIRECTED(cnd_timedwait, wait_cnd_timed),
    REDIRECTED(sem_wait, wait_semaphore),
    REDIRECTED(sem_trywait, try_semaphore),
    REDIRECTED(sem_timedwait, wait_semaphore_timed),
    REDIRECTED(sem_clockwait, wait_semaphore_clocked),
    REDIRECTED(sem_post, post_semaphore),
};

REDIRECTED_FAMILY(redirected_waits, rows);
