/* SPDX-License-Identifier: MIT */
#ifndef CRUMPLE_PRELOAD_START_START_H
#define CRUMPLE_PRELOAD_START_START_H

/**
 * Sets crumple up in a new process: configuration, crash directory, alternate stack, handlers. If that fails
 * it prints one line and disables itself: crumple_config stays NULL, and every hook calls libc at once. In
 * the constructor.
 */
void start_up(char **argv, char **envp);

#endif
