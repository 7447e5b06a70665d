/* SPDX-License-Identifier: MIT */
/*
 * Where libc keeps the innermost cleanup buffer of C code without exceptions (pthread_cleanup_push by setjmp; glibc
 * nptl/cleanup.c): taken down before a stretch of code, put back after a jump out of it, for the buffers of the stretch
 * lie in frames that are gone.
 */
#ifndef CRUMPLE_PRELOAD_END_CLEANUPS_H
#define CRUMPLE_PRELOAD_END_CLEANUPS_H

#include <pthread.h>

struct recover_cleanups {
    __pthread_unwind_buf_t outer;
};

/** Once. */
void recover_cleanups_prepare(void);
void recover_cleanups_note(struct recover_cleanups *ret);
void recover_cleanups_restore(struct recover_cleanups *cleanups);

#endif
