/* SPDX-License-Identifier: MIT */
/*
 * chroot, unshare, setns: afterwards no path leads to the crash directory, the writer and /proc, so they are
 * opened before. pivot_root has no function in libc; who uses it has unshared its mounts.
 */
#include <sched.h>
#include <stddef.h>

#include "real.h"
#include "safe_roots.h"

HOOK int chroot(const char *path)
{
    real_need();
    safe_roots_hold();
    return real.chroot(path);
}

HOOK int unshare(int flags)
{
    real_need();
    if (flags & CLONE_NEWNS)
        safe_roots_hold();
    return real.unshare(flags);
}

/* Without a type the descriptor decides, and it may be one of mounts. */
HOOK int setns(int fd, int type)
{
    real_need();
    if (type == 0 || (type & CLONE_NEWNS))
        safe_roots_hold();
    return real.setns(fd, type);
}
