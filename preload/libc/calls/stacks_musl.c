/* SPDX-License-Identifier: MIT */
#include "libc/calls/stacks.h"

#include <pthread.h>

/* The guard is not a part of the size that was asked for, and the descriptor need not lie on the stack: the thread knows
 * where that is (src/thread/pthread_getattr_np.c). */
uint64_t libc_stack_low(uint64_t bytes)
{
    pthread_attr_t attr;
    void *low;
    size_t size;
    (void)bytes;
    if (pthread_getattr_np(pthread_self(), &attr) != 0 || pthread_attr_getstack(&attr, &low, &size) != 0)
        return UINT64_MAX / 2;
    return (uint64_t)low;
}
