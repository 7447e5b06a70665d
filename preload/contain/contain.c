/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the faulting thread, with the claim. See contain/contain.h. */
#include "contain/contain.h"

#include <sys/prctl.h>

#include "state/config.h"
#include "track/code_ranges.h"
#include "state/recovery.h"
#include "state/thread.h"
#include "state/claim.h"
#include "contain/escalate.h"
#include "contain/facts.h"
#include "contain/keeper.h"
#include "track/leaked_sockets.h"
#include "track/peers.h"
#include "track/routine_runs.h"
#include "track/sockets.h"
#include "out/say.h"
#include "libc/data/stdio.h"
#include "state/fault.h"
#include "base/text.h"
#include "contain/verdicts.h"
#include "contain/watch.h"

#define SECOND_FAULT "a second fault while the thread was being ended"

/* It is not to be contained, and why. */
static void refuse(const char *reason)
{
    safe_recovery.action = SAFE_ACTION_CRASH;
    safe_recovery.reason = reason;
}

/* Deciding may take half of what a death may be delayed by: the capture of the death needs the rest. */
static uint64_t decision_deadline(void)
{
    return safe_fault.mono_ns + crumple_config->timeout_ns / 2;
}

/* How many of this signature there were in the period, this one included; begins a new period. */
static void count_signature(struct safe_verdict *v)
{
    if (!v->period_ns || safe_fault.mono_ns - v->period_ns > crumple_config->keep_signature_ns) {
        v->period_ns = safe_fault.mono_ns;
        v->count = v->bundles = 0;
    }
    v->count++;
}

/* True: the keeper has done it, and nothing it found speaks against the ending. */
static bool ask(enum safe_ask what)
{
    const char *reason;
    if (safe_keeper_ask(what, decision_deadline(), &reason))
        return true;
    refuse(reason);
    return false;
}

/* What the keeper has found out by the capture. */
static void take_found(void)
{
    const struct safe_found *found = &safe_found;
    safe_recovery.jump = found->jump;
    safe_recovery.must_unwind = found->must_unwind;
    safe_recovery.called = found->called;
    safe_recovery.suppressed = found->suppressed;
    safe_text_copy(safe_recovery.signature, sizeof safe_recovery.signature, found->signature);
    safe_text_copy(safe_recovery.title, sizeof safe_recovery.title, found->title);
    safe_text_copy(safe_recovery.bundle, sizeof safe_recovery.bundle, found->bundle);
    safe_text_copy(safe_recovery.dir, sizeof safe_recovery.dir, found->dir);
}

/* Report first. True: the fault is on disk, and the writer finds nothing against ending the thread. */
static bool report(const ucontext_t *uc, uint64_t high)
{
    /* A guard may have been left by longjmp: only a walk shows whether its frame is still there. */
    uint64_t hash = safe_recovery.is_guard ? 0 : safe_verdicts_hash(uc, high, safe_recovery.cause);
    struct safe_verdict *v = safe_verdicts_find(hash);
    safe_recovery.reason = NULL;
    if (v) {
        count_signature(v);
        safe_text_copy(safe_recovery.signature, sizeof safe_recovery.signature, v->signature);
        safe_recovery.signature_count = v->count;
        safe_recovery.jump = v->jump;
        safe_recovery.must_unwind = v->must_unwind;
        safe_recovery.called = v->called;
        if (v->bundles >= crumple_config->keep_signature) {
            safe_recovery.suppressed = true;
            return ask(SAFE_ASK_COUNT);
        }
    }
    safe_fault.only_self = true;
    if (!ask(SAFE_ASK_CAPTURE))
        return false;
    take_found();
    if (!v && hash) {
        v = safe_verdicts_add(hash);
        count_signature(v);
        v->jump = safe_recovery.jump;
        v->must_unwind = safe_recovery.must_unwind;
        v->called = safe_recovery.called;
        safe_text_copy(v->signature, sizeof v->signature, safe_recovery.signature);
    }
    if (v)
        v->bundles++;
    return true;
}

/* An address with another live connection is not struck: all who share it would be refused with the one. */
static bool is_common(const struct safe_thread *t)
{
    static bool said;
    bool common = safe_sockets_is_common(&safe_recovery.peer, t, safe_fault.mono_ns);
    if (common && !said)
        safe_say_common_peer();
    said |= common;
    return common;
}

/* A contained fault is a failure: of the peer first, of the routine where it is not one peer's doing. */
static void count_failure(const struct safe_thread *t)
{
    uint64_t now = safe_fault.mono_ns, probe = 0;
    bool is_routines = true;
    for (int i = 0; i < t->fd_count && i < SAFE_THREAD_FDS; i++) {
        uint64_t known = safe_peers_take(t->fd[i]);
        probe = known ? known : probe;
    }
    if (safe_recovery.peer.family && crumple_config->breaker_peers && !is_common(t))
        is_routines = safe_peers_failed(&safe_recovery.peer, probe, now);
    if (t->routine)
        safe_routines_done(t->routine, t->generation, now,
                           is_routines ? SAFE_BREAKER_FAILURE : SAFE_BREAKER_EXCLUDED);
}

/* Breakers, sockets, the line on stderr: what goes with an ending that is certain now. */
static void commit(struct safe_thread *t, bool park)
{
    t->signo = (uint8_t)safe_fault.signo;
    t->code = (int16_t)safe_fault.info.si_code;
    t->fault_address = (uint64_t)safe_fault.info.si_addr;
    t->action = safe_recovery.action;
    t->park = park;
    t->must_unwind = safe_recovery.must_unwind;
    safe_recovery.ended += safe_recovery.action == SAFE_ACTION_CONTAIN;
    count_failure(t);
    safe_leaks_shut(t, safe_recovery.action == SAFE_ACTION_RESTART);
    safe_say_contained();
    safe_escalate_prepare(t->signo);
    __atomic_store_n(&t->ending, SAFE_ENDING_BEGUN, __ATOMIC_RELEASE);
    if (safe_recovery.action == SAFE_ACTION_CONTAIN)
        safe_watch_add(safe_fault.tid, t);
}

/* The same of a thread that goes on behind its guard: its sockets and its end are its own. */
static void commit_guard(struct safe_thread *t)
{
    t->signo = (uint8_t)safe_fault.signo;
    t->action = safe_recovery.action;
    safe_recovery.ended++;
    safe_routines_done(t->routine, t->generation, safe_fault.mono_ns, SAFE_BREAKER_FAILURE);
    safe_say_contained();
}

/* From the facts to a thread that ends. True: it does. */
static bool decide(const ucontext_t *uc, struct safe_thread *t)
{
    struct safe_policy_facts facts;
    char name[17] = "";

    safe_recovery.suppressed = false;
    safe_recovery.bundle[0] = safe_recovery.signature[0] = safe_recovery.title[0] = '\0';
    safe_recovery.signature_count = 0;
    safe_call(SYS_prctl, PR_GET_NAME, name, 0, 0, 0);
    safe_facts_gather(&facts, t, uc, name);
    struct safe_policy_decision d = safe_policy_decide(&facts);
    safe_facts_told(&safe_recovery, &facts, t, &d);
    if (d.action == SAFE_ACTION_CRASH)
        return false;
    if (!safe_watch_has_room()) {
        refuse("too many threads are being ended");
        return false;
    }
    t->release_reads = d.release_reads;
    if (!report(uc, facts.stack_high))
        return false;
    if (facts.is_guard && !safe_recovery.jump) {
        refuse("no jump to the guard"); /* the writer has told nothing else of a guard */
        return false;
    }
    if (facts.is_guard)
        commit_guard(t);
    else
        commit(t, d.park);
    return true;
}

/*
 * The fault of a thread that is being ended already: straight to its recovery frame, once. Not over a stack
 * that holds something which only its unwinding would have given back.
 */
static enum safe_outcome land_again(const ucontext_t *uc, struct safe_thread *t)
{
    if (!t->frame || t->must_unwind || safe_recovery.cause == SAFE_CAUSE_SENT ||
        safe_recovery.cause == SAFE_CAUSE_LIBC || safe_stdio_held(safe_fault.fs_base) ||
        (safe_recovery.cause == SAFE_CAUSE_FAULT &&
         safe_code_is_runtime((uint64_t)uc->uc_mcontext.gregs[REG_RIP]))) {
        /* Where it is another signal it is the unwinder that gave up, by abort(). */
        if (t->must_unwind && safe_fault.signo != t->signo)
            safe_escalate_die_of(t->signo, t->code, t->fault_address);
        safe_recovery.asked = true;
        refuse(SECOND_FAULT);
        return SAFE_OUTCOME_DIES;
    }
    safe_facts_second(&safe_recovery, t);
    if (!ask(SAFE_ASK_COUNT))
        return SAFE_OUTCOME_DIES;
    safe_say_contained();
    __atomic_store_n(&t->ending, SAFE_ENDING_LANDED, __ATOMIC_RELEASE);
    return SAFE_OUTCOME_JUMPS;
}

enum safe_outcome safe_recover_fault(const ucontext_t *uc)
{
    /* A child forked by a wrapped thread has this one only: ending it would end the process, with status 0.
     */
    struct safe_thread *t = safe_fault.fs_base && safe_fault.tid != safe_fault.pid ? safe_self : NULL;
    const char *reason;
    if (!crumple_config->recover)
        return SAFE_OUTCOME_DIES;
    if (safe_escalate_taken(&reason)) {
        safe_recovery.asked = true;
        refuse(reason);
        return SAFE_OUTCOME_DIES;
    }
    if (t && safe_recovery.told && safe_recovery.serial == t->serial && safe_facts_is_own_abort()) {
        safe_recovery.asked = true;
        return SAFE_OUTCOME_DIES; /* an exception that was refused: now it aborts */
    }
    safe_recovery.told = false;
    safe_recovery.exception_type[0] = safe_recovery.exception_what[0] = '\0';
    safe_recovery.cause = safe_facts_cause(t);
    if (t && __atomic_load_n(&t->ending, __ATOMIC_ACQUIRE) == SAFE_ENDING_BEGUN)
        return land_again(uc, t);
    if (t && t->ending != SAFE_ENDING_NONE) {
        safe_recovery.asked = true;
        refuse(SECOND_FAULT);
        return SAFE_OUTCOME_DIES;
    }
    if (!decide(uc, t))
        return SAFE_OUTCOME_DIES;
    return safe_recovery.jump || t->action == SAFE_ACTION_RESTART ? SAFE_OUTCOME_JUMPS : SAFE_OUTCOME_UNWINDS;
}

bool safe_recover_exception(ucontext_t *uc, const char *type, const char *what)
{
    siginfo_t info;
    struct safe_thread *t = safe_self;
    if (safe_gettid() == safe_getpid() || safe_claim_take(safe_gettid()) != SAFE_CLAIM_MINE)
        return false;
    safe_zero(&info, sizeof info);
    info.si_signo = SIGABRT;
    info.si_code = SI_TKILL;
    info.si_pid = safe_getpid();
    info.si_uid = (uid_t)safe_call(SYS_getuid);
    safe_fault_note(SIGABRT, &info, uc);
    safe_recovery.cause = SAFE_CAUSE_EXCEPTION;
    safe_text_copy(safe_recovery.exception_type, sizeof safe_recovery.exception_type, type);
    safe_text_copy(safe_recovery.exception_what, sizeof safe_recovery.exception_what, what);
    bool allowed = t->ending == SAFE_ENDING_NONE && decide(uc, t);
    safe_recovery.serial = t->serial;
    safe_recovery.told = !allowed;
    safe_claim_release();
    return allowed;
}
