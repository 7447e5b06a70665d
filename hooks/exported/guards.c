/* SPDX-License-Identifier: MIT */
/* crumple_guard() of include/crumple.h. */
#include <errno.h>

#include "end/guard.h"
#include "loader/real.h"
#include "state/config.h"
#include "state/fault.h"

HOOK int crumple_guard(void (*function)(void *), void *argument);

HOOK int crumple_guard(void (*function)(void *), void *argument)
{
    if (crumple_config && crumple_config->recover && safe_getpid() == safe_state->pid)
        return recover_guard(function, argument);
    function(argument);
    return crumple_config ? -EPERM : -ENOSYS;
}
