// SPDX-License-Identifier: MIT
// A guard, and a fault in its scope: where compilers see no throwing call they leave out the landing pad, and
// an unwinding passes the guard by without a word.
#include "guards.h"

#include <cstdlib>
#include <cstring>

std::mutex std_mutex;

bool std_mutex_is_free(void)
{
    bool free = std_mutex.try_lock();
    if (free)
        std_mutex.unlock();
    return free;
}

namespace
{

volatile size_t length;

template <class Guard> void guard_direct()
{
    Guard guard(std_mutex);
    *poison.address = 1;
}

// Without noipa: the compiler is to see that it does not throw.
__attribute__((noinline)) void fault_without_throwing()
{
    *poison.address = 1;
}

template <class Guard> void guard_callee()
{
    Guard guard(std_mutex);
    fault_without_throwing();
}

template <class Guard> void guard_ccallee()
{
    Guard guard(std_mutex);
    c_fault();
}

template <class Guard> void guard_strlen()
{
    Guard guard(std_mutex);
    length = strlen(poison.text);
}

// The faulting instruction lies between two calls that may throw, in their range of the call-site table.
template <class Guard> void guard_between()
{
    Guard guard(std_mutex);
    c_call([] {});
    *poison.address = 1;
    c_call([] {});
}

template <class Guard> void nounwind_leaf()
{
    Guard guard(std_mutex);
    nounwind_fault();
}

template <class Guard> void nounwind_mid()
{
    Guard guard(std_mutex);
    nounwind_call(c_fault);
}

template <class Guard> void leaf_redzone()
{
    Guard guard(std_mutex);
    length = static_cast<size_t>(c_leaf_in_red_zone());
}

template <class Guard> void null_pc()
{
    Guard guard(std_mutex);
    poison.null_call();
    STAY();
}

template <class Guard> void wild_pc()
{
    Guard guard(std_mutex);
    poison.wild_call();
    STAY();
}

NOINLINE int recurse(int depth)
{
    volatile char page[4096];
    page[0] = static_cast<char>(depth);
    if (!armed)
        return page[0];
    return recurse(depth + 1) + page[0];
}

template <class Guard> void stack_ovf()
{
    Guard guard(std_mutex);
    length = static_cast<size_t>(recurse(0));
}

template <class Guard> void memcpy_bad()
{
    Guard guard(std_mutex);
    memcpy(sink, poison.text, 64 + length % 2);
}

template <class Guard> void fprintf_guard()
{
    Guard guard(std_mutex);
    fprintf(stdout, "%s\n", poison.text);
}

template <class Guard> void qsort_cb()
{
    Guard guard(std_mutex);
    int numbers[] = {3, 1, 2};
    qsort(numbers, 3, sizeof numbers[0], poison.compare);
}

template <class Guard> void abort_call()
{
    Guard guard(std_mutex);
    if (armed)
        abort();
}

template <class Guard> void fpe()
{
    Guard guard(std_mutex);
    length = static_cast<size_t>(100 / poison.divisor);
}

} // namespace

const struct recovery_case guard_cases[] = {
    BOTH(guard_direct),  BOTH(guard_callee), BOTH(guard_ccallee), BOTH(guard_strlen), BOTH(guard_between),
    BOTH(nounwind_leaf), BOTH(nounwind_mid), BOTH(leaf_redzone),  BOTH(null_pc),      BOTH(wild_pc),
    BOTH(stack_ovf),     BOTH(memcpy_bad),   BOTH(fprintf_guard), BOTH(qsort_cb),     BOTH(abort_call),
    BOTH(fpe),           {nullptr, nullptr},
};
