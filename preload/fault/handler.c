/* SPDX-License-Identifier: MIT */
/*
 * Safe file: runs in the faulting thread, on whatever stack that has left, at any point of the program. In
 * order:
 *
 *   1. not our process (vfork child, or a clone that shares our memory): die plainly, touch nothing
 *   2. the application believes the signal blocked: make that true, and queue the signal again
 *   3. PID 1, which the kernel makes deaf to what is sent: as if nothing had come
 *   4. the first fault of the process: capture (capture/helper.c), then die
 *      a second fault in the same thread: die at once
 *      a fault in another thread meanwhile: be listed, wait for the first one to end the process
 */
#include "fault/handler.h"

#include <time.h>
#include <ucontext.h>

#include "fault/blocked.h"
#include "state/config.h"
#include "state/signals.h"
#include "state/claim.h"
#include "contain/culprit.h"
#include "contain/escalate.h"
#include "state/fault.h"
#include "capture/dumper.h"
#include "capture/helper.h"
#include "fault/init.h"
#include "fault/limit.h"
#include "hold/hold.h"
#include "base/inject.h"
#include "contain/keeper.h"
#include "stopped/park.h"
#include "capture/guarded.h"
#include "contain/contain.h"
#include "fault/relay.h"
#include "fault/resume.h"
#include "state/recovery.h"
#include "state/thread.h"
#include "out/say.h"
#include "proc/try.h"

#define LEAST_NS UINT64_C(1000000000)
/* The keeper is at work once a second at most, for some milliseconds. */
#define DISMISS_NS UINT64_C(200000000)

void (*safe_fatal_ask)(void *unused);

static long set_default(int sig)
{
    const struct safe_sigaction by_default = {.handler = (void *)SIG_DFL};
    return safe_sigaction(sig, &by_default, NULL);
}

/* A hardware fault, which comes again when the handler returns. */
static bool comes_again(int sig, const siginfo_t *info)
{
    return !safe_fault.is_escalation && info->si_code > 0 && (SAFE_SIGBIT(sig) & SAFE_SYNC_MASK) &&
           sig != SIGTRAP && sig != SIGSYS;
}

void safe_die(int sig, siginfo_t *info, void *context)
{
    int pid = safe_getpid(), tid = safe_gettid();
    if (set_default(sig) < 0) {
        /* A filter refuses it. A fault while its signal is blocked kills without asking any handler
         * (kernel/signal.c, force_sig_info_to_task). */
        if (!comes_again(sig, info))
            safe_call(SYS_exit_group, 128 + sig);
        safe_mask_change(context, SAFE_SIGBIT(sig), 0);
        return;
    }
    if (pid == 1) {
        if (!comes_again(sig, info))
            safe_init_die(sig, info, context);
        return;
    }
    /* One that was open for a wait only (ppoll, sigsuspend) is blocked again on return. */
    safe_mask_change(context, 0, SAFE_SIGBIT(sig));
    if (safe_call(SYS_rt_tgsigqueueinfo, pid, tid, sig, info) == 0)
        return;
    if (comes_again(sig, info))
        return;
    if (safe_call(SYS_tgkill, pid, tid, sig) == 0)
        return;
    safe_call(SYS_exit_group, 128 + sig);
}

/*
 * The steps of a death. A fault of our own in one of them (a nested one) goes on with the next, so that the
 * last is always reached.
 */
enum { STEP_BEGIN, STEP_CULPRIT, STEP_ASK, STEP_PREPARE, STEP_CAPTURE, STEP_DIE };
static _Atomic int next_step;
static struct safe_sigaction app_sigsys; /* the application's own handler, which we have put aside */

/* From now on a fault of our own, and a system call of ours that a filter traps, come to our handler: the
 * kernel would kill at a signal that is blocked, and an application's handler of SIGSYS knows nothing of us.
 */
static void open_for_nested(void)
{
    const struct safe_sigaction ours = {
        .handler = (void *)safe_fatal_handler,
        .flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER | SAFE_SA_RESTORER,
        .restorer = (void *)safe_restore_rt,
        .mask = ~SAFE_SYNC_MASK,
    };
    const uint64_t open = SAFE_SYNC_MASK;
    struct safe_sigaction old;
    if (safe_sigaction(SIGSYS, &ours, &old) == 0 && old.handler != (void *)safe_fatal_handler)
        app_sigsys = old;
    safe_call(SYS_rt_sigprocmask, SIG_UNBLOCK, &open, NULL, 8);
}

/* A sandbox that lets its threads' calls trap, and emulates them: it goes on with that until they are
 * stopped. */
static bool is_emulated(int sig, siginfo_t *info, void *context)
{
    void (*handler)(int, siginfo_t *, void *) = (void (*)(int, siginfo_t *, void *))app_sigsys.handler;
    if (sig != SIGSYS || app_sigsys.handler == (void *)SIG_DFL || app_sigsys.handler == (void *)SIG_IGN)
        return false;
    handler(sig, info, context);
    return true;
}

static void die(void *context)
{
    /* Of SIGSYS only its own: a call of ours that is trapped while it is blocked would be forced, and kill.
     */
    uint64_t sync = SAFE_SYNC_MASK & ~(safe_fault.signo == SIGSYS ? 0 : SAFE_SIGBIT(SIGSYS));
    switch (__atomic_load_n(&next_step, __ATOMIC_ACQUIRE)) {
    case STEP_BEGIN:
        __atomic_store_n(&next_step, STEP_CULPRIT, __ATOMIC_RELEASE);
        open_for_nested();
        safe_claim_keep();
        safe_inject("begin");
        safe_keeper_dismiss(DISMISS_NS);
        safe_say_not_contained();
        safe_fault.only_self = false;
        /* fall through */
    case STEP_CULPRIT:
        __atomic_store_n(&next_step, STEP_ASK, __ATOMIC_RELEASE);
        safe_culprit_seek();
        /* fall through */
    case STEP_ASK:
        __atomic_store_n(&next_step, STEP_PREPARE, __ATOMIC_RELEASE);
        if (safe_fatal_ask && safe_fault.signo == SIGABRT && safe_fault.info.si_code == SI_TKILL) {
            safe_guarded_install();
            (void)safe_guarded_run("what", safe_fatal_ask, NULL, 8, NULL);
            safe_guarded_uninstall();
        }
        /* fall through */
    case STEP_PREPARE:
        __atomic_store_n(&next_step, STEP_CAPTURE, __ATOMIC_RELEASE);
        safe_inject("prepare");
        safe_hold_dying();
        (void)safe_dumper_reap();
        safe_park_prepare();
        /* fall through */
    case STEP_CAPTURE:
        __atomic_store_n(&next_step, STEP_DIE, __ATOMIC_RELEASE);
        safe_inject("capture");
        safe_helper_run();
        /* fall through */
    default:
        /* Delivered on return only, at the interrupted instruction. */
        safe_call(SYS_rt_sigprocmask, SIG_BLOCK, &sync, NULL, 8);
        safe_die(safe_fault.signo, &safe_fault.info, context);
    }
}

/* With the claim: the thread ends and the server lives, or the server dies as it would have. */
static void first_fault(int sig, siginfo_t *info, void *context, uint64_t entered_ns, uint64_t handler_ns)
{
    uint64_t least_ns = crumple_config->timeout_ns < LEAST_NS ? crumple_config->timeout_ns : LEAST_NS;
    if (!crumple_config->recover)
        open_for_nested();
    safe_fault_note(sig, info, context);
    /* Waiting for the claim was part of the delay, but some time must be left to report it. */
    safe_fault.deadline_ns = entered_ns + crumple_config->timeout_ns;
    if (safe_fault.deadline_ns < safe_fault.mono_ns + least_ns)
        safe_fault.deadline_ns = safe_fault.mono_ns + least_ns;
    __atomic_store_n(&next_step, STEP_BEGIN, __ATOMIC_RELEASE);
    safe_recovery.asked = false;
    if (handler_ns) {
        safe_fault.handler_ns = handler_ns;
        safe_fault.is_escalation = true;
        safe_mask_change(context, 0, SAFE_SIGBIT(sig)); /* it is to be delivered on return */
        die(context);
        return;
    }
    switch (safe_is_fatal_signal(sig) ? safe_recover_fault(context) : SAFE_OUTCOME_DIES) {
    case SAFE_OUTCOME_DIES:
        die(context);
        return;
    case SAFE_OUTCOME_UNWINDS:
        safe_resume_unwind(context, safe_recovery.called);
        break;
    case SAFE_OUTCOME_JUMPS:
        safe_resume_jump(context, safe_self);
        break;
    }
    safe_claim_release();
}

/* A fault in the thread that owns the claim: one of our own. A signal that was sent is too late to matter. */
static void nested(siginfo_t *info, ucontext_t *uc)
{
    if (info->si_code <= 0) {
        if (safe_fault.dump) /* for what this thread goes on with */
            (void)safe_blocked_until_return(info->si_signo, info, uc);
        return;
    }
    if (!safe_fault.signo) { /* in the report of an exit or a dump: the fault is all there is to die of */
        (void)set_default(info->si_signo);
        return;
    }
    safe_mask_change(uc, 0, SAFE_SIGBIT(safe_fault.signo)); /* it is to be delivered on return from here */
    die(uc);
    if (safe_fault.pid == 1)
        safe_call(SYS_exit_group, 128 + safe_fault.signo); /* nothing would be delivered to it */
}

/*
 * The kernel leaves EFLAGS.AC to a handler as it was: with it, the first unaligned access of ours would be a
 * fault of its own. The red zone is stepped over, in case the compiler uses it here.
 */
static inline void allow_unaligned(void)
{
    __asm__ volatile("lea -128(%%rsp), %%rsp\n\t"
                     "pushfq\n\t"
                     "andq $~0x40000, (%%rsp)\n\t"
                     "popfq\n\t"
                     "lea 128(%%rsp), %%rsp"
                     :
                     :
                     : "memory", "cc");
}

/*
 * One of CRUMPLE_SIGNALS (or one that was). True: nothing is to be reported, and it is dealt with. A runtime
 * that has found our handler and calls it (Go's: SIGPIPE in C code, where the default would have meant
 * nothing) is to go on as it would.
 */
static bool is_unwatched(int sig, siginfo_t *info, void *context, int pid, int tid)
{
    struct safe_sigaction now;
    if (safe_is_fatal_signal(sig))
        return false;
    if (pid == 1 || (safe_sigaction(sig, NULL, &now) == 0 && now.handler != (void *)safe_fatal_handler &&
                     now.handler != (void *)SIG_DFL))
        return true;
    if (!crumple_config->signals_in_threads || tid != pid)
        return false;
    safe_die(sig, info, context);
    return true;
}

void safe_fatal_handler(int sig, siginfo_t *info, void *context)
{
    uint64_t entered, handler_ns = 0;
    siginfo_t first;
    int pid, tid;

    allow_unaligned();
    /* Before any call of our own: a signal that is blocked meanwhile would be forced, and kill. */
    if (safe_try_failed(sig, info, context) || safe_try_trapped(sig, info, context) ||
        is_emulated(sig, info, context))
        return;
    pid = safe_getpid();
    tid = safe_gettid();
    entered = safe_clock_ns(CLOCK_MONOTONIC);
    if (!safe_state || !crumple_config) {
        safe_die(sig, info, context);
        return;
    }
    /* A forked child finds the page wiped: this is its own first fault. */
    if (safe_guest(pid, false)) {
        safe_die(sig, info, context);
        return;
    }
    if (is_unwatched(sig, info, context, pid, tid))
        return;
    if (safe_limit_is(info)) {
        if (!safe_limit_passed(info, context, &first))
            return;
        info = &first;
        sig = first.si_signo;
        handler_ns = crumple_config->handler_ns;
    }
    if (!safe_escalate_is(info) && safe_blocked_put_off(sig, info, context))
        return;
    if (pid == 1 && !handler_ns && safe_init_ignores(info, context))
        return;
    if (safe_relay_is(sig, info, context, pid, tid)) {
        safe_relay_say(sig);
        safe_die(sig, info, context);
        return;
    }
    switch (safe_claim_take(tid)) {
    case SAFE_CLAIM_MINE:
        first_fault(sig, info, context, entered, handler_ns);
        return;
    case SAFE_CLAIM_NESTED:
        nested(info, context);
        return;
    case SAFE_CLAIM_DYING:
        safe_claim_join(sig, info, context, tid);
        break;
    case SAFE_CLAIM_STUCK:
        safe_say_line("still handling another thread's fault; this thread dies without a report");
        break;
    }
    safe_die(sig, info, context);
}
