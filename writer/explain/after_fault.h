/* SPDX-License-Identifier: MIT */
/*
 * The faulting thread is in the handler of a fault: crash handlers of servers and runtimes print a report of
 * their own, then abort or exit; or they fault themselves, or hang until somebody ends the process. The fault
 * below the handler is the real cause.
 */
#ifndef CRUMPLE_WRITER_EXPLAIN_AFTER_FAULT_H
#define CRUMPLE_WRITER_EXPLAIN_AFTER_FAULT_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/user.h>

#include "explain/signature.h"

struct crash;

struct after_fault {
    const char *name; /* "SIGSEGV"; constant */
    siginfo_t signal; /* as the handler got it; without SA_SIGINFO what the processor's exception says */
    struct user_regs_struct registers; /* of the interrupted code, the general ones */
    const char *access;                /* read, write, execute, or NULL; constant */
    bool has_address;
    uint64_t address;
    size_t frame; /* of the faulting thread's stack: the signal frame of the first fault, the outermost */
    size_t depth; /* so many signal frames it has from there on */
};

/** Returns true if the faulting thread is in the handler of a fault; with_abort: or of its abort(). Reads the
 * signal frames in the core; an unreadable one counts as none. */
bool after_fault_find(const struct crash *crash, bool with_abort, struct after_fault *ret_fault);

/** Finds the signal from another process in whose handler the faulting thread is: the innermost one. Returns whether
 * there is one. */
bool after_fault_find_sent(const struct crash *crash, siginfo_t *ret_signal);

/** The interrupted frame among those of the faulting thread's stack, inlined ones included; or count. */
size_t after_fault_first(const struct after_fault *fault, const struct sig_frame *frames, size_t count);

/**
 * A fault, a signal or a limit (CRUMPLE_HANDLER) that ended the process while such a handler ran: makes that fault what the crash
 * is about (notes.signal, notes.access), and keeps the end in crash->handler.
 */
void after_fault_put_first(struct crash *crash, const struct after_fault *fault);

/** Adds the end in words to the signal's description; function: where the handler was, or NULL. */
void after_fault_describe_end(struct crash *crash, const struct sig_frame *function);

#endif
