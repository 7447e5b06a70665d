/* SPDX-License-Identifier: MIT */
/* Safe file: runs in hooks, signal handlers and the keeper. */
#include "lock.h"

#include <sys/mman.h>
#include <time.h>

#include "system_call.h"

#define SPINS       100
#define WAIT_MAX_NS UINT64_C(5000000)

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

static bool try(_Atomic int *lock)
{
    return !__atomic_load_n(lock, __ATOMIC_RELAXED) && !__atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE);
}

bool safe_lock_take(_Atomic int *lock)
{
    for (int i = 0; i < SPINS; i++) {
        if (try(lock))
            return true;
        __asm__ volatile("pause");
    }
    uint64_t until = safe_clock_ns(CLOCK_MONOTONIC) + WAIT_MAX_NS;
    do {
        safe_call(SYS_sched_yield);
        if (try(lock))
            return true;
    } while (safe_clock_ns(CLOCK_MONOTONIC) < until);
    return false;
}

void safe_lock_give(_Atomic int *lock)
{
    __atomic_store_n(lock, 0, __ATOMIC_RELEASE);
}

void *safe_lock_map(size_t bytes)
{
    long p = safe_call(SYS_mmap, 0, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (safe_is_error(p))
        return NULL;
    safe_call(SYS_madvise, p, (bytes + 4095) & ~(size_t)4095, MADV_WIPEONFORK);
    return (void *)p;
}
