/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the faulting thread, with the claim. See contain/facts.h. */
#include "contain/facts.h"

#include "track/sockets.h"
#include "track/wakeups.h"
#include "state/config.h"
#include "state/recovery.h"
#include "state/signals.h"
#include "state/thread.h"
#include "track/held_locks.h"
#include "track/leaked_sockets.h"
#include "proc/loading.h"
#include "track/routine_runs.h"
#include "state/fault.h"
#include "libc/data/checks.h"
#include "libc/data/stdio.h"
#include "base/io.h"
#include "base/text.h"

#define GUARD_FRAME_MAX 1024 /* bytes of the frame of end/guard.c's run() */

static char no_names[2];

bool safe_facts_is_own_abort(void)
{
    return safe_fault.signo == SIGABRT && safe_fault.info.si_code == SI_TKILL &&
           safe_fault.info.si_pid == safe_fault.pid;
}

enum safe_cause safe_facts_cause(const struct safe_thread *t)
{
    if (safe_fault.signo == SIGSEGV && safe_fault.info.si_code == SI_KERNEL &&
        libc_check_failed((uint64_t)safe_fault.context->uc_mcontext.gregs[REG_RIP]))
        return SAFE_CAUSE_LIBC;
    if (safe_fault.info.si_code > 0)
        return SAFE_CAUSE_FAULT;
    if (!safe_facts_is_own_abort())
        return SAFE_CAUSE_SENT;
    return t && t->aborts ? SAFE_CAUSE_ABORT : SAFE_CAUSE_LIBC;
}

static const struct safe_routine *routine_of(const struct safe_thread *t)
{
    return t && t->routine && safe_routines ? &safe_routines[t->routine - 1] : NULL;
}

/*
 * The stack pointer of its recovery frame; 0: it is gone. A guard that was left by longjmp lies in memory that others have used
 * since, or that was a coroutine's stack and is unmapped. Its own frame is where recover_guard()'s locals are.
 */
static uint64_t recovery_sp(const struct safe_thread *t)
{
    uint64_t sp = 0;
    if (!t->guard)
        return (uint64_t)t->frame[2];
    if (safe_read_memory((uint64_t)&t->frame[2], &sp, sizeof sp) < 0 ||
        (uint64_t)t->guard - sp > GUARD_FRAME_MAX)
        return 0;
    return sp;
}

/* The facts of the thread itself: what it holds, what it was seen doing. */
static void gather_thread(struct safe_policy_facts *f, const struct safe_thread *t)
{
    f->stack_low = t->stack_low;
    f->stack_high = recovery_sp(t);
    f->is_guard = t->guard != NULL;
    f->locks_held = safe_held_count();
    f->read_locks_held = safe_held.lost ? 0 : (uint32_t)safe_held_counts(SAFE_HELD_READ);
    f->file_held = safe_stdio_held(safe_fault.fs_base);
    f->role = t->role;
    f->inbound = t->inbound;
    f->polled = t->polled;
    f->is_server = safe_sockets_any_accepted();
    f->is_background = t->is_early && (f->is_server || safe_sockets_any_listening());
    f->owes_wakeup = safe_wakeups_owes(t);
    f->has_shared = safe_sockets_has_shared(t);
    f->sockets_owned =
        f->is_guard ? 0 : safe_leaks_expected(t, f->rule && f->rule->action == SAFE_ACTION_RESTART);
    f->sockets_leaked = safe_leaks_now();
    f->sockets_most = safe_leaks_most();
    f->ended = safe_recovery.ended;
    f->ended_most = crumple_config->breaker_life;
    if (t->routine) {
        f->routine_open = safe_routines_open(t->routine, t->generation, safe_fault.mono_ns);
        f->restarts_recent = safe_routines_recent(t->routine, safe_fault.mono_ns);
        f->restarts_most = crumple_config->restarts_most;
    }
}

/* Signs that change while they are read are not certain, before or after. */
static bool runs_interpreter(void)
{
    const struct safe_interpreter_signs *signs = &safe_interpreter_signs;
    if (!__atomic_load_n(&signs->is_certain, __ATOMIC_SEQ_CST))
        return true;
    for (uint32_t i = 0; i < signs->count && i < SAFE_SIGNS_MAX; i++) {
        uint64_t word;
        if (safe_read_memory(signs->sign[i].address, &word, sizeof word) < 0 || (word & signs->sign[i].mask))
            return true;
    }
    return !__atomic_load_n(&signs->is_certain, __ATOMIC_SEQ_CST);
}

/* What a wrapper calls does not say that the wrapper may run again: it may have freed its argument. */
static bool is_named_itself(const struct safe_routine *routine, const struct safe_rule *rule,
                            const char *thread_name)
{
    bool named;
    return !routine || !routine->of ||
           (rules_match(crumple_config->rules, crumple_config->rule_count,
                        safe_routines[routine->of - 1].names, thread_name, &named) == rule &&
            named);
}

void safe_facts_gather(struct safe_policy_facts *f, const struct safe_thread *t, const ucontext_t *uc,
                       const char *thread_name)
{
    const struct safe_routine *routine = routine_of(t);
    safe_zero(f, sizeof *f);
    f->rule =
        rules_match(crumple_config->rules, crumple_config->rule_count, routine ? routine->names : no_names,
                    t && t->guard ? "" : thread_name, &f->is_named);
    f->is_named &= is_named_itself(routine, f->rule, thread_name);
    f->signo = safe_fault.signo;
    f->code = safe_fault.info.si_code;
    f->address = f->code > 0 ? (uint64_t)safe_fault.info.si_addr : 0;
    f->sp = (uint64_t)uc->uc_mcontext.gregs[REG_RSP];
    f->was_handled = safe_fault.fs_base && safe_handled.sp == f->sp &&
                     safe_handled.pc == (uint64_t)uc->uc_mcontext.gregs[REG_RIP];
    f->cause = (enum safe_cause)safe_recovery.cause;
    f->wrapped = t && t->frame;
    f->ready = safe_recover_ready;
    f->is_named &= routine != NULL; /* without an entry nothing is known of its restarts */
    f->is_std_thread = routine && routine->is_std_thread;
    f->has_interpreter = safe_recover_interpreter && runs_interpreter();
    f->in_exit = safe_recover_exiting != 0;
    f->in_fork = safe_recover_forking > 0;
    f->in_dlopen = safe_loading();
    if (f->wrapped)
        gather_thread(f, t);
}

void safe_facts_told(struct safe_recovery *r, const struct safe_policy_facts *f, const struct safe_thread *t,
                     const struct safe_policy_decision *d)
{
    const struct safe_routine *routine = routine_of(t);
    r->asked = d->asked;
    r->action = d->action;
    r->reason = d->reason;
    r->rule = f->rule;
    r->routine = routine ? routine->names : "";
    r->locks_held = f->locks_held;
    r->lock = safe_held_latest();
    r->sockets = f->sockets_owned;
    r->record = t;
    r->is_guard = f->is_guard;
    r->parks = d->park;
    r->frame = f->stack_high ? f->stack_high - 16 : 0;
    r->peer = (struct safe_peer){0, {0}};
    if (t && t->frame)
        r->peer = safe_sockets_peer(t);
}

void safe_facts_second(struct safe_recovery *r, const struct safe_thread *t)
{
    const struct safe_routine *routine = routine_of(t);
    r->asked = true;
    r->action = SAFE_ACTION_CONTAIN;
    r->suppressed = true;
    r->parks = false;
    r->reason = NULL;
    r->routine = routine ? routine->names : "";
    r->peer = (struct safe_peer){0, {0}};
    r->sockets = 0;
    r->record = t;
    r->bundle[0] = r->title[0] = '\0';
    r->signature_count = 0;
    safe_text_copy(r->signature, sizeof r->signature, "second fault | while the thread was being ended");
}
