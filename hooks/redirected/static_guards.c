/* SPDX-License-Identifier: MIT */
/*
 * The guards of C++ functions' static variables (Itanium C++ ABI 3.3.3): the thread that initialises one holds
 * its guard, and all others wait. Redirected, not exported. In a module that libstdc++ is linked into the calls
 * are direct, and the writer refuses instead (writer/verdict/guard_sites.h).
 */

#include "redirected/redirected.h"
#include "track/held_locks.h"

static struct {
    int (*__cxa_guard_acquire)(void *guard);
    void (*__cxa_guard_release)(void *guard);
    void (*__cxa_guard_abort)(void *guard);
} libc; /* libstdc++'s, in truth */

static int acquire(void *guard)
{
    int ours = libc.__cxa_guard_acquire(guard);
    if (ours)
        safe_held_add(safe_held_key(SAFE_HELD_GUARD, guard));
    return ours;
}

static void release(void *guard)
{
    safe_held_remove(safe_held_key(SAFE_HELD_GUARD, guard));
    libc.__cxa_guard_release(guard);
}

static void give_up(void *guard)
{
    safe_held_remove(safe_held_key(SAFE_HELD_GUARD, guard));
    libc.__cxa_guard_abort(guard);
}

static const struct redirect rows[] = {
    REDIRECTED(__cxa_guard_acquire, acquire),
    REDIRECTED(__cxa_guard_release, release),
    REDIRECTED(__cxa_guard_abort, give_up),
};

REDIRECTED_FAMILY(redirected_guards, rows);
