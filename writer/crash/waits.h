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

struct waits {
    struct thread_wait *items; /* owned; one for each thread of notes; NULL: not known */
    struct deadlock deadlocks[DEADLOCKS_MAX];
    size_t deadlock_count; /* of those that are listed */
};

#endif
