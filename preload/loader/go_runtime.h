/* SPDX-License-Identifier: MIT */
/*
 * Go's runtime installs its handlers by libc's sigaction (runtime/cgo), but asks the kernel itself for the
 * alternate stack of a thread, takes the one that it finds for its own, and ends the process when a handler
 * runs elsewhere (runtime/signal_unix.go, adjustSignalStack). So its handlers are left where the kernel calls
 * them.
 */
#ifndef PRELOAD_LOADER_GO_RUNTIME_H
#define PRELOAD_LOADER_GO_RUNTIME_H

#include <stdbool.h>

struct dl_find_object;
/* glibc's (since 2.35): without locks, safe in signal handlers. */
typedef int (*go_runtime_finder)(void *address, struct dl_find_object *result);

/* NULL where libc has none: then nobody can be told from Go. */
void go_runtime_prepare(go_runtime_finder finder);
bool go_runtime_can_tell(void);
/* Whether this code belongs to an object that holds Go's runtime. Signal-safe. */
bool go_runtime_owns(const void *code);

#endif
