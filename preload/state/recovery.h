/* SPDX-License-Identifier: MIT */
/* The data of containment: about the fault under decision, and about the whole process. */
#ifndef CRUMPLE_PRELOAD_STATE_RECOVERY_H
#define CRUMPLE_PRELOAD_STATE_RECOVERY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/peer_address.h"
#include "policy_rules.h"
#include "state/cause.h"
#include "state/thread.h"

/* The decision, for the notes of the core, the events and the line on stderr. */
struct safe_recovery {
    bool asked;         /* CRUMPLE_RECOVER names this thread: report the decision, also a refusal */
    uint8_t action;     /* enum safe_action; CRASH: refused */
    uint8_t cause;      /* enum safe_cause */
    bool jump;          /* the writer's verdict: no unwinding */
    bool must_unwind;   /* the writer's verdict: no jump may ever skip this stack */
    bool called;        /* the program counter points to memory without code: a call of a wrong address */
    bool suppressed;    /* beyond the limit of bundles: only a counted line */
    bool is_guard;      /* the thread goes on behind its crumple_guard() */
    bool parks;         /* the action is a restart, of a routine that has had too many */
    bool told;          /* the refusal has already been reported: for an exception, before its abort */
    const char *reason; /* of a refusal */
    const struct safe_rule *rule;
    const char *routine; /* its first name, or "" */
    struct safe_peer peer;
    uint64_t frame; /* of the recovery frame */
    const struct safe_thread *record;
    uint64_t lock; /* address of the one that was taken last, 0: none */
    uint32_t locks_held, sockets;
    uint32_t serial;          /* of the thread that threw the exception */
    uint32_t ended;           /* threads that were ended in the process's life, without those that restart */
    uint32_t signature_count; /* of this signature within the period, this one included */
    char exception_type[256], exception_what[256];
    char signature[512];
    char title[400];  /* the writer's; "" if there was no writer */
    char bundle[160]; /* file name, "" for none */
    char dir[256];    /* its directory, for messages */
};

/*
 * Writer: the thread that decides, with the claim (contain/contain.c; facts.c fills what contain.c hands it).
 * Readers: the same thread's handler, keeper and helper while that thread waits for them. Lifetime: until the
 * next decision.
 */
extern struct safe_recovery safe_recovery;

/* Set while it is not safe to end a thread. Writers: end/frame.c at an exit, the hooks around fork. */
extern _Atomic int safe_recover_exiting, safe_recover_forking;
/* The tables are ready and the unwinder is loaded. Writer: the first pthread_create (end/frame.c). */
extern _Atomic bool safe_recover_ready;
/* An interpreter is loaded; crumple does not see its global lock. Writer: end/frame.c, when the
 * list of loaded objects has changed. */
extern _Atomic bool safe_recover_interpreter;

/* Whether it has begun to run: a word with a bit of the mask set says so. Same writer. While 'is_certain' is false
 * nothing is known but that it is loaded. */
#define SAFE_SIGNS_MAX 4
struct safe_interpreter_signs {
    _Atomic bool is_certain;
    uint32_t count;
    struct {
        uint64_t address, mask;
    } sign[SAFE_SIGNS_MAX];
};
extern struct safe_interpreter_signs safe_interpreter_signs;

#endif
