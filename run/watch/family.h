/* SPDX-License-Identifier: MIT */
/* The processes below the server: a shell that stands before it, workers of a master. */
#ifndef CRUMPLE_RUN_WATCH_FAMILY_H
#define CRUMPLE_RUN_WATCH_FAMILY_H

#include <stddef.h>
#include <sys/types.h>

/**
 * The process and its descendants as /proc has them at this moment, the process first, then in the order of their numbers.
 * Returns how many were stored, at most 'most'; without /proc the process alone.
 */
size_t family_find(pid_t pid, pid_t *ret, size_t most);

#endif
