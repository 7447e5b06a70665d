/* SPDX-License-Identifier: MIT */
/* The kernel's side of a process: control groups, /proc, PID 1. */
#ifndef CRUMPLE_CLI_FACTS_SURROUNDINGS_H
#define CRUMPLE_CLI_FACTS_SURROUNDINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "facts/process.h"
#include "facts/verdict.h"

struct surroundings {
    bool has_pids;                     /* a limit of processes is known */
    uint64_t pids_limit, pids_now;     /* of the control group that is nearest to its limit */
    bool has_memory;                   /* a limit of memory is known */
    uint64_t memory_limit, memory_now; /* bytes */
    bool kills_all;                    /* memory.oom.group */
    bool hides_processes;              /* /proc is mounted with hidepid= or subset=pid */
    bool has_proc;                     /* a /proc is mounted in the process's root */
    char first[PROCESS_NAME_BYTES];    /* the name of PID 1 of this namespace; "" not known */
};

/** Reads what concerns the process below root. */
void surroundings_read(int root, const struct process_facts *process, struct surroundings *ret);

/** is_running: the process itself; otherwise the program will be its child. */
void surroundings_judge(const struct surroundings *surroundings, const struct process_facts *process,
                        bool is_running, struct verdicts *ret);

#endif
