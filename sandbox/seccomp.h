/* SPDX-License-Identifier: MIT */
/* The system calls of the sandbox (seccomp(2)). */
#ifndef CRUMPLE_SANDBOX_SECCOMP_H
#define CRUMPLE_SANDBOX_SECCOMP_H

#include <stdbool.h>

/** Limits this thread to a list of system calls; any other fails with EPERM. writes: it may create, change and
 * remove files. Needs no_new_privs. Returns 0 or a negative errno. */
int seccomp_enter(bool writes);

#endif
