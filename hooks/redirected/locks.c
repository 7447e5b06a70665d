/* SPDX-License-Identifier: MIT */
/*
 * The locks that a thread holds: pthread mutexes, rwlocks, spin locks, C11's mtx, semaphores. Redirected, not
 * exported. Taken: libc first, then the note; released: the note first, so that libc's function is the last
 * thing called. Both ways a fault in between finds a frame of libc on the stack, which refuses by itself.
 */
#include <errno.h>
#include <stddef.h>
#include <time.h>

#include "redirected/redirected.h"
#include "track/held_locks.h"

/* What libc does with an address; the types of the locks do not matter here. */
typedef int plain(void *lock);
typedef int timed(void *lock, const struct timespec *until);
typedef int clocked(void *lock, clockid_t clock, const struct timespec *until);

static struct {
    plain *pthread_mutex_lock, *pthread_mutex_trylock, *pthread_mutex_unlock;
    timed *pthread_mutex_timedlock;
    clocked *pthread_mutex_clocklock;
    plain *pthread_rwlock_rdlock, *pthread_rwlock_tryrdlock, *pthread_rwlock_wrlock,
        *pthread_rwlock_trywrlock;
    timed *pthread_rwlock_timedrdlock, *pthread_rwlock_timedwrlock;
    clocked *pthread_rwlock_clockrdlock, *pthread_rwlock_clockwrlock;
    plain *pthread_rwlock_unlock;
    plain *pthread_spin_lock, *pthread_spin_trylock, *pthread_spin_unlock;
    plain *mtx_lock, *mtx_trylock, *mtx_unlock;
    timed *mtx_timedlock;
} libc;

/* EOWNERDEAD: a robust mutex whose owner has died is taken all the same (pthread_mutex_lock(3)). */
__attribute__((noinline, cold)) static int taken_otherwise(uint64_t key, int error)
{
    if (error == 0 || error == EOWNERDEAD)
        safe_held_add(key);
    return error;
}

/* The last thing a hook does, so that nothing need be kept over the rare case. */
static inline int taken(enum safe_held_kind kind, void *lock, int error)
{
    uint64_t key = safe_held_key(kind, lock);
    uint32_t n = safe_held.count;
    if (__builtin_expect(error != 0 || n >= SAFE_HELD_MAX, 0))
        return taken_otherwise(key, error);
    safe_held.entry[n] = key;
    safe_held.count = n + 1;
    return 0;
}

#define TAKES(function, kind)                                                                                \
    static int take_##function(void *lock)                                                                   \
    {                                                                                                        \
        return taken(kind, lock, libc.function(lock));                                                       \
    }
#define TAKES_TIMED(function, kind)                                                                          \
    static int take_##function(void *lock, const struct timespec *until)                                     \
    {                                                                                                        \
        return taken(kind, lock, libc.function(lock, until));                                                \
    }
#define TAKES_CLOCKED(function, kind)                                                                        \
    static int take_##function(void *lock, clockid_t clock, const struct timespec *until)                    \
    {                                                                                                        \
        return taken(kind, lock, libc.function(lock, clock, until));                                         \
    }
/* On AMD's Zen a pair takes 1.19 instead of 1.10 of libc's time where such a hook crosses into a second line.
 */
#define HOT __attribute__((aligned(64)))

/*
 * Every server's most called functions. The mutex is noted before libc is asked, so that the hook ends in a
 * jump. Meanwhile the thread only waits. A lock that fails then leaves a note too many: the thread is not
 * contained, which is the safe direction. No mutex of the default kind fails; one that says so when its owner
 * takes it again (PTHREAD_MUTEX_ERRORCHECK) goes the other way.
 */
#define TAKES_FIRST(function)                                                                                \
    static __attribute__((noinline, cold)) int take_exactly_##function(void *lock)                           \
    {                                                                                                        \
        return taken(SAFE_HELD_MUTEX, lock, libc.function(lock));                                            \
    }                                                                                                        \
    HOT static int take_##function(void *lock)                                                               \
    {                                                                                                        \
        uint64_t key = safe_held_key(SAFE_HELD_MUTEX, lock);                                                 \
        uint32_t n;                                                                                          \
        if (__builtin_expect(safe_held.one == 0, 1)) {                                                       \
            safe_held.one = key;                                                                             \
            return libc.function(lock);                                                                      \
        }                                                                                                    \
        n = safe_held.count;                                                                                 \
        if (safe_held.one == key || n >= SAFE_HELD_MAX)                                                      \
            return take_exactly_##function(lock);                                                            \
        safe_held.entry[n] = key;                                                                            \
        safe_held.count = n + 1;                                                                             \
        return libc.function(lock);                                                                          \
    }
#define RELEASES_FIRST(function)                                                                             \
    HOT static int release_##function(void *lock)                                                            \
    {                                                                                                        \
        if (__builtin_expect(safe_held.one == safe_held_key(SAFE_HELD_MUTEX, lock), 1))                      \
            safe_held.one = 0;                                                                               \
        else                                                                                                 \
            safe_held_remove(safe_held_key(SAFE_HELD_MUTEX, lock));                                          \
        return libc.function(lock);                                                                          \
    }
#define RELEASES(function, kind)                                                                             \
    static int release_##function(void *lock)                                                                \
    {                                                                                                        \
        safe_held_remove(safe_held_key(kind, lock));                                                         \
        return libc.function(lock);                                                                          \
    }

TAKES_FIRST(pthread_mutex_lock)
TAKES(pthread_mutex_trylock, SAFE_HELD_MUTEX)
TAKES_TIMED(pthread_mutex_timedlock, SAFE_HELD_MUTEX)
TAKES_CLOCKED(pthread_mutex_clocklock, SAFE_HELD_MUTEX)
RELEASES_FIRST(pthread_mutex_unlock)

TAKES(pthread_rwlock_rdlock, SAFE_HELD_READ)
TAKES(pthread_rwlock_tryrdlock, SAFE_HELD_READ)
TAKES_TIMED(pthread_rwlock_timedrdlock, SAFE_HELD_READ)
TAKES_CLOCKED(pthread_rwlock_clockrdlock, SAFE_HELD_READ)
TAKES(pthread_rwlock_wrlock, SAFE_HELD_WRITE)
TAKES(pthread_rwlock_trywrlock, SAFE_HELD_WRITE)
TAKES_TIMED(pthread_rwlock_timedwrlock, SAFE_HELD_WRITE)
TAKES_CLOCKED(pthread_rwlock_clockwrlock, SAFE_HELD_WRITE)

static int release_pthread_rwlock_unlock(void *lock)
{
    uint32_t last = safe_held.count - 1;
    uint64_t key = last < SAFE_HELD_MAX ? safe_held.entry[last] : 0;
    if (key == safe_held_key(SAFE_HELD_WRITE, lock) || key == safe_held_key(SAFE_HELD_READ, lock))
        safe_held.count = last;
    else
        safe_held_remove_rwlock(lock);
    return libc.pthread_rwlock_unlock(lock);
}

TAKES(pthread_spin_lock, SAFE_HELD_SPIN)
TAKES(pthread_spin_trylock, SAFE_HELD_SPIN)
RELEASES(pthread_spin_unlock, SAFE_HELD_SPIN)

TAKES_FIRST(mtx_lock)
TAKES(mtx_trylock, SAFE_HELD_MUTEX)
TAKES_TIMED(mtx_timedlock, SAFE_HELD_MUTEX)
RELEASES_FIRST(mtx_unlock)

/* Old names of the same functions, which some libraries still ask for. */
#define ALIAS(function, hook)                                                                                \
    {                                                                                                        \
        "__" #function, (void *)(hook), (void **)&libc.function, NULL, NULL                                  \
    }

static const struct redirect rows[] = {
    REDIRECTED(pthread_mutex_lock, take_pthread_mutex_lock),
    REDIRECTED(pthread_mutex_trylock, take_pthread_mutex_trylock),
    REDIRECTED(pthread_mutex_timedlock, take_pthread_mutex_timedlock),
    REDIRECTED(pthread_mutex_clocklock, take_pthread_mutex_clocklock),
    REDIRECTED(pthread_mutex_unlock, release_pthread_mutex_unlock),
    REDIRECTED(pthread_rwlock_rdlock, take_pthread_rwlock_rdlock),
    REDIRECTED(pthread_rwlock_tryrdlock, take_pthread_rwlock_tryrdlock),
    REDIRECTED(pthread_rwlock_timedrdlock, take_pthread_rwlock_timedrdlock),
    REDIRECTED(pthread_rwlock_clockrdlock, take_pthread_rwlock_clockrdlock),
    REDIRECTED(pthread_rwlock_wrlock, take_pthread_rwlock_wrlock),
    REDIRECTED(pthread_rwlock_trywrlock, take_pthread_rwlock_trywrlock),
    REDIRECTED(pthread_rwlock_timedwrlock, take_pthread_rwlock_timedwrlock),
    REDIRECTED(pthread_rwlock_clockwrlock, take_pthread_rwlock_clockwrlock),
    REDIRECTED(pthread_rwlock_unlock, release_pthread_rwlock_unlock),
    REDIRECTED(pthread_spin_lock, take_pthread_spin_lock),
    REDIRECTED(pthread_spin_trylock, take_pthread_spin_trylock),
    REDIRECTED(pthread_spin_unlock, release_pthread_spin_unlock),
    REDIRECTED(mtx_lock, take_mtx_lock),
    REDIRECTED(mtx_trylock, take_mtx_trylock),
    REDIRECTED(mtx_timedlock, take_mtx_timedlock),
    REDIRECTED(mtx_unlock, release_mtx_unlock),
    ALIAS(pthread_mutex_lock, take_pthread_mutex_lock),
    ALIAS(pthread_mutex_trylock, take_pthread_mutex_trylock),
    ALIAS(pthread_mutex_unlock, release_pthread_mutex_unlock),
    ALIAS(pthread_rwlock_rdlock, take_pthread_rwlock_rdlock),
    ALIAS(pthread_rwlock_tryrdlock, take_pthread_rwlock_tryrdlock),
    ALIAS(pthread_rwlock_wrlock, take_pthread_rwlock_wrlock),
    ALIAS(pthread_rwlock_trywrlock, take_pthread_rwlock_trywrlock),
    ALIAS(pthread_rwlock_unlock, release_pthread_rwlock_unlock),
};

REDIRECTED_FAMILY(redirected_locks, rows);
