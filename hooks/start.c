/* SPDX-License-Identifier: MIT */
/* The constructor: resolves libc's functions, then sets the core up. */
#include <errno.h>

#include "real.h"
#include "recover.h"
#include "safe_say.h"
#include "start.h"

/*
 * Their runtimes stand before libc's string functions and cannot be called before they have begun, which is
 * after us. The report of a fault is theirs in any case. (AddressSanitizer's can, and is served.)
 */
static bool is_sanitized(void)
{
    return real_find("__tsan_init") || real_find("__msan_init");
}

__attribute__((constructor)) static void constructor(int argc, char **argv, char **envp)
{
    struct start_libc libc;
    int saved = errno;
    (void)argc;
    if (real_resolve() || is_sanitized())
        return; /* real_need() says it when a hook is called */
    libc.sigaction = real.sigaction;
    libc.find = real_find;
    start_up(&libc, argv, envp);
    errno = saved;
}

/* -z initfirst: the last destructor of the process. */
__attribute__((destructor)) static void destructor(void)
{
    recover_gone();
}
