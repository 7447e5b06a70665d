/* SPDX-License-Identifier: MIT */
/* Safe file: runs in signal handlers. No state, no calls but its own. */
#include "contain/policy.h"

#include "state/thread.h"

#define NIL_BYTES        UINT64_C(65536) /* an address below is NULL plus a member's offset */
#define STACK_LEAST      UINT64_C(16384) /* what the ending of a thread needs of its own stack */
#define POLLED_MAX       4               /* a proxy's handler polls its client, its server and little more */
#define INBOUND_MAX      1               /* a thread per connection serves one */
#define SI_KERNEL_CODE   0x80
#define SEGV_MAPERR_CODE 1
#define SEGV_ACCERR_CODE 2
#define SEGV_PKUERR_CODE 4 /* a protection key: an address like any other that may not be touched */
#define BUS_ADRALN_CODE  1
#define BUS_ADRERR_CODE  2

/* Every function below returns NULL, or the reason why not. They are asked in the order of
 * safe_policy_decide(): first who it is, then how the process does, what happened, what would be left behind.
 */

static const char *why_not_this_thread(const struct safe_policy_facts *f)
{
    if (!f->wrapped)
        return "not a thread of pthread_create";
    if (!f->ready)
        return "not ready";
    return NULL;
}

static const char *why_not_in_this_process(const struct safe_policy_facts *f)
{
    if (f->in_exit)
        return "during exit";
    if (f->in_dlopen)
        return "during dlopen";
    if (f->in_fork)
        return "during fork";
    if (f->has_go)
        return "go runtime";
    if (f->has_interpreter)
        return "interpreter with a global lock";
    return NULL;
}

/*
 * A non-canonical address comes as SI_KERNEL with an address of 0 (a general protection fault does not say
 * where): it is wild, not nil. The rest of the kernel's codes (shadow stack, memory tagging, a broken memory
 * cell) mean tampering or a failing machine, not a bad request.
 */
static const char *why_not_this_address(const struct safe_policy_facts *f)
{
    bool is_plain;
    if (f->signo == SIGSEGV)
        is_plain = f->code == SEGV_MAPERR_CODE || f->code == SEGV_ACCERR_CODE || f->code == SEGV_PKUERR_CODE;
    else
        is_plain = f->code == BUS_ADRALN_CODE || f->code == BUS_ADRERR_CODE;
    if (!is_plain && f->code != SI_KERNEL_CODE)
        return "signal is never contained";
    bool is_nil = is_plain && f->address < NIL_BYTES;
    return is_nil || f->rule->wide ? NULL : "wild address";
}

/* A handler that gave the fault back may have begun to end the process: by a signal to all of it, by a flag. */
static const char *why_not_this_fault(const struct safe_policy_facts *f)
{
    if (f->was_handled)
        return "the program's own handler has had it";
    switch (f->cause) {
    case SAFE_CAUSE_ABORT:
    case SAFE_CAUSE_EXCEPTION:
        return NULL;
    case SAFE_CAUSE_SENT:
        return "sent by kill";
    case SAFE_CAUSE_LIBC:
        return "heap corruption or a check of libc";
    case SAFE_CAUSE_FAULT:
        break;
    }
    if (f->code <= 0)
        return "sent by kill";
    switch (f->signo) {
    case SIGSEGV:
    case SIGBUS:
        return why_not_this_address(f);
    case SIGFPE:
        return NULL;
    case SIGILL:
        return f->rule->wide ? NULL : "illegal instruction";
    default:
        return "signal is never contained";
    }
}

static bool is_near(uint64_t a, uint64_t b)
{
    return (a > b ? a - b : b - a) < NIL_BYTES;
}

/*
 * The ending runs on the thread's own stack. Asked before the fault's class, so that an overflow, whose
 * address is as wild as any, is called by its name and is not let through by 'wide': its frames are not to be
 * unwound.
 */
static const char *why_not_on_this_stack(const struct safe_policy_facts *f)
{
    bool by_address = f->cause == SAFE_CAUSE_FAULT && (f->signo == SIGSEGV || f->signo == SIGBUS);
    if (f->sp < f->stack_low + STACK_LEAST && by_address && is_near(f->address, f->sp))
        return "stack overflow";
    if (f->sp < f->stack_low || f->sp >= f->stack_high)
        return "not on its own stack";
    if (f->sp < f->stack_low + STACK_LEAST)
        return "stack nearly used up";
    return NULL;
}

/*
 * A lock that is never released stops the others; one that is released without the end of what it guards shows
 * them half a change. A reader changes nothing, so after the fault of an instruction its shared locks can be
 * given back. After abort() or an exception they are not: the program itself found that what it read is
 * wrong, and a routine that runs again might take them twice.
 */
static const char *why_not_with_these_locks(const struct safe_policy_facts *f, bool *ret_release_reads)
{
    if (f->file_held)
        return "holds a locked FILE";
    if (!f->locks_held)
        return NULL;
    if (!f->is_guard && f->read_locks_held == f->locks_held && f->cause == SAFE_CAUSE_FAULT &&
        f->rule->action == SAFE_ACTION_CONTAIN) {
        *ret_release_reads = true;
        return NULL;
    }
    return "a lock is held";
}

/* Others wait for the work of an event loop and of a pool's worker: ended, they leave a server that is up and
 * serves nobody. To run again is what both are for. */
static const char *why_not_in_this_role(const struct safe_policy_facts *f)
{
    if (f->rule->action != SAFE_ACTION_CONTAIN)
        return NULL;
    if (f->is_guard) /* the thread stays what it is for the others; what the stretch owes them is not given */
        return f->owes_wakeup ? "a wakeup is owed" : NULL;
    if (f->role & SAFE_ROLE_ACCEPTS || f->polled > POLLED_MAX)
        return "event loop";
    if (f->role & (SAFE_ROLE_EPOLLS | SAFE_ROLE_FED) || f->inbound > INBOUND_MAX)
        return "pool worker";
    if (f->is_background)
        return "older than any connection";
    if (f->owes_wakeup)
        return "a wakeup is owed";
    if (f->has_shared && !f->sockets_owned)
        return "its connection is not its own";
    /* It works for other threads' connections, has the next one at hand, untouched, or is about to count itself out. */
    if (f->is_server && !f->sockets_owned)
        return "it serves no connection";
    return NULL;
}

/* A std::thread's routine frees its argument; any other may, unless the operator has named it. */
static const char *why_not_again(const struct safe_policy_facts *f)
{
    if (f->rule->action != SAFE_ACTION_RESTART)
        return NULL;
    if (f->is_guard)
        return "restart of a guarded function";
    if (f->is_std_thread)
        return "restart of a std::thread";
    if (!f->is_named)
        return "restart of a routine the policy does not name";
    return NULL;
}

static const char *why_not_any_more(const struct safe_policy_facts *f, bool *ret_park)
{
    bool is_restart = f->rule->action == SAFE_ACTION_RESTART;
    bool too_often = is_restart && f->restarts_recent >= f->restarts_most;
    if (f->ended_most && f->ended >= f->ended_most && !is_restart)
        return "contained too often";
    if (f->sockets_leaked + (uint64_t)f->sockets_owned > f->sockets_most)
        return "leaked sockets at their limit";
    if (is_restart && f->rule->after == SAFE_AFTER_PARK) {
        *ret_park = f->routine_open || too_often;
        return NULL;
    }
    if (too_often)
        return "restarted too often";
    return f->routine_open ? "breaker open" : NULL;
}

struct safe_policy_decision safe_policy_decide(const struct safe_policy_facts *f)
{
    struct safe_policy_decision d = {SAFE_ACTION_CRASH, false, false, false, NULL};
    bool release_reads = false, park = false;
    const char *why = NULL;

    if (!f->rule)
        why = "no rule names it";
    else if (f->rule->action == SAFE_ACTION_CRASH)
        why = "policy says crash";
    d.asked = !why;

    why = why ? why : why_not_this_thread(f);
    why = why ? why : why_not_in_this_process(f);
    why = why ? why : why_not_on_this_stack(f);
    why = why ? why : why_not_this_fault(f);
    why = why ? why : why_not_with_these_locks(f, &release_reads);
    why = why ? why : why_not_in_this_role(f);
    why = why ? why : why_not_again(f);
    why = why ? why : why_not_any_more(f, &park);
    if (why) {
        d.reason = why;
        return d;
    }
    d.action = f->rule->action;
    d.park = park;
    d.release_reads = release_reads;
    d.reason = d.action == SAFE_ACTION_CONTAIN ? "contain" : park ? "park" : "restart";
    return d;
}
