/* SPDX-License-Identifier: MIT */
/*
 * chroot, unshare, setns: afterwards no path leads to the crash directory, the writer and /proc, so they are
 * opened before. A helper that shares the descriptors (preload/hold/) goes before they are unshared. pivot_root has no function in libc; who uses it has unshared its mounts.
 */
#include <sched.h>

#include "hold/hold.h"
#include "loader/real.h"
#include "proc/held_descriptors.h"

/* errno is libc's: nothing here touches it. */
static int changed(int error, unsigned added)
{
    if (error < 0)
        safe_roots_release(added);
    return error;
}

HOOK int chroot(const char *path)
{
    real_need();
    unsigned added = safe_roots_hold();
    return changed(real.chroot(path), added);
}

HOOK int unshare(int flags)
{
    real_need();
    unsigned added = flags & CLONE_NEWNS ? safe_roots_hold() : 0;
    if (flags & CLONE_FILES)
        (void)safe_hold_leave();
    return changed(real.unshare(flags), added);
}

/* Without a type the descriptor decides, and it may be one of mounts. */
HOOK int setns(int fd, int type)
{
    real_need();
    unsigned added = type == 0 || (type & CLONE_NEWNS) ? safe_roots_hold() : 0;
    return changed(real.setns(fd, type), added);
}
