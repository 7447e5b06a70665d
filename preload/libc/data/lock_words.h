/* SPDX-License-Identifier: MIT */
/* Safe file: what a lock looks like in memory, and who owns it. */
#ifndef CRUMPLE_PRELOAD_LIBC_DATA_LOCK_WORDS_H
#define CRUMPLE_PRELOAD_LIBC_DATA_LOCK_WORDS_H

#include <stdbool.h>
#include <stdint.h>

/* Whose locks are looked for; 0: nobody. */
#define LIBC_LOCK_TIDS 2

/**
 * Looks through copied memory, from the word with index 'from' on, for a lock that one of these threads owns: a
 * pthread_mutex_t, or a pthread_rwlock_t held for writing where libc notes who holds it. Returns the index of its first
 * word + 1; 0: none. *ret_owner is the thread. musl notes no owner in a mutex of the default kind, nor in a rwlock:
 * only recursive, error-checking and robust mutexes are found there. Signal-safe.
 */
uint32_t libc_lock_find(const uint64_t *word, uint32_t words, uint32_t from, const int tids[LIBC_LOCK_TIDS],
                        int *ret_owner);
/**
 * Whether that is a lock indeed, by what the memory around it says; address: of its first word in this process. In a
 * container threads have numbers like 2, and small numbers are everywhere. Signal-safe.
 */
bool libc_lock_confirm(uint64_t address);

#endif
