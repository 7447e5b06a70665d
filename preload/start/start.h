/* SPDX-License-Identifier: MIT */
#ifndef PRELOAD_START_START_H
#define PRELOAD_START_START_H

#include "calls/disposition.h"
#include "loader/go_runtime.h"

/* What the start needs of libc's own functions, past our hooks. */
struct start_libc {
    disposition_sigaction sigaction;
    void *(*find)(const char *symbol); /* address of a data symbol of libc, or NULL */
    go_runtime_finder find_object;     /* NULL where libc has none */
};

/*
 * Sets crumple up in a new process: configuration, crash directory, alternate stack, handlers. If that fails
 * it prints one line and disables itself: crumple_config stays NULL, and every hook calls libc at once. In
 * the constructor.
 */
void start_up(const struct start_libc *libc, char **argv, char **envp);

#endif
