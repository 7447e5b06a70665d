/* SPDX-License-Identifier: MIT */
/* The constructor: resolves libc's functions, then sets the core up. */
#include <errno.h>

#include "real.h"
#include "recover.h"
#include "safe_inject.h"
#include "safe_say.h"
#include "start.h"

__attribute__((constructor)) static void constructor(int argc, char **argv, char **envp)
{
    struct start_libc libc;
    int saved = errno;
    (void)argc;
    if (real_resolve())
        return; /* real_need() says it when a hook is called */
    libc.sigaction = real.sigaction;
    libc.find = real_find;
    safe_inject_prepare(envp);
    start_up(&libc, argv, envp);
    errno = saved;
}

/* -z initfirst: the last destructor of the process. */
__attribute__((destructor)) static void destructor(void)
{
    recover_gone();
}
