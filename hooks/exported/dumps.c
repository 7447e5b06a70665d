/* SPDX-License-Identifier: MIT */
/* crumple_dump() of include/crumple.h: the one function that is no libc function's. */
#include "calls/dumps.h"
#include "loader/real.h"

HOOK int crumple_dump(const char *reason);

HOOK int crumple_dump(const char *reason)
{
    struct exits_registers here;
    safe_registers(&here);
    return dumps_call(reason, &here);
}
