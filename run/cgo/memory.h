/* SPDX-License-Identifier: MIT */
/* What is read of a process that stands still, as another process may: registers and stack of the C code at fault. */
#ifndef CRUMPLE_RUN_CGO_MEMORY_H
#define CRUMPLE_RUN_CGO_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

#include "cgo/lines.h"

#define CGO_STACK_BYTES (256 << 10) /* from the stack pointer on */
#define CGO_MODULES_MAX 256
#define CGO_HEAD_BYTES  4096 /* of each module: its ELF header, program headers and build-id */

struct cgo_part {
    uint64_t address;
    size_t size;
    uint8_t *bytes; /* within the memory of cgo_memory */
};

/* All zero is none. */
struct cgo_memory {
    pid_t pid, tid; /* of the thread at fault */
    struct user_regs_struct registers;
    char *maps; /* owned: /proc/PID/maps */
    size_t maps_size;
    uint8_t auxv[512];
    size_t auxv_size;
    uint8_t *bytes; /* owned */
    struct cgo_part
        parts[CGO_MODULES_MAX + 1]; /* by address, without overlap: the stack, and heads of modules */
    size_t part_count;
};

/**
 * Finds the thread of the process that has met the fault, and reads what its stack needs to be walked. Takes until deadline_us
 * (CLOCK_MONOTONIC) at most. Returns 0 or a negative errno: -ESRCH: no thread has met it.
 */
int cgo_memory_read(pid_t pid, const struct cgo_fault *fault, int64_t deadline_us, struct cgo_memory *ret);

/**
 * What is left to say where the memory could not be read: the place of the fault, by maps that are some seconds old, and by the
 * modules' files. Returns 0 or -ENOMEM.
 */
int cgo_memory_of_files(pid_t pid, uint64_t pc, const char *maps, size_t maps_size, struct cgo_memory *ret);

/** Reads /proc/PID/maps as far as there is room, whole lines of it. Returns its size; 0: it cannot be read. */
size_t cgo_memory_maps(pid_t pid, char *ret, size_t size);

void cgo_memory_release(struct cgo_memory *memory);

/* A line of /proc/PID/maps that is of a file. */
struct cgo_mapping {
    uint64_t start, end, offset;
    const char *path; /* not ended by NUL */
    size_t path_size;
};

/** The next mapping of a file in maps, from *at on, which moves on. False: there is none. */
bool cgo_maps_next(const char **at, const char *end, struct cgo_mapping *ret);

#endif
