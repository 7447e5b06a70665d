// SPDX-License-Identifier: MIT
// Things done once: a static variable, pthread_once, std::call_once. Who leaves in the middle must give them
// back, or everybody who comes later waits for ever. Ways to leave: a fault in a callee, a fault where no
// landing pad is, a fault that a noexcept frame keeps from being unwound, and a fault whose unwinding faults
// again before it gets there.
#include "guards.h"

namespace
{

NOINLINE void fault_in_noexcept() noexcept
{
    c_fault();
    STAY();
}

struct FaultsAgain {
    ~FaultsAgain()
    {
        c_fault();
    }
};

NOINLINE void fault_twice()
{
    FaultsAgain bad;
    c_fault();
}

template <void (*leave)()> NOINLINE int use_static()
{
    struct Costly {
        int value;
        Costly()
        {
            leave();
            value = 1;
        }
    };
    static Costly costly;
    return costly.value;
}

template <void (*leave)()> void static_variable()
{
    sink[0] = static_cast<char>(use_static<leave>());
}

// The constructor cannot throw: the compiler makes no landing pad that would give the variable back.
NOINLINE int use_static_direct()
{
    struct Costly {
        int value;
        Costly() : value(sink[1])
        {
            *poison.address = 1;
        }
    };
    static Costly costly;
    return costly.value;
}

void static_variable_direct()
{
    sink[0] = static_cast<char>(use_static_direct());
}

template <void (*leave)()> void by_pthread_once()
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, leave);
    STAY();
}

template <void (*leave)()> void by_call_once()
{
    static std::once_flag flag;
    std::call_once(flag, leave);
    STAY();
}

template <class Guard, void (*run)()> void guarded()
{
    Guard guard(std_mutex);
    run();
}

} // namespace

#define GUARDED(name, run)                                                                                   \
    {name, guarded<Held, run>},                                                                              \
    {                                                                                                        \
        name "_free", guarded<Free, run>                                                                     \
    }

const struct recovery_case once_cases[] = {
    GUARDED("static_init", static_variable<c_fault>),
    GUARDED("static_init_direct", static_variable_direct),
    GUARDED("static_init_noexcept", static_variable<fault_in_noexcept>),
    GUARDED("static_init_nested", static_variable<fault_twice>),
    GUARDED("pthread_once", by_pthread_once<c_fault>),
    GUARDED("pthread_once_noexcept", by_pthread_once<fault_in_noexcept>),
    GUARDED("pthread_once_nested", by_pthread_once<fault_twice>),
    GUARDED("call_once", by_call_once<c_fault>),
    GUARDED("call_once_noexcept", by_call_once<fault_in_noexcept>),
    GUARDED("call_once_nested", by_call_once<fault_twice>),
    {nullptr, nullptr},
};
