/* SPDX-License-Identifier: MIT */
/*
 * A guest is a process that runs in another process's memory: a vfork child. It finds its parent's state page
 * and must not write to it.
 */
#ifndef PRELOAD_STATE_VFORK_CHILD_H
#define PRELOAD_STATE_VFORK_CHILD_H

#include <stdbool.h>

/*
 * True if the calling process 'pid' is a guest. A process created by raw clone() finds no pid in the page and
 * writes its own. if_unknown: the answer if the kernel does not tell whether the memory is shared.
 */
bool safe_guest(int pid, bool if_unknown);

#endif
