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

#include "contain/policy.h"
#include "track/sockets.h"

/* What is being decided, for the notes of the core, the events and the line on stderr. */
struct safe_recovery {
    bool asked;         /* CRUMPLE_RECOVER names this thread: the answer is told, whichever way it goes */
    uint8_t action;     /* enum safe_action; CRASH: refused */
    uint8_t cause;      /* enum safe_cause */
    bool jump;          /* the writer's verdict: no unwinding */
    bool must_unwind;   /* the writer's verdict: never a jump over this stack, whatever comes */
    bool called;        /* the program counter holds no code: a call of a wrong address */
    bool suppressed;    /* beyond the budget of bundles: only a counted line */
    bool told;          /* the refusal has been said: of an exception, before its abort */
    const char *reason; /* of a refusal */
    char said[96];      /* where the writer's reason lies */
    const struct safe_rule *rule;
    const char *routine; /* its first name, or "" */
    struct safe_peer peer;
    uint64_t frame; /* of the recovery frame */
    const struct safe_thread *record;
    uint32_t locks_held, sockets;
    uint32_t serial;          /* of the thread: whose exception it is */
    uint32_t signature_count; /* of this signature within the period, this one included */
    char exception_type[256], exception_what[256];
    char signature[512];
    char title[400];  /* the writer's; "": it was not asked */
    char bundle[160]; /* file name, "" for none */
    char dir[256];    /* where it lies, for people */
};

extern struct safe_recovery safe_recovery;

/*
 * Decides about the fault in safe_fault, with the claim. True: *uc was edited, the handler is to return, and
 * the thread will end (or begin again). False: the process dies; safe_recovery says why, if anybody asked.
 */
bool safe_recover_fault(ucontext_t *uc);

/*
 * The same for a C++ exception that nobody catches, in the search phase: nothing is edited. Takes and gives
 * back the claim itself. True: the exception is to be caught at the recovery frame.
 */
bool safe_recover_exception(ucontext_t *uc, const char *type, const char *what);

/* It is not to be contained, and why. */
void safe_recover_refuse(const char *reason);

/* Flags the hooks set while it is not safe to end a thread. */
extern _Atomic int safe_recover_exiting, safe_recover_forking;
/* The tables are there and the unwinder is loaded. */
extern _Atomic bool safe_recover_ready;
/* An interpreter with a global lock, which no table of ours sees, is loaded. */
extern _Atomic bool safe_recover_interpreter;

/* Executable ranges of the loaded objects, for the stack hash; written by ordinary code, generation odd
 * meanwhile. */
#define SAFE_CODE_RANGES 128
struct safe_code {
    _Atomic uint32_t generation;
    uint32_t count;
    uint64_t fingerprint; /* of the list of objects they were read from */
    struct {
        uint64_t start, end;
    } range[SAFE_CODE_RANGES];
};
extern struct safe_code safe_code;
/* Inside libc, ld.so or the C++ runtime: ranges noted once, when the unwinder was loaded. */
#define SAFE_RUNTIMES 4
extern struct safe_code_range {
    uint64_t start, end;
} safe_runtime[SAFE_RUNTIMES];
bool safe_code_is_runtime(uint64_t pc);

#endif
