/* SPDX-License-Identifier: MIT */
/* What a thread in futex(2) waits for, and who holds it. */
#ifndef CRUMPLE_WRITER_CONTEXT_FUTEX_H
#define CRUMPLE_WRITER_CONTEXT_FUTEX_H

#include "context/syscall_now.h"
#include "context/tid_index.h"

/** Sets all of ret but call and fd. The owner is known of mutexes and rwlocks of glibc, and of a thread that is joined. */
void futex_words(const struct crash *crash, const struct tid_index *tids, size_t thread,
                 const struct syscall_now *now, struct thread_wait *ret);

/* A lock in memory, as futex_owner reads it. */
struct futex_lock {
    enum wait_kind kind; /* WAIT_MUTEX, WAIT_RWLOCK, or WAIT_FUTEX: neither */
    uint64_t address;    /* of the lock */
    int64_t owner;       /* a tid; 0: nobody's, or readers' */
};

/** The lock of kind (WAIT_FUTEX: it is to be found out, a mutex is) around the futex word, by the bytes of
 * memory. Returns false if they are not known, or are no such lock. */
bool futex_lock_read(const struct memory *memory, uint64_t word, enum wait_kind kind, struct futex_lock *ret);

#endif
