// SPDX-License-Identifier: MIT
// The cleanup handlers as C++ compiles them.
#include "cleanup.h"

extern "C" void cpp_cleanup_direct(void)
{
    cleanup_direct();
}

extern "C" void cpp_cleanup_callee(void)
{
    cleanup_callee();
}

extern "C" void cpp_noexcept_fault(void) noexcept
{
    c_fault();
    STAY();
}
