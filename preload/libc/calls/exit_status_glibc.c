/* SPDX-License-Identifier: MIT */
#include "libc/calls/exit_status.h"

#include <stddef.h>

#include "libc/calls/lookup.h"

/* Registered before all others, so called after them. */
bool libc_exit_watch(void (*at_exit)(int status, void *unused), void (*at_quick_exit)(void *unused))
{
    int (*on_exit_function)(void (*function)(int, void *), void *argument) = libc_next("on_exit");
    int (*quick)(void (*function)(void *), void *object) = libc_next("__cxa_at_quick_exit");
    if (on_exit_function)
        on_exit_function(at_exit, NULL);
    if (quick)
        quick(at_quick_exit, NULL);
    return true;
}
