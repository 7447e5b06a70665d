/* SPDX-License-Identifier: MIT */
/* What threads wait for, as context/blocked.c finds it. Data only. */
#ifndef CRUMPLE_WRITER_CRASH_WAITS_H
#define CRUMPLE_WRITER_CRASH_WAITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WAIT_TEXT_BYTES 200
#define DEADLOCKS_MAX   8
#define DEADLOCK_TIDS   16 /* of a longer one, the first */

enum wait_kind {
    WAIT_NONE = 0, /* the thread is in no system call: it runs */
    WAIT_CALL,     /* any that is none of the following */
    WAIT_FUTEX,    /* for what, is not known */
    WAIT_MUTEX,
    WAIT_RWLOCK,
    WAIT_CONDITION,
    WAIT_SEMAPHORE,
    WAIT_BARRIER,
    WAIT_ONCE,      /* pthread_once, or the static variable of a C++ function */
    WAIT_LIBC,      /* a lock of libc's own */
    WAIT_THREAD_END /* pthread_join */
};

struct thread_wait {
    enum wait_kind kind;
    int64_t call;      /* number of the system call; -1: there is one, of an unknown number */
    int32_t fd;        /* that it waits on; -1: none, or several */
    int32_t owner_tid; /* the thread of this process that holds the lock, or is to end; 0: not known */
    char lock[64];     /* of a mutex or rwlock: its variable, or its address */
    uint64_t futex;    /* address of the word; 0: none */
    bool is_timed;     /* the wait has a limit of its own: it is no deadlock */
    char text[WAIT_TEXT_BYTES]; /* for people; foreign bytes in it (names, paths) are not cleaned */
};

/* Threads of which each waits for what the next one holds, and the last for what the first one does. */
struct deadlock {
    int32_t tids[DEADLOCK_TIDS];
    size_t count; /* of all, perhaps more than DEADLOCK_TIDS */
    char text[400];
};

/* A lock that a thread holds, as hooks of the process have recorded it. */
struct held_lock {
    uint32_t thread; /* number in notes */
    char kind[12]; /* mutex, write, read, spin, semaphore, guard, file, more: as in CRUMPLE_NOTE_HELD_LOCKS */
    uint64_t address; /* of file: the descriptor; of more: how many are not listed */
};

/* The variable around the address of a lock. */
struct lock_place {
    uint64_t address, start; /* start: of the variable, or of the module's bias where no name is known */
    const char *module;      /* file name, as long as the crash; NULL: the lock is in none */
    const char *name;        /* not ended by NUL; NULL: not known */
    uint32_t name_size;
};

struct waits {
    struct thread_wait *items; /* owned; one for each thread of notes; NULL: not known */
    struct held_lock *held;    /* owned; those of a thread together, in the order of taking */
    size_t held_count;
    struct lock_place *places; /* owned; of all locks that are waited for or held, sorted by address */
    size_t place_count;
    struct deadlock deadlocks[DEADLOCKS_MAX];
    size_t deadlock_count; /* of those that are listed */
};

#endif
