/* SPDX-License-Identifier: MIT */
/*
 * chroot, unshare, setns: afterwards no path leads to the crash directory, the writer and /proc, so they are
 * opened before. pivot_root has no function in libc; who uses it has unshared its mounts.
 */
#include <sched.h>
#include <stddef.h>

#include "loader/real.h"
#include "proc/held_descriptors.h"

/* errno is libc's: nothing here touches it. */
static int changed(int rc, unsigned added)
{
    if (rc < 0)
        safe_roots_release(added);
    return rc;
}

HOOK int chroot(const char *path)
{
    unsigned added;
    real_need();
    added = safe_roots_hold();
    return changed(real.chroot(path), added);
}

HOOK int unshare(int flags)
{
    unsigned added;
    real_need();
    added = flags & CLONE_NEWNS ? safe_roots_hold() : 0;
    return changed(real.unshare(flags), added);
}

/* Without a type the descriptor decides, and it may be one of mounts. */
HOOK int setns(int fd, int type)
{
    unsigned added;
    real_need();
    added = type == 0 || (type & CLONE_NEWNS) ? safe_roots_hold() : 0;
    return changed(real.setns(fd, type), added);
}
