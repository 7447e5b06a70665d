// SPDX-License-Identifier: MIT
// What an unwinding meets on its way: noexcept, catch-all, destructors that fault.
#include "guards.h"

#include <cstdlib>
#include <exception>

namespace
{

NOINLINE void fault_in_noexcept() noexcept
{
    c_fault();
    STAY();
}

template <class Guard> void noexcept_frame()
{
    Guard guard(std_mutex);
    fault_in_noexcept();
    c_call([] {});
}

template <class Guard> void catchall_swallow()
{
    Guard guard(std_mutex);
    try {
        c_fault();
    } catch (...) {
        ran.cleanup = ran.cleanup + 1;
    }
}

template <class Guard> void catchall_rethrow()
{
    Guard guard(std_mutex);
    try {
        c_fault();
    } catch (...) {
        ran.cleanup = ran.cleanup + 1;
        throw;
    }
}

template <class Guard> void catch_std()
{
    Guard guard(std_mutex);
    try {
        c_fault();
    } catch (const std::exception &) {
        ran.cleanup = ran.cleanup + 1;
    }
}

// The second fault comes while the first one's ending is under way.
struct FaultsAgain {
    ~FaultsAgain()
    {
        ran.cleanup = ran.cleanup + 1;
        c_fault();
    }
};

template <class Guard> void nested_dtor_fault()
{
    Guard guard(std_mutex);
    FaultsAgain bad;
    c_fault();
}

struct AbortsAgain {
    ~AbortsAgain()
    {
        if (armed)
            abort();
    }
};

template <class Guard> void nested_dtor_abort()
{
    Guard guard(std_mutex);
    AbortsAgain bad;
    c_fault();
}

struct ThrowsAgain {
    ~ThrowsAgain() noexcept(false)
    {
        if (armed)
            throw 1;
    }
};

template <class Guard> void nested_dtor_throw()
{
    Guard guard(std_mutex);
    ThrowsAgain bad;
    c_fault();
}

// Nothing is held at the fault; the ending itself takes a lock and faults under it.
struct FaultsLocked {
    ~FaultsLocked()
    {
        pthread_mutex_lock(&locks.mutex);
        c_fault();
        pthread_mutex_unlock(&locks.mutex);
    }
};

void dtor_lock_fault()
{
    FaultsLocked bad;
    c_fault();
}

// A destructor that takes a lock and gives it back is as good as any.
struct Locks {
    ~Locks()
    {
        pthread_mutex_lock(&locks.mutex);
        ran.destructor = ran.destructor + 1;
        pthread_mutex_unlock(&locks.mutex);
    }
};

void dtor_lock_free()
{
    Locks good;
    c_fault();
}

template <class Guard> NOINLINE void descend(int depth)
{
    Guard guard(std_mutex);
    if (depth == 0)
        c_fault();
    else
        descend<Free>(depth - 1);
    STAY();
}

template <class Guard> void deep()
{
    descend<Guard>(200);
}

} // namespace

const struct recovery_case unwind_cases[] = {
    BOTH(noexcept_frame),
    BOTH(catchall_swallow),
    BOTH(catchall_rethrow),
    BOTH(catch_std),
    BOTH(nested_dtor_fault),
    BOTH(nested_dtor_abort),
    BOTH(nested_dtor_throw),
    {"dtor_lock_fault", dtor_lock_fault},
    {"dtor_lock_free", dtor_lock_free},
    BOTH(deep),
    {nullptr, nullptr},
};
