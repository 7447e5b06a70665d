/* SPDX-License-Identifier: MIT */
/* The control groups of the process: memory and tasks against their limits. Both versions. */
#ifndef CRUMPLE_WRITER_CONTEXT_CGROUP_H
#define CRUMPLE_WRITER_CONTEXT_CGROUP_H

#include "crash/crash.h"

/**
 * Reads what the groups of the process hold, by its /proc/PID/cgroup, below root ("/", or that of a test). A container sees
 * its own group in the place of the root's. What cannot be read stays as it is.
 */
void cgroup_read(const char *root, struct core_span text, struct vitals_cgroup *ret);

#endif
