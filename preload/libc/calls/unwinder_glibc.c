/* SPDX-License-Identifier: MIT */
#include "libc/calls/unwinder.h"

#include <stddef.h>

#include "libc/calls/lookup.h"

/* backtrace() loads libgcc_s by the same means as pthread_exit does (misc/unwind-link.c). */
bool libc_unwinder_load(void)
{
    int (*backtrace)(void **frames, int count) = (int (*)(void **, int))libc_next("backtrace");
    void *frames[2];
    if (!backtrace)
        return false;
    backtrace(frames, 2);
    return true;
}
