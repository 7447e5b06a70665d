/* SPDX-License-Identifier: MIT */
/* The file system as the sandbox sees it (landlock(7)). */
#ifndef CRUMPLE_SANDBOX_LANDLOCK_H
#define CRUMPLE_SANDBOX_LANDLOCK_H

#include "sandbox.h"

/** Limits this thread to the places that the sandbox names. Needs no_new_privs. Returns 0 or a negative errno:
 * the kernel has no Landlock, or a filter refuses the system call. */
int landlock_enter(const struct sandbox *sandbox);

#endif
