/* SPDX-License-Identifier: MIT */
/* Paths as a process in another root sees them. */
#ifndef CRUMPLE_PROGRAM_PROGRAM_ROOT_H
#define CRUMPLE_PROGRAM_PROGRAM_ROOT_H

/**
 * Opens the path with root, a descriptor, as its root directory: absolute links stay in it, and '..' does not lead out
 * (openat2(2), RESOLVE_IN_ROOT). Close-on-exec. Returns the descriptor or a negative errno: -ENOSYS before Linux 5.6, -EPERM from
 * some seccomp filters.
 */
int program_root_open(int root, const char *path, int flags);

#endif
