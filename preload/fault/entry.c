/* SPDX-License-Identifier: MIT */
/* Safe file: runs in signal handlers. See fault/entry.h. */
#include "fault/entry.h"

#include <errno.h>

#include "state/config.h"
#include "state/culprit.h"
#include "state/thread.h"
#include "state/signals.h"
#include "state/altstack.h"
#include "fault/blocked.h"
#include "fault/handler.h"
#include "fault/limit.h"
#include "stopped/signal_frames.h"
#include "state/fault.h"
#include "base/text.h"
#include "proc/try.h"
#include "track/requests.h"

/* struct rt_sigframe and what follows it (arch/x86/include/asm/sigframe.h). */
#define FRAME_BYTES 440
#define RED_ZONE    128
#define PAGE        UINT64_C(4096)
/* struct _fpx_sw_bytes in the legacy area (arch/x86/include/uapi/asm/sigcontext.h). */
#define FP_BYTES      512
#define FP_SW_BYTES   464
#define FP_MAGIC      0x46505853u
#define FP_MAX        (64u << 10)
#define DROPPED_FLAGS ((greg_t)0x10500) /* direction, resume and trap flag: handle_signal() drops them */
/* A bit that sigaltstack(2) knows no meaning of: the return from the handler then leaves the kernel's
 * alternate stack as it is (kernel/signal.c, restore_altstack takes no notice of the refusal). */
#define SHOWN_ONLY 0x4

void safe_entry_take_over(int sig)
{
    const struct safe_sigaction act = {
        .handler = (void *)safe_fatal_handler,
        /* SA_RESTART: of a signal that changes nothing (blocked in truth, PID 1) calls know nothing. */
        .flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART | SAFE_SA_RESTORER,
        .restorer = (void *)safe_restore_rt,
        .mask = ~SAFE_SYNC_MASK,
    };
    safe_sigaction(sig, &act, NULL);
    __atomic_and_fetch(&safe_entry_entered, ~SAFE_SIGBIT(sig), __ATOMIC_ACQ_REL);
    __atomic_or_fetch(&safe_entry_ours, SAFE_SIGBIT(sig), __ATOMIC_ACQ_REL);
}

bool safe_entry_is_on(const stack_t *stack, uint64_t sp)
{
    uint64_t base = (uint64_t)stack->ss_sp;
    return sp > base && sp - base <= stack->ss_size;
}

/* Where a frame goes: below 'top', and not below 'least'. */
struct place {
    uint64_t top, least;
};

/* False: the frame stays where the kernel has put it. */
static bool find_place(const struct safe_sigaction *act, const ucontext_t *uc, bool has_tls,
                       struct place *ret)
{
    uint64_t sp = (uint64_t)uc->uc_mcontext.gregs[REG_RSP], at = (uint64_t)uc;
    const stack_t *kernels = &uc->uc_stack, *app = &thread_self.app_altstack;
    if ((kernels->ss_flags & SS_DISABLE) || kernels->ss_size != safe_altstack_bytes() ||
        !safe_entry_is_on(kernels, at) || safe_entry_is_on(kernels, sp))
        return false;
    if (!has_tls || !thread_self.altstack || thread_self.altstack->base != kernels->ss_sp)
        return false;
    *ret = (struct place){sp - RED_ZONE, 0};
    if (!(act->flags & SA_ONSTACK) || !thread_self.app_altstack_set)
        return true;
    if (app->ss_size < safe_altstack_least_usable())
        return false; /* the kernel would have killed: ours is lent */
    ret->least = (uint64_t)app->ss_sp;
    if (!safe_entry_is_on(app, sp))
        ret->top = (uint64_t)app->ss_sp + app->ss_size;
    return true;
}

/* Bytes of the processor's state that belong to the frame. */
static uint64_t fp_bytes(const uint8_t *fp)
{
    uint32_t sw[2]; /* magic, extended size */
    if (!fp)
        return 0;
    safe_copy(sw, fp + FP_SW_BYTES, sizeof sw);
    return sw[0] == FP_MAGIC && sw[1] > FP_BYTES && sw[1] <= FP_MAX ? sw[1] : FP_BYTES;
}

/* The kernel tells, by writing the current mask there. Where a filter refuses that call, a copy that may
 * fault tells. */
static bool is_word_writable(void *at)
{
    long result = safe_call(SYS_rt_sigprocmask, SIG_BLOCK, NULL, at, 8);
    return result == 0 || (result != -EFAULT && safe_try_copy(at, at, 8) == 0);
}

static bool is_writable(uint64_t start, uint64_t end)
{
    for (uint64_t at = start; at < end; at = (at | (PAGE - 1)) + 1)
        if (!is_word_writable((void *)(at & ~UINT64_C(7))))
            return false;
    return true;
}

/* Which alternate stack the handler is shown in its context. */
static void show_stack(stack_t *shown, uint64_t sp)
{
    if (thread_self.app_altstack_set) {
        *shown = thread_self.app_altstack;
        shown->ss_flags |= safe_entry_is_on(shown, sp) ? SS_ONSTACK : 0;
    } else {
        *shown = (stack_t){.ss_flags = SS_DISABLE};
    }
    shown->ss_flags |= SHOWN_ONLY;
}

/* What the kernel does in setup_rt_frame() and handle_signal() (arch/x86/kernel/signal*.c). */
static bool move(int sig, void *handler, ucontext_t *uc, const struct place *place, uint64_t mask,
                 uint64_t *ret_frame)
{
    const uint8_t *fp = (const uint8_t *)uc->uc_mcontext.fpregs;
    uint64_t bytes = fp_bytes(fp), fp_to = (place->top - bytes) & ~UINT64_C(63);
    uint64_t to = ((fp_to - FRAME_BYTES) & ~UINT64_C(15)) - 8;
    ucontext_t *copy = (ucontext_t *)(to + SAFE_FRAME_CONTEXT);
    greg_t *reg = uc->uc_mcontext.gregs;

    if (place->top < FRAME_BYTES + FP_MAX || (place->least && to <= place->least) ||
        !is_writable(to, fp_to + bytes))
        return false;
    safe_copy((void *)fp_to, fp, bytes);
    safe_copy((void *)to, (char *)uc - SAFE_FRAME_CONTEXT, FRAME_BYTES);
    copy->uc_mcontext.fpregs = fp ? (void *)fp_to : NULL;
    show_stack(&copy->uc_stack, (uint64_t)reg[REG_RSP]);
    reg[REG_RDI] = sig;
    reg[REG_RSI] = (greg_t)(to + SAFE_FRAME_INFO);
    reg[REG_RDX] = (greg_t)copy;
    reg[REG_RAX] = 0;
    reg[REG_RIP] = (greg_t)handler;
    reg[REG_RSP] = (greg_t)to;
    reg[REG_EFL] &= ~DROPPED_FLAGS;
    uc->uc_mcontext.fpregs = NULL; /* handlers begin with the processor's initial state */
    safe_copy(&uc->uc_sigmask, &mask, sizeof mask);
    *ret_frame = to;
    return true;
}

/* No room for the frame: the kernel would have forced SIGSEGV. For a SIGSEGV the fault itself tells more. */
static void die_without_room(int sig, siginfo_t *info, ucontext_t *uc)
{
    if (sig != SIGSEGV) {
        safe_zero(info, sizeof *info);
        info->si_signo = SIGSEGV;
        info->si_code = SI_KERNEL;
    }
    safe_mask_change(uc, 0, SAFE_SIGBIT(SIGSEGV));
    safe_fatal_handler(SIGSEGV, info, uc);
}

/* A fault of our own, while this thread handles one. */
static bool is_nested(void)
{
    int owner = safe_state ? __atomic_load_n(&safe_state->owner, __ATOMIC_ACQUIRE) : 0;
    return owner && owner == safe_gettid();
}

/* Where the fault was that the application's handler gets. In a thread with TLS. */
static void note_fault(const siginfo_t *info, const ucontext_t *uc)
{
    if (info->si_code <= 0)
        return;
    safe_handled.pc = (uint64_t)uc->uc_mcontext.gregs[REG_RIP];
    safe_handled.sp = (uint64_t)uc->uc_mcontext.gregs[REG_RSP];
}

/* The same for the death that the handler may send afterwards. */
static void note_handed(int sig, const siginfo_t *info, const ucontext_t *uc)
{
    struct safe_handed_fault *handed = &safe_handed_fault;
    const int pid = safe_requests_are_watched() ? safe_getpid() : 0;
    const bool is_abort = sig == SIGABRT && info->si_code == SI_TKILL && info->si_pid == pid;
    if (!pid || (info->si_code <= 0 && !is_abort))
        return;
    __atomic_store_n(&handed->pid, 0, __ATOMIC_RELEASE);
    handed->signo = sig;
    handed->requests = safe_requests_own();
    safe_copy(handed->registers, uc->uc_mcontext.gregs, sizeof handed->registers);
    __atomic_store_n(&handed->pid, pid, __ATOMIC_RELEASE);
}

/* A fatal signal that is not for the application's handler, or not for it any more. True: it is dealt with.
 */
static bool is_fatal(int sig, siginfo_t *info, ucontext_t *uc, const struct safe_sigaction *act, bool has_tls)
{
    if (!safe_is_fatal_signal(sig))
        return false;
    if (act->handler == (void *)SIG_DFL || is_nested() || safe_limit_is(info)) {
        safe_fatal_handler(sig, info, uc);
        return true;
    }
    if (safe_blocked_put_off(sig, info, uc))
        return true;
    if (info->si_code > 0 && safe_blocked_for_certain(sig, uc, has_tls)) {
        safe_fatal_handler(sig, info, uc);
        return true;
    }
    if (!(act->flags & SA_RESETHAND))
        return false;
    /* The kernel would put its own default in place, and hide the next fault from us. */
    if (!__atomic_exchange_n(&safe_entry_armed[sig], false, __ATOMIC_ACQ_REL)) {
        safe_fatal_handler(sig, info, uc);
        return true;
    }
    if (!(act->flags & SA_NODEFER))
        safe_frames_note(sig, (uint64_t)uc - SAFE_FRAME_CONTEXT);
    safe_entry_take_over(sig);
    return false;
}

/*
 * The mask that the handler runs with. A fault of its own would kill past every handler, so the synchronous
 * signals that its action blocks are only marked as blocked. In a handler that interrupts such a handler the
 * kernel blocks them: there is one mark.
 */
static uint64_t handler_mask(int sig, const struct safe_sigaction *act, const ucontext_t *uc, bool has_tls)
{
    uint64_t mask = safe_mask_in_force(uc, has_tls), own = act->flags & SA_NODEFER ? 0 : SAFE_SIGBIT(sig);
    uint64_t held = (act->mask | own) & ~mask & SAFE_SYNC_MASK;
    bool is_marked = (SAFE_SIGBIT(sig) & SAFE_SYNC_MASK) || (sig == SIGABRT && crumple_config->handler_ns);
    if (!is_marked || !has_tls || safe_is_marked(mask))
        return mask | (act->mask & ~(safe_entry_ours & SAFE_SYNC_MASK)) | own;
    safe_handled.held = held;
    return mask | ((act->mask | own) & ~held) | (held ? SAFE_HANDLER_MARK : 0);
}

void *safe_entry_decide(int sig, siginfo_t *info, ucontext_t *uc);
void *safe_entry_decide(int sig, siginfo_t *info, ucontext_t *uc)
{
    const struct safe_sigaction act = safe_app_action[sig];
    uint64_t frame = (uint64_t)uc - SAFE_FRAME_CONTEXT;
    struct place place;
    void *handler = act.handler;

    if (safe_try_failed(sig, info, uc) || safe_try_trapped(sig, info, uc))
        return NULL;
    const bool has_tls = safe_fs_base();
    int tid = sig == SIGABRT ? safe_gettid() : 0;
    if (is_fatal(sig, info, uc, &act, has_tls) || handler == (void *)SIG_DFL || handler == (void *)SIG_IGN)
        return NULL;
    uint64_t mask = handler_mask(sig, &act, uc, has_tls);
    if (has_tls) {
        note_fault(info, uc);
        note_handed(sig, info, uc);
    }
    if (find_place(&act, uc, has_tls, &place)) {
        if (!move(sig, handler, uc, &place, mask, &frame)) {
            die_without_room(sig, info, uc);
            return NULL;
        }
        handler = NULL;
    } else {
        safe_call(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, 8);
    }
    safe_limit_begin(sig, info, frame);
    /* libc is in abort() on its own account (a failed assertion) and will put the kernel's default in place
     * when the handler returns, past our hooks: then it is the time to report. One that leaves by longjmp has
     * been given its chance. */
    if (tid &&
        __atomic_compare_exchange_n(&safe_entry_aborting, &tid, 0, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        *(uint64_t *)frame = safe_abort_restorer;
    return handler;
}
