/* SPDX-License-Identifier: MIT */
/* A fault under each kind of lock and each way of taking it; the _free variants have given it back just
 * before. */
#include "cases.h"

#include <fcntl.h>
#include <semaphore.h>
#include <sys/file.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

/* LOCKED(NAME, TAKE, GIVE): the fault lies between the two, or after them. */
#define LOCKED(name, take, give)                                                                             \
    static void name(void)                                                                                   \
    {                                                                                                        \
        take;                                                                                                \
        if (!hold)                                                                                           \
            give;                                                                                            \
        c_fault();                                                                                           \
        if (hold)                                                                                            \
            give;                                                                                            \
    }

static struct timespec soon;

static const struct timespec *in_a_second(void)
{
    soon = deadline_in(1000);
    return &soon;
}

static mtx_t c11_mutex;
static once_flag c11_once = ONCE_FLAG_INIT;
static pthread_mutex_t recursive;
static sem_t semaphore;

static void make_c11_mutex(void)
{
    mtx_init(&c11_mutex, mtx_timed);
}

static mtx_t *c11(void)
{
    call_once(&c11_once, make_c11_mutex);
    return &c11_mutex;
}

LOCKED(mutex_lock, pthread_mutex_lock(&locks.mutex), pthread_mutex_unlock(&locks.mutex))
LOCKED(mutex_timedlock, pthread_mutex_timedlock(&locks.mutex, in_a_second()),
       pthread_mutex_unlock(&locks.mutex))
LOCKED(mutex_clocklock, pthread_mutex_clocklock(&locks.mutex, CLOCK_REALTIME, in_a_second()),
       pthread_mutex_unlock(&locks.mutex))
LOCKED(rwlock_write, pthread_rwlock_wrlock(&locks.rwlock), pthread_rwlock_unlock(&locks.rwlock))
LOCKED(rwlock_trywrite, pthread_rwlock_trywrlock(&locks.rwlock), pthread_rwlock_unlock(&locks.rwlock))
LOCKED(rwlock_timedwrite, pthread_rwlock_timedwrlock(&locks.rwlock, in_a_second()),
       pthread_rwlock_unlock(&locks.rwlock))
LOCKED(rwlock_read, pthread_rwlock_rdlock(&locks.rwlock), pthread_rwlock_unlock(&locks.rwlock))
LOCKED(rwlock_tryread, pthread_rwlock_tryrdlock(&locks.rwlock), pthread_rwlock_unlock(&locks.rwlock))
LOCKED(rwlock_timedread, pthread_rwlock_timedrdlock(&locks.rwlock, in_a_second()),
       pthread_rwlock_unlock(&locks.rwlock))
LOCKED(spin_lock, pthread_spin_lock(&locks.spin), pthread_spin_unlock(&locks.spin))
LOCKED(spin_trylock, pthread_spin_trylock(&locks.spin), pthread_spin_unlock(&locks.spin))
LOCKED(c11_lock, mtx_lock(c11()), mtx_unlock(c11()))
LOCKED(c11_trylock, mtx_trylock(c11()), mtx_unlock(c11()))
LOCKED(c11_timedlock, mtx_timedlock(c11(), in_a_second()), mtx_unlock(c11()))
LOCKED(robust, pthread_mutex_lock(&locks.robust), pthread_mutex_unlock(&locks.robust))
LOCKED(file_flock, flock(locks.file, LOCK_EX), flock(locks.file, LOCK_UN))
LOCKED(file_lockf, if (lockf(locks.file, F_LOCK, 0) != 0) give_up("lockf"),
       if (lockf(locks.file, F_ULOCK, 0) != 0) give_up("lockf"))
LOCKED(stdio_flockfile, flockfile(stdout), funlockfile(stdout))

static void take_for_sure(int (*trylock)(pthread_mutex_t *))
{
    while (trylock(&locks.mutex) != 0)
        sched_yield();
}

LOCKED(mutex_trylock, take_for_sure(pthread_mutex_trylock), pthread_mutex_unlock(&locks.mutex))

static void record_lock(short type)
{
    struct flock whole = {.l_type = type, .l_whence = SEEK_SET};
    if (fcntl(locks.file, F_SETLKW, &whole) != 0)
        give_up("fcntl");
}

LOCKED(file_record, record_lock(F_WRLCK), record_lock(F_UNLCK))

static sem_t *binary_semaphore(void)
{
    static bool made;
    if (!made)
        made = sem_init(&semaphore, 0, 1) == 0;
    return &semaphore;
}

LOCKED(semaphore_as_lock, sem_wait(binary_semaphore()), sem_post(binary_semaphore()))

/* Locked twice, unlocked once: still locked. */
static void mutex_recursive(void)
{
    static bool made;
    if (!made) {
        pthread_mutexattr_t attributes;
        pthread_mutexattr_init(&attributes);
        pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
        made = pthread_mutex_init(&recursive, &attributes) == 0;
    }
    pthread_mutex_lock(&recursive);
    pthread_mutex_lock(&recursive);
    pthread_mutex_unlock(&recursive);
    if (!hold)
        pthread_mutex_unlock(&recursive);
    c_fault();
    if (hold)
        pthread_mutex_unlock(&recursive);
}

/* The wait gives the mutex back and takes it again out of everybody's sight. */
static void condition_wait(void)
{
    static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
    struct timespec at = deadline_in(1);
    pthread_mutex_lock(&locks.mutex);
    pthread_cond_timedwait(&never, &locks.mutex, &at);
    if (!hold)
        pthread_mutex_unlock(&locks.mutex);
    c_fault();
    if (hold)
        pthread_mutex_unlock(&locks.mutex);
}

enum { MANY = 40 };
static pthread_mutex_t many[MANY];

/* More than the table lists, given back in the order of taking; the _free variant gives all back. */
static void many_mutexes(void)
{
    for (int i = 0; i < MANY; i++)
        pthread_mutex_lock(&many[i]);
    for (int i = hold ? 1 : 0; i < MANY; i++)
        pthread_mutex_unlock(&many[i]);
    c_fault();
    if (hold)
        pthread_mutex_unlock(&many[0]);
}

const struct recovery_case lock_cases[] = {
    {"mutex_lock", mutex_lock},
    {"mutex_trylock", mutex_trylock},
    {"mutex_timedlock", mutex_timedlock},
    {"mutex_clocklock", mutex_clocklock},
    {"mutex_recursive", mutex_recursive},
    {"robust", robust},
    {"rwlock_write", rwlock_write},
    {"rwlock_trywrite", rwlock_trywrite},
    {"rwlock_timedwrite", rwlock_timedwrite},
    {"rwlock_read", rwlock_read},
    {"rwlock_tryread", rwlock_tryread},
    {"rwlock_timedread", rwlock_timedread},
    {"spin_lock", spin_lock},
    {"spin_trylock", spin_trylock},
    {"c11_lock", c11_lock},
    {"c11_trylock", c11_trylock},
    {"c11_timedlock", c11_timedlock},
    {"file_flock", file_flock},
    {"file_lockf", file_lockf},
    {"file_record", file_record},
    {"stdio_flockfile", stdio_flockfile},
    {"semaphore_as_lock", semaphore_as_lock},
    {"condition_wait", condition_wait},
    {"many_mutexes", many_mutexes},
    {NULL, NULL},
};
