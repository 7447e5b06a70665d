/* SPDX-License-Identifier: MIT */
/*
 * A guest is a process that runs in another one's memory: a vfork child. It finds its parent's state page,
 * and must write nothing to it.
 */
#ifndef PRELOAD_STATE_VFORK_CHILD_H
#define PRELOAD_STATE_VFORK_CHILD_H

#include <stdbool.h>

/*
 * Whether process 'pid', the calling one, is a guest. One that is not, and was made past fork() (raw clone),
 * finds no pid in the page, and takes it. if_unknown: the answer where the kernel does not tell.
 */
bool safe_guest(int pid, bool if_unknown);

#endif
