/* SPDX-License-Identifier: MIT */
/*
 * An end that the program itself brings about in the handler of a fault: crash handlers of servers and
 * runtimes print what they know, then abort or exit. What is wrong is the fault below the handler.
 */
#ifndef WRITER_EXPLAIN_AFTER_FAULT_H
#define WRITER_EXPLAIN_AFTER_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "explain/signature.h"

struct crash;

struct after_fault {
    const char *name; /* "SIGSEGV"; constant */
    bool has_address;
    uint64_t address;
    size_t first; /* of the frames that were given: the one that was interrupted */
};

/**
 * Whether the faulting thread is in the handler of a fault; frames are those of its stack, with the inlined
 * ones. Reads the signal frame in the core: what cannot be read is none.
 */
bool after_fault_find(const struct crash *crash, const struct sig_frame *frames, size_t count,
                      struct after_fault *ret_fault);

#endif
