/* SPDX-License-Identifier: MIT */
/* The system calls of the sandbox (seccomp(2)). */
#ifndef SANDBOX_SECCOMP_H
#define SANDBOX_SECCOMP_H

#include <stdbool.h>

/* Leave this thread a list of system calls; any other one fails with EPERM. writes: files may be made,
 * changed and removed. Needs no_new_privs. Returns 0 or a negative errno. */
int seccomp_enter(bool writes);

#endif
