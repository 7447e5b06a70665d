/* SPDX-License-Identifier: MIT */
/* The sandbox of readers: see sandbox.h. */
#include "sandbox.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include "landlock.h"
#include "seccomp.h"

static void limit(int what, uint64_t most)
{
    struct rlimit now;

    if (most == 0 || getrlimit(what, &now) < 0)
        return;
    if (now.rlim_max == RLIM_INFINITY || now.rlim_max > most)
        now.rlim_max = most;
    if (now.rlim_cur == RLIM_INFINITY || now.rlim_cur > now.rlim_max)
        now.rlim_cur = now.rlim_max;
    (void)setrlimit(what, &now);
}

int sandbox_enter(const struct sandbox *sandbox)
{
    int layers = 0;
#ifndef __SANITIZE_ADDRESS__
    const struct rlimit none = {0, 0};

    (void)setrlimit(RLIMIT_CORE, &none);
    limit(RLIMIT_AS, sandbox->memory_bytes);
    limit(RLIMIT_CPU, sandbox->processor_s);
    limit(RLIMIT_FSIZE, sandbox->file_bytes);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return 0;
    if (landlock_enter(sandbox) == 0)
        layers |= SANDBOX_LANDLOCK;
    if (seccomp_enter(sandbox->writes) == 0)
        layers |= SANDBOX_SECCOMP;
#else
    (void)sandbox, (void)limit;
#endif
    return layers;
}
