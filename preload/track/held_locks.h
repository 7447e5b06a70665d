/* SPDX-License-Identifier: MIT */
/*
 * Safe file: the locks that the calling thread holds, in TLS. Redirected hooks write the table
 * (hooks/redirected/locks.c, file_locks.c), the handler reads it. The table saturates: locks beyond
 * SAFE_HELD_MAX are only counted, so the table never wrongly says that a thread holds no lock.
 */
#ifndef CRUMPLE_PRELOAD_TRACK_HELD_LOCKS_H
#define CRUMPLE_PRELOAD_TRACK_HELD_LOCKS_H

#include <stdbool.h>
#include <stdint.h>

#define SAFE_HELD_MAX 12

/* In the top byte of an entry; user addresses end below 2^47. */
enum safe_held_kind {
    SAFE_HELD_MUTEX = 0, /* pthread_mutex_t, mtx_t */
    SAFE_HELD_WRITE = 1, /* rwlock, exclusive */
    SAFE_HELD_READ = 2,  /* rwlock, shared */
    SAFE_HELD_SPIN = 3,
    SAFE_HELD_FILE = 4, /* flock, fcntl, lockf: safe_held_file() */
    SAFE_HELD_SEM = 5,  /* sem_wait without a sem_post by this thread */
    SAFE_HELD_GUARD = 6 /* a C++ function's static variable that this thread is initialising */
};

struct safe_held {
    uint64_t one;   /* a mutex that was taken when no other stood here, 0: none. Beside the entries: most
                       threads   hold one at a time, and this costs half of what an entry does */
    uint32_t count; /* all; a semaphore counts once. While some are not listed it is only more than
                       SAFE_HELD_MAX, so that the usual cases need not ask for 'lost' */
    uint32_t lost;  /* how many are not listed */
    uint64_t entry[SAFE_HELD_MAX]; /* while some are lost: 0 for none */
};

extern __thread struct safe_held safe_held;

static inline uint64_t safe_held_key(enum safe_held_kind kind, const volatile void *lock)
{
    return (uint64_t)kind << 56 | (uint64_t)lock;
}

/** A lock on a file: the descriptor's number in the low 32 bits, 24 bits that tell ranges apart above. */
static inline uint64_t safe_held_file(int fd, uint32_t range)
{
    return (uint64_t)SAFE_HELD_FILE << 56 | (uint64_t)(range & 0xffffff) << 32 | (uint32_t)fd;
}

/** The slow cases: the table is full, or the lock is not the one taken last. */
void safe_held_add_lost(uint64_t key);
void safe_held_remove_deep(uint64_t key);
/** Removes the kind of rwlock that the thread holds, exclusive first. */
void safe_held_remove_rwlock(const volatile void *lock);
/** A semaphore has one entry, however often the thread waits for it; as many posts remove it (after 255 waits,
 * none does). Otherwise a thread that gets its work through a semaphore would fill the table. remove returns false if
 * there was no entry: another thread has taken it, or will. */
void safe_held_add_semaphore(const volatile void *semaphore);
bool safe_held_remove_semaphore(const volatile void *semaphore);
/** Adds a lock on a file, unless the table has it already. */
void safe_held_add_file(int fd, uint32_t range);
/** Removes all locks on the descriptor. */
void safe_held_remove_files(int fd);
/** The number of held locks, 'one' included. */
static inline uint32_t safe_held_count(void)
{
    return safe_held.count + (safe_held.one != 0);
}

/** Where the lock lies that the thread took last, of those that are listed and no file's; 0: unknown. */
uint64_t safe_held_latest(void);

/** The number of listed locks of that kind. */
int safe_held_counts(enum safe_held_kind kind);

static inline void safe_held_add(uint64_t key)
{
    uint32_t n = safe_held.count;
    if (__builtin_expect(n < SAFE_HELD_MAX, 1)) {
        safe_held.entry[n] = key;
        safe_held.count = n + 1;
    } else {
        safe_held_add_lost(key);
    }
}

/** Ignores a lock that has no entry: the thread took it before the hooks were in place. */
static inline void safe_held_remove(uint64_t key)
{
    uint32_t last = safe_held.count - 1;
    if (__builtin_expect(last < SAFE_HELD_MAX && safe_held.entry[last] == key, 1))
        safe_held.count = last;
    else
        safe_held_remove_deep(key);
}

#endif
