/* SPDX-License-Identifier: MIT */
/* Buffers of code without exceptions: pthread_cleanup_push by setjmp (nptl/cleanup.c). */
#include "libc/calls/cleanups.h"

#include <pthread.h>

#include "libc/calls/lookup.h"

static void (*register_cancel)(__pthread_unwind_buf_t *), (*unregister_cancel)(__pthread_unwind_buf_t *);

_Static_assert(sizeof(__pthread_unwind_buf_t) <= sizeof(struct libc_cleanups), "room for a buffer");

void libc_cleanups_prepare(void)
{
    *(void **)&register_cancel = libc_find("__pthread_register_cancel");
    *(void **)&unregister_cancel = libc_find("__pthread_unregister_cancel");
}

void libc_cleanups_note(struct libc_cleanups *ret)
{
    if (!register_cancel || !unregister_cancel)
        return;
    register_cancel((void *)ret);
    unregister_cancel((void *)ret);
}

void libc_cleanups_note_end(struct libc_cleanups *ret, void (*left)(void))
{
    (void)left;
    libc_cleanups_note(ret);
}

void libc_cleanups_restore(struct libc_cleanups *cleanups)
{
    if (register_cancel && unregister_cancel)
        unregister_cancel((void *)cleanups);
}

/* Compiled as C++, or as C with exceptions, they are destructors. */
bool libc_cleanups_are_passed(const struct libc_cleanups *cleanups)
{
    (void)cleanups;
    return false;
}
