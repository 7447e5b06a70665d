/* SPDX-License-Identifier: MIT */
/*
 * Ending a thread instead of the process. Everything here is guarded by the claim (state/claim.h).
 *
 *   faulting thread                       keeper (contain/keeper.h)
 *   facts -> safe_policy_decide
 *   allowed: stack hash known?  no  --->  mini core of this thread, writer, verdict, bundle
 *                              yes  --->  a counted line, or a bundle while the budget lasts
 *   allowed: breakers, sockets shut,
 *   one line on stderr, context edited    watches until the kernel no longer knows the thread
 *   claim given back, handler returns
 */
#ifndef CRUMPLE_PRELOAD_CONTAIN_CONTAIN_H
#define CRUMPLE_PRELOAD_CONTAIN_CONTAIN_H

#include <signal.h>
#include <stdbool.h>
#include <ucontext.h>

/* The outcome of a fault. */
enum safe_outcome {
    SAFE_OUTCOME_DIES,    /* the process dies; safe_recovery says why, if a rule asked for containment */
    SAFE_OUTCOME_UNWINDS, /* the thread ends by unwinding from the fault */
    SAFE_OUTCOME_JUMPS    /* the thread goes to its recovery frame, and ends or starts again */
};

/**
 * Decides about the fault in safe_fault and carries the decision out, except for the edit of the registers,
 * which is the handler's job (fault/resume.h). In the faulting thread, with the claim.
 */
enum safe_outcome safe_recover_fault(const ucontext_t *uc);

/**
 * The same for an uncaught C++ exception, in the search phase; no registers are edited. Takes the claim and
 * gives it back. True: the recovery frame must catch the exception. In ordinary context.
 */
bool safe_recover_exception(ucontext_t *uc, const char *type, const char *what);

#endif
