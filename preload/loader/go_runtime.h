/* SPDX-License-Identifier: MIT */
/*
 * Go's runtime installs its handlers by libc's sigaction (runtime/cgo), but asks the kernel for a thread's
 * alternate stack, takes the one it finds for its own, and ends the process if a handler runs elsewhere
 * (runtime/signal_unix.go, adjustSignalStack). Therefore the kernel calls Go's handlers directly.
 */
#ifndef CRUMPLE_PRELOAD_LOADER_GO_RUNTIME_H
#define CRUMPLE_PRELOAD_LOADER_GO_RUNTIME_H

#include <stdbool.h>

/** True if this code belongs to an object that contains Go's runtime. Signal-safe. */
bool go_runtime_owns(const void *code);

/** The same of the program that runs, with any libc; phdr: its program headers (AT_PHDR), NULL: not known. */
bool go_runtime_is_program(const void *phdr);

#endif
