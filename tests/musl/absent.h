/* SPDX-License-Identifier: MIT */
/*
 * Included before the sources of test programs, where musl builds them: what glibc has and musl has not, in
 * the way in which a program of musl does it. What nothing can replace fails, as absent(): see musl.mk.
 */
#ifndef TESTS_MUSL_ABSENT_H
#define TESTS_MUSL_ABSENT_H

#include <err.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define error(status, number, text)    errx(status, text)
#define close_range(first, last, flag) syscall(SYS_close_range, first, last, flag)
#define closefrom(first)               syscall(SYS_close_range, first, ~0u, 0)
#define backtrace(frames, room)        ((void)(frames), (room))
#define assert_perror(number)          (void)((number) + absent())
/* A mutex of the default kind and a rwlock do not say who holds them. */
#define OWNED_MUTEX  PTHREAD_MUTEX_RECURSIVE
#define OWNED_RWLOCK false
/* Where nobody else holds the lock the clock is of no consequence. */
#define pthread_mutex_clocklock(mutex, clock, until)           pthread_mutex_timedlock(mutex, until)
#define pthread_rwlock_clockrdlock(lock, clock, until)         pthread_rwlock_timedrdlock(lock, until)
#define pthread_rwlock_clockwrlock(lock, clock, until)         pthread_rwlock_timedwrlock(lock, until)
#define pthread_cond_clockwait(condition, mutex, clock, until) pthread_cond_timedwait(condition, mutex, until)
#define sem_clockwait(semaphore, clock, until)                 sem_timedwait(semaphore, until)
#define RTLD_DEEPBIND                                          0
#define epoll_pwait2(epoll, events, room, time, mask)                                                        \
    (int)syscall(SYS_epoll_pwait2, epoll, events, room, time, mask, (size_t)(_NSIG / 8))
#define pthread_attr_setsigmask_np(attributes, mask) absent()

int absent(void); /* -1, ENOSYS */

/* By a thread to itself only: musl tells nobody a thread's id. */
static inline int pthread_sigqueue(pthread_t self, int number, union sigval value)
{
    siginfo_t info;
    (void)self;
    memset(&info, 0, sizeof info);
    info.si_signo = number;
    info.si_code = SI_QUEUE;
    info.si_pid = getpid();
    info.si_uid = getuid();
    info.si_value = value;
    return (int)syscall(SYS_rt_tgsigqueueinfo, getpid(), gettid(), number, &info);
}

static inline sighandler_t sysv_signal(int number, sighandler_t handler)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESETHAND | SA_NODEFER}, old;
    sigemptyset(&action.sa_mask);
    return sigaction(number, &action, &old) == 0 ? old.sa_handler : SIG_ERR;
}

#endif
