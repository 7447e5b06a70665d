/* SPDX-License-Identifier: MIT */
#include "libc/calls/unwinder.h"

/* pthread_exit calls cleanup handlers and the destructors of keys, and unwinds nothing (src/thread/pthread_create.c). */
bool libc_unwinder_load(void)
{
    return true;
}
