/* SPDX-License-Identifier: MIT */
/* Locks and thread descriptors as musl lays them out (src/internal/pthread_impl.h). */
#ifndef CRUMPLE_WRITER_CONTEXT_MUSL_LOCKS_H
#define CRUMPLE_WRITER_CONTEXT_MUSL_LOCKS_H

#include "context/futex.h"

/** As futex_lock_read. musl's default mutex does not note its owner: then that is 0. */
bool musl_lock_read(const struct memory *memory, uint64_t word, enum wait_kind kind, struct futex_lock *ret);

/** The thread in whose descriptor the word is, by which pthread_join waits for its end; SIZE_MAX: of none. */
size_t musl_joined_thread(const struct crash *crash, uint64_t word);

#endif
