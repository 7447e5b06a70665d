/* SPDX-License-Identifier: MIT */
/*
 * Where libc keeps the innermost cleanup buffer of C code (pthread_cleanup_push): taken down before a stretch of code,
 * put back after a jump out of it, for the buffers of the stretch lie in frames that are gone.
 */
#ifndef CRUMPLE_PRELOAD_LIBC_CALLS_CLEANUPS_H
#define CRUMPLE_PRELOAD_LIBC_CALLS_CLEANUPS_H

#include <stdint.h>

/* Room for a buffer of either libc. */
struct libc_cleanups {
    uint64_t word[16];
};

/** Once. */
void libc_cleanups_prepare(void);
void libc_cleanups_note(struct libc_cleanups *ret);
void libc_cleanups_restore(struct libc_cleanups *cleanups);

#endif
