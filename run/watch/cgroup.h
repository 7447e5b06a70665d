/* SPDX-License-Identifier: MIT */
/*
 * What the kernel's memory controller says of this process's group: how often it has killed for want of memory, how much
 * is used, and how much is allowed. Of version 2 (memory.events, memory.current ...) and version 1 (memory.oom_control,
 * memory.usage_in_bytes ...): Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/memory.rst.
 */
#ifndef CRUMPLE_RUN_WATCH_CGROUP_H
#define CRUMPLE_RUN_WATCH_CGROUP_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#define CGROUP_UNLIMITED UINT64_MAX

struct cgroup {
    int version;           /* 1, 2, or 0: no memory controller is seen */
    char folder[PATH_MAX]; /* of the group */
};

struct cgroup_memory {
    uint64_t oom_kills; /* since the group exists, of processes in it or below */
    uint64_t used, peak,
        limit;      /* bytes; peak 0: unknown; limit CGROUP_UNLIMITED: none. The smallest limit of the group
                                       and those above it that are seen */
    bool kills_all; /* memory.oom.group: all of the group die together */
};

/**
 * Finds the group of the process whose /proc/PID/cgroup has this text, below root ("/" but for tests). A container usually sees
 * its own group as the root of /sys/fs/cgroup: then the path of the text, which may be the host's, leads nowhere, and
 * the root itself counts.
 */
void cgroup_find(const char *root, const char *text, struct cgroup *ret);

/** Reads the group's counters. False: there are none. */
bool cgroup_read(const struct cgroup *group, struct cgroup_memory *ret);

#endif
