/* SPDX-License-Identifier: MIT */
/*
 * Remembered verdicts by stack, so that a storm of the same fault is cheap. Two stacks count as equal if
 * their program counter and all words that point into code are equal, in order; the return addresses are
 * among these words. In the faulting thread; guarded by the claim.
 */
#ifndef CRUMPLE_PRELOAD_CONTAIN_VERDICTS_H
#define CRUMPLE_PRELOAD_CONTAIN_VERDICTS_H

#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

struct safe_verdict {
    uint64_t hash;
    bool jump, must_unwind, called;
    uint32_t count, bundles; /* of the period: faults, bundles among them */
    uint64_t period_ns;      /* when the period began, CLOCK_MONOTONIC */
    char signature[512];
};

/**
 * Returns the hash of the stack from the interrupted stack pointer to 'high' (the recovery frame); 0 if the
 * stack is too deep, or the ranges of code are unknown.
 */
uint64_t safe_verdicts_hash(const ucontext_t *uc, uint64_t high, unsigned salt);

/** Returns the verdict for this hash, or NULL. Loading or unloading an object clears all verdicts. */
struct safe_verdict *safe_verdicts_find(uint64_t hash);
/** Returns the entry for a new verdict; may replace another one. */
struct safe_verdict *safe_verdicts_add(uint64_t hash);

#endif
