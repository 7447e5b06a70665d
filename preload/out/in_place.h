/* SPDX-License-Identifier: MIT */
/*
 * Where no process can be had for the writer (RLIMIT_NPROC is 0: haproxy), the dying process itself becomes the writer
 * (decision 50). It makes the bundle from the core on disk and then dies of the original signal.
 */
#ifndef CRUMPLE_PRELOAD_OUT_IN_PLACE_H
#define CRUMPLE_PRELOAD_OUT_IN_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "out/writer.h"

struct safe_in_place_facts {
    int pid;
    bool is_exit;            /* libc goes on afterwards */
    int seccomp, tracer;     /* of this thread, /proc/PID/status: 0, or -1 if unknown */
    bool is_dumpable;        /* for the kernel */
    uint64_t core_limit;     /* RLIMIT_CORE */
    char core_pattern;       /* its first character; '\0': unknown */
    uint64_t memory_limit;   /* the lower of the hard RLIMIT_AS and RLIMIT_DATA */
    uint64_t stack_limit;    /* the hard RLIMIT_STACK */
    bool has_time_limit;     /* a hard RLIMIT_CPU or RLIMIT_RTTIME: the kernel sends SIGKILL there */
    bool has_willing_writer; /* its file says that it dies of a given signal */
};

/** Whether the wait status stays what it would be, for all that is known. A plain function of the facts. */
bool safe_in_place_allowed(const struct safe_in_place_facts *facts);

/** True if this ELF file holds the writer's note (writer/die_of.h). fd is at any offset. */
bool safe_in_place_is_willing(int fd);

/** Becomes the writer of the core, in the faulting thread. Returns only if that may not or cannot be. */
void safe_in_place_run(struct safe_writer *job, uint64_t deadline_ns);

#endif
