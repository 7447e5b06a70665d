/* SPDX-License-Identifier: MIT */
/* How an exit of the process is seen after all that the program has registered. Ordinary code. */
#ifndef CRUMPLE_PRELOAD_LIBC_CALLS_EXIT_STATUS_H
#define CRUMPLE_PRELOAD_LIBC_CALLS_EXIT_STATUS_H

#include <stdbool.h>

/** Has the one called at exit(), with the status, the other at quick_exit(), each after the program's own. False: libc
 * calls the first one never, as it tells nobody the status. Once, in the constructor. */
bool libc_exit_watch(void (*at_exit)(int status, void *unused), void (*at_quick_exit)(void *unused));

#endif
