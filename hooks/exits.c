/* SPDX-License-Identifier: MIT */
/* The ways to end on purpose: abort, exit, _exit, _Exit, quick_exit. They pass through; none of them may
 * return. */
#include "real.h"
#include "safe_sys.h"

HOOK void abort(void)
{
    real_need();
    real.abort();
    safe_halt();
}

HOOK void exit(int status)
{
    real_need();
    real.exit(status);
    safe_halt();
}

HOOK void _exit(int status)
{
    real_need();
    real._exit(status);
    safe_halt();
}

HOOK void _Exit(int status)
{
    real_need();
    real._Exit(status);
    safe_halt();
}

HOOK void quick_exit(int status)
{
    real_need();
    if (real.quick_exit)
        real.quick_exit(status);
    _exit(status);
}
