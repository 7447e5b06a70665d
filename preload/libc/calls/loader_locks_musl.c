/* SPDX-License-Identifier: MIT */
/*
 * musl holds its lock while it loads or looks something up, and never over code of the application: constructors and
 * callbacks of dl_iterate_phdr run without it (ldso/dynlink.c), and no object goes away. So nothing has to be held;
 * only passes of our own must not overlap.
 */
#include "libc/calls/loader_locks.h"

#include "base/sys.h"

static _Atomic int owner; /* the thread that is in a pass */
static int depth;         /* written by the owner */

bool loader_find(void)
{
    return true;
}

bool loader_hold_list(void)
{
    int nobody = 0, tid = safe_gettid();
    if (__atomic_load_n(&owner, __ATOMIC_ACQUIRE) != tid &&
        !__atomic_compare_exchange_n(&owner, &nobody, tid, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        return false;
    depth++;
    return true;
}

void loader_leave_list(void)
{
    if (--depth == 0)
        __atomic_store_n(&owner, 0, __ATOMIC_RELEASE);
}

bool loader_hold_all(void)
{
    return loader_hold_list();
}

void loader_leave_all(void)
{
    loader_leave_list();
}
