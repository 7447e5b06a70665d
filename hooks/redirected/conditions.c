/* SPDX-License-Identifier: MIT */
/*
 * Waits for another thread, and what ends them: condition variables, C11's cnd, semaphores. They tell a pool
 * worker, which other threads feed, from the thread of a connection, and a thread that others wait for.
 * Redirected, not exported. A wait for a condition is a cancellation point and lets the mutex go meanwhile; on
 * return it is held again, also when cancelled, so the table of held locks needs no change.
 */
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>

#include "redirected/redirected.h"
#include "track/held_locks.h"
#include "track/wakeups.h"
#include "state/thread.h"

static struct {
    int (*pthread_cond_wait)(void *condition, void *mutex);
    int (*pthread_cond_timedwait)(void *condition, void *mutex, const struct timespec *until);
    int (*pthread_cond_clockwait)(void *condition, void *mutex, clockid_t clock,
                                  const struct timespec *until);
    int (*cnd_wait)(void *condition, void *mutex);
    int (*cnd_timedwait)(void *condition, void *mutex, const struct timespec *until);
    int (*pthread_cond_signal)(void *condition);
    int (*pthread_cond_broadcast)(void *condition);
    int (*cnd_signal)(void *condition);
    int (*cnd_broadcast)(void *condition);
    int (*sem_wait)(void *semaphore);
    int (*sem_trywait)(void *semaphore);
    int (*sem_timedwait)(void *semaphore, const struct timespec *until);
    int (*sem_clockwait)(void *semaphore, clockid_t clock, const struct timespec *until);
    int (*sem_post)(void *semaphore);
} libc;

__attribute__((used)) static long (*real_syscall)(long number, long a, long b, long c, long d, long e,
                                                  long f);

static inline void waits(const void *object)
{
    struct safe_thread *self = safe_self;
    if (self)
        self->role |= (uint8_t)(SAFE_ROLE_WAITS | (self->inbound ? 0 : SAFE_ROLE_FED));
    safe_wakeups_wait(self, object);
}

/* A thread that is cancelled in its wait counts as waiting until its record is another thread's. */
static inline int waited(int error)
{
    safe_wakeups_waited(safe_self);
    return error;
}

static int wait_condition(void *condition, void *mutex)
{
    waits(condition);
    return waited(libc.pthread_cond_wait(condition, mutex));
}

static int wait_condition_timed(void *condition, void *mutex, const struct timespec *until)
{
    waits(condition);
    return waited(libc.pthread_cond_timedwait(condition, mutex, until));
}

static int wait_condition_clocked(void *condition, void *mutex, clockid_t clock, const struct timespec *until)
{
    waits(condition);
    return waited(libc.pthread_cond_clockwait(condition, mutex, clock, until));
}

static int wait_cnd(void *condition, void *mutex)
{
    waits(condition);
    return waited(libc.cnd_wait(condition, mutex));
}

static int wait_cnd_timed(void *condition, void *mutex, const struct timespec *until)
{
    waits(condition);
    return waited(libc.cnd_timedwait(condition, mutex, until));
}

static inline int taken(void *semaphore, int error)
{
    if (error == 0)
        safe_held_add_semaphore(semaphore);
    return error;
}

static int wait_semaphore(void *semaphore)
{
    waits(semaphore);
    return taken(semaphore, waited(libc.sem_wait(semaphore)));
}

static int try_semaphore(void *semaphore)
{
    return taken(semaphore, libc.sem_trywait(semaphore));
}

static int wait_semaphore_timed(void *semaphore, const struct timespec *until)
{
    waits(semaphore);
    return taken(semaphore, waited(libc.sem_timedwait(semaphore, until)));
}

static int wait_semaphore_clocked(void *semaphore, clockid_t clock, const struct timespec *until)
{
    waits(semaphore);
    return taken(semaphore, waited(libc.sem_clockwait(semaphore, clock, until)));
}

/* Where the thread itself has taken it, the semaphore is a lock, and this its release. */
static int post_semaphore(void *semaphore)
{
    if (!safe_held_remove_semaphore(semaphore))
        safe_wakeups_signal(semaphore);
    return libc.sem_post(semaphore);
}

static int signal_condition(void *condition)
{
    safe_wakeups_signal(condition);
    return libc.pthread_cond_signal(condition);
}

static int broadcast_condition(void *condition)
{
    safe_wakeups_signal(condition);
    return libc.pthread_cond_broadcast(condition);
}

static int signal_cnd(void *condition)
{
    safe_wakeups_signal(condition);
    return libc.cnd_signal(condition);
}

static int broadcast_cnd(void *condition)
{
    safe_wakeups_signal(condition);
    return libc.cnd_broadcast(condition);
}

/*
 * libstdc++'s futures and GLib's conditions wait in a bare futex. What it stands for is not known, a lock perhaps: so
 * only the wait counts, not the wakeup.
 */
__attribute__((used)) static long wait_futex(long number, long word, long operation, long value, long until,
                                             long other, long mask)
{
    const long command = operation & FUTEX_CMD_MASK;
    if (command != FUTEX_WAIT && command != FUTEX_WAIT_BITSET)
        return real_syscall(number, word, operation, value, until, other, mask);
    safe_wakeups_wait(safe_self, (const void *)word);
    long result = real_syscall(number, word, operation, value, until, other, mask);
    safe_wakeups_waited(safe_self);
    return result;
}

/* All other calls are jumped to as they come, without a frame: clone may return on another stack, and what would be the
 * seventh argument may be a variable of the caller. 202 is futex. */
__attribute__((naked)) static void call(void)
{
    __asm__("cmpq $202, %rdi\n\t"
            "je wait_futex\n\t"
            "jmpq *real_syscall(%rip)");
}
_Static_assert(SYS_futex == 202, "see call()");

/* Condition variables were another, smaller structure before glibc 2.3.2. */
static const struct redirect rows[] = {
    {"pthread_cond_wait", (void *)wait_condition, (void **)&libc.pthread_cond_wait, "GLIBC_2.2.5", NULL},
    {"pthread_cond_timedwait", (void *)wait_condition_timed, (void **)&libc.pthread_cond_timedwait,
     "GLIBC_2.2.5", NULL},
    REDIRECTED(pthread_cond_clockwait, wait_condition_clocked),
    {"pthread_cond_signal", (void *)signal_condition, (void **)&libc.pthread_cond_signal, "GLIBC_2.2.5",
     NULL},
    {"pthread_cond_broadcast", (void *)broadcast_condition, (void **)&libc.pthread_cond_broadcast,
     "GLIBC_2.2.5", NULL},
    REDIRECTED(cnd_wait, wait_cnd),
    REDIRECTED(cnd_signal, signal_cnd),
    REDIRECTED(cnd_broadcast, broadcast_cnd),
    REDIRECTED(cnd_timedwait, wait_cnd_timed),
    REDIRECTED(sem_wait, wait_semaphore),
    REDIRECTED(sem_trywait, try_semaphore),
    REDIRECTED(sem_timedwait, wait_semaphore_timed),
    REDIRECTED(sem_clockwait, wait_semaphore_clocked),
    REDIRECTED(sem_post, post_semaphore),
    {"syscall", (void *)call, (void **)&real_syscall, NULL, NULL},
};

REDIRECTED_FAMILY(redirected_waits, rows);
