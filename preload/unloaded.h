/* SPDX-License-Identifier: MIT */
/* Which objects dlclose really unloads: the lists before and after it are compared. */
#ifndef UNLOADED_H
#define UNLOADED_H

#include <link.h>
#include <stddef.h>

typedef int (*unloaded_iterate)(int (*callback)(struct dl_phdr_info *, size_t, void *), void *argument);

/* In the constructor: what is loaded by now stays. */
void unloaded_begin(void);

/*
 * Notes what has come and what has gone since the last time. Does nothing while another thread does it: what
 * that one does not see yet is seen next time. No system calls: a program behind a seccomp filter may call
 * dlclose, too.
 */
void unloaded_look(unloaded_iterate iterate);

#endif
