/* SPDX-License-Identifier: MIT */
/*
 * madvise: MADV_DONTDUMP marks memory that must not go into a core (keys, mostly). The mark itself is the
 * kernel's and is read at a fault; that takes long in a large process, so it is done only where there was
 * one.
 */
#include <errno.h>
#include <sys/mman.h>

#include "loader/real.h"
#include "memory/hidden.h"
#include "base/sys.h"

/* Allocators call this in the middle of their own start: nothing is looked up here. */
HOOK int madvise(void *start, size_t bytes, int advice)
{
    if (advice == MADV_DONTDUMP)
        safe_hidden_note();
    if (real.madvise)
        return real.madvise(start, bytes, advice);
    long result = safe_call(SYS_madvise, start, bytes, advice);
    if (!safe_is_error(result))
        return 0;
    errno = (int)-result;
    return -1;
}
