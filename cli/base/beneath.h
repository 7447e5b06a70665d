/* SPDX-License-Identifier: MIT */
/* Files below a directory that a person has named, by paths that somebody else has written. */
#ifndef CRUMPLE_CLI_BASE_BENEATH_H
#define CRUMPLE_CLI_BASE_BENEATH_H

/**
 * Opens a regular file for reading. No link and no '..' leads out of the directory: a link to an absolute path does. It is what openat2(2) does by
 * RESOLVE_BENEATH, which the sandbox and kernels before 5.6 refuse. Waits for no FIFO. Close-on-exec. Returns a descriptor or a negative errno:
 * -EXDEV (the path leads out), -EINVAL (no regular file), -ELOOP, -ENAMETOOLONG, or that of a system call.
 */
int beneath_open(int directory, const char *path);

#endif
