/* SPDX-License-Identifier: MIT */
/* Compiled without any unwind information: hand-written assembly and old libraries look like this. */
#include "cases.h"

NOINLINE void nounwind_fault(void)
{
    *poison.address = 1;
    STAY();
}

NOINLINE void nounwind_call(void (*function)(void))
{
    function();
    STAY();
}
