/* SPDX-License-Identifier: MIT */
/* The constructor: resolves libc's functions, then sets the core up. */
#include <errno.h>

#include "state/config.h"
#include "crumple_options.h"
#include "calls/disposition.h"
#include "calls/exits.h"
#include "libc/calls/arguments.h"
#include "libc/calls/exit_status.h"
#include "libc/calls/lookup.h"
#include "loader/real.h"
#include "end/frame.h"
#include "base/inject.h"
#include "redirected/redirected.h"
#include "libc/data/call_number.h"
#include "libc/data/stdio.h"
#include "start/start.h"

static void watch_exits(void)
{
    if (!crumple_config || crumple_config->exit_mode == CRUMPLE_EXIT_OFF)
        return;
    safe_stdio_prepare(libc_find); /* for released threads (stopped/park.c) */
    exits_are_noted = !libc_exit_watch(exits_at_exit, exits_at_quick_exit);
}

/*
 * Their runtimes stand before libc's string functions and cannot be called before they have begun, which is
 * after us. The report of a fault is theirs in any case. (AddressSanitizer's can, and is served.) Weak, as a
 * dlsym that fails would allocate: see real_resolve().
 */
extern void __tsan_init(void) __attribute__((weak));
extern void __msan_init(void) __attribute__((weak));

__attribute__((constructor)) static void constructor(int argc, char **argv, char **envp)
{
    const struct libc_arguments given = {argv, envp};
    int saved = errno;
    (void)argc;
    if (__tsan_init || __msan_init || real_resolve())
        return; /* real_need() says it when a hook is called */
    const struct libc_arguments arguments = libc_arguments(&given);
    if (real_is_interposed())
        disposition_expect_interposer();
    safe_inject_prepare(arguments.envp);
    start_up(arguments.argv, arguments.envp);
    redirected_prepare_for_hold(arguments.envp);
    if (crumple_config)
        safe_call_number_prepare(libc_find); /* for dumps (stopped/again.c) */
    watch_exits();
    errno = saved;
}

/* -z initfirst, or first in musl's order: the last destructor of the process. */
__attribute__((destructor)) static void destructor(void)
{
    recover_gone();
    exits_at_end();
}
