/* SPDX-License-Identifier: MIT */
/* A buffer holds the one around it, and its removal puts that one back (src/thread/pthread_cleanup_push.c). */
#include "libc/calls/cleanups.h"

#include <pthread.h>

_Static_assert(sizeof(struct __ptcb) <= sizeof(struct libc_cleanups), "room for a buffer");

static void nothing(void *unused)
{
    (void)unused;
}

void libc_cleanups_prepare(void)
{
}

void libc_cleanups_note(struct libc_cleanups *ret)
{
    _pthread_cleanup_push((void *)ret, nothing, NULL);
    _pthread_cleanup_pop((void *)ret, 0);
}

void libc_cleanups_restore(struct libc_cleanups *cleanups)
{
    _pthread_cleanup_pop((void *)cleanups, 0);
}
