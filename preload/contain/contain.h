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
#ifndef PRELOAD_CONTAIN_CONTAIN_H
#define PRELOAD_CONTAIN_CONTAIN_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

/* What becomes of a fault. */
enum safe_outcome {
    SAFE_OUTCOME_DIES,    /* the process; safe_recovery says why, where a rule asked for containment */
    SAFE_OUTCOME_UNWINDS, /* the thread ends by unwinding from where it is */
    SAFE_OUTCOME_JUMPS    /* the thread goes to its recovery frame, and ends or begins again */
};

/**
 * Decides about the fault in safe_fault, with the claim, and does all that goes with the decision but the
 * edit of the registers: that is the handler's (fault/resume.h).
 */
enum safe_outcome safe_recover_fault(const ucontext_t *uc);

/*
 * The same for a C++ exception that nobody catches, in the search phase: nothing is edited. Takes and gives
 * back the claim itself. True: the exception is to be caught at the recovery frame.
 */
bool safe_recover_exception(ucontext_t *uc, const char *type, const char *what);

#endif
