/* SPDX-License-Identifier: MIT */
/* The constructor: resolves libc's functions, then sets the core up. */
#include <errno.h>

#include "disposition.h"
#include "real.h"
#include "recover.h"
#include "safe_say.h"
#include "start.h"

__attribute__((constructor)) static void constructor(int argc, char **argv, char **envp)
{
    struct start_libc libc;
    int saved = errno;
    (void)argc;
    if (real_resolve())
        return; /* real_need() says it when a hook is called */
    if (real_is_interposed())
        disposition_expect_interposer();
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
