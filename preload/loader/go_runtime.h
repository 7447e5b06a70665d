/* SPDX-License-Identifier: MIT */
/*
 * Go's runtime installs its handlers by libc's sigaction (runtime/cgo), but asks the kernel for a thread's
 * alternate stack, takes the one it finds for its own, and ends the process if a handler runs elsewhere
 * (runtime/signal_unix.go, adjustSignalStack). Therefore the kernel calls Go's handlers directly.
 */
#ifndef PRELOAD_LOADER_GO_RUNTIME_H
#define PRELOAD_LOADER_GO_RUNTIME_H

#include <stdbool.h>

struct dl_find_object;
/* glibc's (since 2.35): without locks, safe in signal handlers. */
typedef int (*go_runtime_finder)(void *address, struct dl_find_object *result);

/* Sets libc's function; NULL if there is none: then Go's code cannot be recognised. */
void go_runtime_prepare(go_runtime_finder finder);
bool go_runtime_can_tell(void);
/* True if this code belongs to an object that contains Go's runtime. Signal-safe. */
bool go_runtime_owns(const void *code);

#endif
