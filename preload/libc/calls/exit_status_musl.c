/* SPDX-License-Identifier: MIT */
#include "libc/calls/exit_status.h"

#include <stddef.h>

#include "libc/calls/lookup.h"

static void (*report_quick)(void *unused);

static void at_quick(void)
{
    report_quick(NULL);
}

/* Of the 32 places for handlers of quick_exit() (src/exit/at_quick_exit.c) the program has 31. */
bool libc_exit_watch(void (*at_exit)(int status, void *unused), void (*at_quick_exit)(void *unused))
{
    int (*quick)(void (*function)(void)) = libc_next("at_quick_exit");
    (void)at_exit;
    report_quick = at_quick_exit;
    if (quick)
        quick(at_quick);
    return false;
}
