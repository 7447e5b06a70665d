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

/* An asynchronous cancellation goes to pthread_exit from any instruction, on the stack as it is there
 * (src/thread/pthread_cancel.c): up to 1.2.3 at least, it need not be aligned for a call. */
static __attribute__((force_align_arg_pointer)) void call(void *left)
{
    ((void (*)(void))left)();
}

void libc_cleanups_note_end(struct libc_cleanups *ret, void (*left)(void))
{
    _pthread_cleanup_push((void *)ret, call, (void *)left);
}

void libc_cleanups_restore(struct libc_cleanups *cleanups)
{
    _pthread_cleanup_pop((void *)cleanups, 0);
}

/* They are the same in every language: only pthread_exit runs them. */
bool libc_cleanups_are_passed(const struct libc_cleanups *cleanups)
{
    struct __ptcb here;
    _pthread_cleanup_push(&here, nothing, NULL);
    _pthread_cleanup_pop(&here, 0);
    return here.__next != (const void *)cleanups;
}
