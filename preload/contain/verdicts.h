/* SPDX-License-Identifier: MIT */
/*
 * Verdicts by stack: in a storm the same fault comes again and again, and is to cost little. Two stacks are
 * taken for equal when their program counter and every word that points into code, in order, are equal: the
 * return addresses are among them. Guarded by the claim.
 */
#ifndef PRELOAD_CONTAIN_VERDICTS_H
#define PRELOAD_CONTAIN_VERDICTS_H

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

/*
 * The hash of the stack from the interrupted stack pointer to 'high' (the recovery frame), or 0 where it
 * cannot be told: too deep, or the ranges of code are not known.
 */
uint64_t safe_verdicts_hash(const ucontext_t *uc, uint64_t high, unsigned salt);

/* The verdict known for this hash, or NULL. All are forgotten when objects are loaded or unloaded. */
struct safe_verdict *safe_verdicts_find(uint64_t hash);
/* A place for a new one; may take that of another. */
struct safe_verdict *safe_verdicts_add(uint64_t hash);

#endif
