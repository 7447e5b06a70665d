/* SPDX-License-Identifier: MIT */
/*
 * An ordinary file, but _exit may be called in a signal handler and exit in anything: raw system calls, no
 * locks, no memory but its own.
 */
#include "calls/exits.h"

#include <signal.h>
#include <string.h>
#include <ucontext.h>

#include "state/signals.h"
#include "state/config.h"
#include "crumple_options.h"
#include "state/claim.h"
#include "state/fault.h"
#include "capture/dumper.h"
#include "capture/helper.h"
#include "contain/keeper.h"
#include "stopped/park.h"
#include "stopped/signal_frames.h"

#define DISMISS_NS UINT64_C(200000000)
#define REGISTERS  72                 /* offset of the first register that safe_registers() writes: r12 */
#define SP_WORD    20                 /* of the stack pointer among them */
#define SEGMENTS   0x002b000000000033 /* ss and cs of 64-bit code */

static _Atomic int quick_status;

/* How the policy reads a status: as the parent will. */
static int seen_by_parent(int status)
{
    return status & 0xff;
}

/* What can be said without a system call. */
static bool mode_wants(int mode, int status)
{
    return mode == CRUMPLE_EXIT_ALL || (mode != CRUMPLE_EXIT_OFF && seen_by_parent(status) != 0);
}

bool exits_wanted(const struct exits_facts *facts)
{
    if (facts->is_guest || facts->is_dying || !mode_wants(facts->mode, facts->status))
        return false;
    return facts->mode != CRUMPLE_EXIT_THREAD || facts->tid != facts->pid || facts->is_after_fault;
}

bool exits_concern(int status)
{
    if (!crumple_config || !safe_state)
        return false;
    return mode_wants(crumple_config->exit_mode, status) ||
           __atomic_load_n(&safe_state->dying, __ATOMIC_ACQUIRE);
}

void exits_hold(void)
{
    if (!crumple_config || !safe_state || !__atomic_load_n(&safe_state->dying, __ATOMIC_ACQUIRE))
        return;
    if (__atomic_load_n(&safe_state->pid, __ATOMIC_ACQUIRE) == safe_getpid() &&
        __atomic_load_n(&safe_state->owner, __ATOMIC_ACQUIRE) != safe_gettid())
        safe_claim_wait_for_end();
}

void exits_context(ucontext_t *context, const struct exits_registers *here)
{
    memcpy((char *)context + REGISTERS, (const char *)here + REGISTERS, sizeof *here - REGISTERS);
    context->uc_mcontext.gregs[REG_CSGSFS] = SEGMENTS;
    context->uc_mcontext.gregs[REG_EFL] = 0x202;
}

/* With the claim. */
static void capture(const char *call, int status, const struct exits_registers *here)
{
    static const siginfo_t no_signal;
    static ucontext_t context; /* read by the helper as long as this runs */
    exits_context(&context, here);
    safe_fault_note(0, &no_signal, &context);
    safe_fault.exit_call = call;
    safe_fault.exit_status = seen_by_parent(status);
    safe_keeper_dismiss(DISMISS_NS);
    (void)safe_dumper_reap();
    safe_park_prepare();
    safe_helper_run();
}

static void claim_and_capture(const char *call, int status, enum exits_then then,
                              const struct exits_registers *here)
{
    /* Another thread was first. Its capture is over now: a thread that went on before would have ended the process. */
    if (__atomic_exchange_n(&safe_state->exit_told, 1, __ATOMIC_ACQ_REL)) {
        safe_claim_release();
        return;
    }
    safe_claim_keep();
    capture(call, status, here);
    if (then == EXITS_END)
        return; /* a thread that faults now waits for the end, which is near */
    safe_park_release();
    safe_claim_yield();
}

/*
 * The frame of the last fault that a handler got, while that handler runs. A handler that has returned, or jumped out,
 * leaves its frame behind in memory that a later function may not fill; and the frame of an ordinary signal shows the
 * exception of a fault that is over.
 */
static bool is_last_fault(const struct safe_frame *frame, const void *mask)
{
    const int sig = frame->info.si_signo;
    if (frame->sp != safe_handled.sp || frame->pc != safe_handled.pc || frame->info.si_code <= 0 ||
        !(SAFE_SIGBIT(sig) & SAFE_SYNC_MASK))
        return false;
    const struct safe_sigaction act = safe_app_action[sig];
    return (act.flags & SA_NODEFER) || act.handler == (void *)SIG_DFL ||
           safe_frame_is_live(frame, *(const uint64_t *)mask);
}

/* A program that ends itself in its handler of a fault (gnulib's c-stack, MariaDB's) has crashed. The stack is searched
 * only if a handler ever got a fault: a filter may not allow that call to a program that ends well. */
static bool is_after_fault(const struct exits_registers *here)
{
    uint64_t mask = 0;
    if (!safe_handled.sp)
        return false;
    safe_call(SYS_rt_sigprocmask, 0, NULL, &mask, 8);
    return safe_frames_any(here->word[SP_WORD], is_last_fault, &mask);
}

void exits_record(const char *call, int status, enum exits_then then, const struct exits_registers *here)
{
    const uint64_t all = ~SAFE_SYNC_MASK;
    struct exits_facts facts = {.mode = crumple_config->exit_mode, .status = status};
    uint64_t before;
    exits_hold();
    facts.pid = safe_getpid();
    facts.tid = safe_gettid();
    facts.is_dying = __atomic_load_n(&safe_state->dying, __ATOMIC_ACQUIRE);
    facts.is_after_fault =
        facts.mode == CRUMPLE_EXIT_THREAD && facts.tid == facts.pid && is_after_fault(here);
    if (facts.is_dying)
        exits_hold(); /* a fault in the moment since */
    facts.is_guest = exits_wanted(&facts) && safe_guest(facts.pid, then == EXITS_END);
    if (!exits_wanted(&facts))
        return;
    /* A handler of the application's that ran now could end, or begin, anything. */
    safe_call(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, 8);
    switch (safe_claim_take(facts.tid)) {
    case SAFE_CLAIM_MINE:
        claim_and_capture(call, status, then, here);
        break;
    case SAFE_CLAIM_DYING: /* a fault was faster: the process has died of it */
        safe_call(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, 8);
        safe_claim_wait_for_end();
        break;
    case SAFE_CLAIM_NESTED:
    case SAFE_CLAIM_STUCK:
        break;
    }
    safe_call(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, 8);
}

bool exits_begun(void)
{
    static _Atomic bool begun;
    return __atomic_exchange_n(&begun, true, __ATOMIC_ACQ_REL);
}

void exits_quick(int status)
{
    __atomic_store_n(&quick_status, status, __ATOMIC_RELAXED);
}

bool exits_are_noted;

static struct {
    _Atomic uint64_t by; /* who has noted it: process, thread; 0: nobody */
    int status;
    struct exits_registers here;
} noted;

static uint64_t myself(void)
{
    return (uint64_t)safe_getpid() << 32 | (uint32_t)safe_gettid();
}

void exits_note(int status, const struct exits_registers *here)
{
    const uint64_t me = myself();
    uint64_t before = __atomic_load_n(&noted.by, __ATOMIC_ACQUIRE);
    /* A child that a handler of this exit has made, or a vfork child that wrote here, is another process. */
    if (before >> 32 == me >> 32 ||
        !__atomic_compare_exchange_n(&noted.by, &before, me, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        return;
    noted.status = status;
    noted.here = *here;
}

static bool report_noted(const char *call, enum exits_then then)
{
    if (!exits_are_noted || __atomic_load_n(&noted.by, __ATOMIC_ACQUIRE) != myself())
        return false;
    if (exits_concern(noted.status))
        exits_record(call, noted.status, then, &noted.here);
    return true;
}

void exits_at_end(void)
{
    /* Nobody knows of it where the last thread has ended: libc calls exit(0) (src/thread/pthread_create.c). */
    if (!report_noted("exit", EXITS_GO_ON) && exits_are_noted &&
        __atomic_load_n(&noted.by, __ATOMIC_ACQUIRE) >> 32 != (uint64_t)safe_getpid())
        exits_called("exit", 0, EXITS_GO_ON);
}

void exits_at_exit(int status, void *unused)
{
    (void)unused;
    exits_called("exit", status, EXITS_GO_ON);
}

void exits_at_quick_exit(void *unused)
{
    (void)unused;
    if (report_noted("quick_exit", EXITS_END))
        return;
    exits_called("quick_exit", __atomic_load_n(&quick_status, __ATOMIC_RELAXED), EXITS_END);
}
