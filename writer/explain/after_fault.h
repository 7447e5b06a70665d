/* SPDX-License-Identifier: MIT */
/*
 * A program that ends itself in the handler of a fault: crash handlers of servers and runtimes print a report
 * of their own, then abort or exit. The fault below the handler is the real cause.
 */
#ifndef CRUMPLE_WRITER_EXPLAIN_AFTER_FAULT_H
#define CRUMPLE_WRITER_EXPLAIN_AFTER_FAULT_H

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
 * Returns true if the faulting thread is in the handler of a fault; frames are those of its stack, including
 * inlined ones. Reads the signal frame in the core; an unreadable one counts as none.
 */
bool after_fault_find(const struct crash *crash, const struct sig_frame *frames, size_t count,
                      struct after_fault *ret_fault);

#endif
