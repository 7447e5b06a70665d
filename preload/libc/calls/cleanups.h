/* SPDX-License-Identifier: MIT */
/*
 * The cleanup buffers of C code (pthread_cleanup_push), around a stretch of code that may be left by a jump: they lie in
 * frames that are gone then.
 */
#ifndef CRUMPLE_PRELOAD_LIBC_CALLS_CLEANUPS_H
#define CRUMPLE_PRELOAD_LIBC_CALLS_CLEANUPS_H

#include <stdbool.h>
#include <stdint.h>

/* Room for a buffer of either libc. */
struct libc_cleanups {
    uint64_t word[16];
};

/** Once. */
void libc_cleanups_prepare(void);
/** Before the stretch. */
void libc_cleanups_note(struct libc_cleanups *ret);
/**
 * The same at the beginning of a thread. left: called when pthread_exit or a cancellation has left the stretch, where
 * libc does not unwind: elsewhere the unwinder tells it to the personality of recover_invoke.
 */
void libc_cleanups_note_end(struct libc_cleanups *ret, void (*left)(void));
/** After a jump out of the stretch, and at the end of one that was begun with libc_cleanups_note_end(). */
void libc_cleanups_restore(struct libc_cleanups *cleanups);
/** Of libc_cleanups_note_end(): true if an exception would pass over buffers of the stretch without running them. */
bool libc_cleanups_are_passed(const struct libc_cleanups *cleanups);

#endif
