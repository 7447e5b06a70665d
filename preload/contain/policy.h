/* SPDX-License-Identifier: MIT */
/*
 * Safe file: may this thread be ended instead of the process? A plain function of facts, without side
 * effects: its arguments are all it knows, and every answer has a reason for people.
 */
#ifndef CRUMPLE_PRELOAD_CONTAIN_POLICY_H
#define CRUMPLE_PRELOAD_CONTAIN_POLICY_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy_rules.h"
#include "state/cause.h"

/* All facts that need no stack walk. */
struct safe_policy_facts {
    const struct safe_rule *rule; /* the first that matches; NULL: none */
    int signo;
    int code;         /* si_code */
    uint64_t address; /* si_addr */
    uint64_t sp, stack_low,
        stack_high; /* interrupted stack pointer; the thread's own stack: high is its frame */
    enum safe_cause cause;
    bool was_handled; /* a handler of the program's own has had this fault */
    bool wrapped;     /* made by pthread_create under crumple, inside its recovery frame */
    bool ready;       /* the unwinder was loaded beforehand, keeper and tables are there */
    bool is_guard;    /* only a stretch of the thread's work is left (crumple_guard); the thread goes on */
    bool is_std_thread;
    bool is_named; /* the rule's pattern is more than wildcards: it names this routine or thread */
    bool in_exit, in_dlopen, in_fork; /* a thread is inside it */
    bool has_go, has_interpreter; /* Go runtime; libpython, libruby, libperl, libjvm, libnode, libmono... */
    uint32_t locks_held, read_locks_held; /* read_locks_held of locks_held are shared rwlocks */
    bool file_held;                       /* a FILE locked by this thread (flockfile, stdio) */
    uint8_t role;                         /* SAFE_ROLE_* */
    uint16_t inbound, polled;
    bool is_server;         /* the process has accepted a connection */
    bool is_background;     /* older than any connection of a server that has some, or listens for them */
    bool owes_wakeup;       /* others wait, or may wait, for this thread to signal them */
    bool has_shared;        /* its connection is used by other threads too */
    uint32_t sockets_owned; /* would be shut down */
    uint32_t sockets_leaked, sockets_most; /* so far, and the budget */
    uint32_t ended, ended_most;            /* threads so far, and the limit of the process's life; 0: none */
    bool routine_open;                     /* the routine's breaker is open, or half-open with no room */
    uint32_t restarts_recent, restarts_most; /* in the window; a restart beyond is refused (die) or parks */
};

struct safe_policy_decision {
    uint8_t action;     /* enum safe_action: CRASH means refused (or never asked for) */
    bool park;          /* RESTART: not yet; the routine stays off until its breaker half-opens */
    bool release_reads; /* shared rwlocks are to be released first: nothing was written under them */
    bool asked;         /* a rule other than 'crash' matched: report a refusal */
    const char *reason; /* a constant: short, lower case, for people and as a label of a counter */
};

/** Decides by the process's own facts; the writer's verdict on the stack comes afterwards. */
struct safe_policy_decision safe_policy_decide(const struct safe_policy_facts *facts);

#endif
