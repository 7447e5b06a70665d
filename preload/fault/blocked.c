/* SPDX-License-Identifier: MIT */
/* Safe file: runs in signal handlers. See fault/blocked.h. */
#include "fault/blocked.h"

#include <errno.h>

#include "state/signals.h"
#include "stopped/signal_frames.h"
#include "base/sys.h"
#include "base/text.h"

/* Bytes of stack between a hook and libc's system call; less than a signal frame. */
#define WAITS_WITHIN  1024
#define OPENED_WITHIN 32768 /* bytes of stack between a handler's frame and its call that opens a signal */

uint64_t safe_mask_of(const ucontext_t *uc)
{
    uint64_t mask;
    safe_copy(&mask, &uc->uc_sigmask, sizeof mask);
    return mask;
}

uint64_t safe_mask_in_force(const ucontext_t *uc, bool has_tls)
{
    const struct safe_wait *wait = &safe_wait;
    const greg_t *reg = uc->uc_mcontext.gregs;
    if (has_tls && wait->at && reg[REG_RAX] == -EINTR && wait->at - (uint64_t)reg[REG_RSP] < WAITS_WITHIN)
        return wait->mask;
    return safe_mask_of(uc);
}

void safe_mask_change(ucontext_t *uc, uint64_t block, uint64_t unblock)
{
    uint64_t mask = (safe_mask_of(uc) | block) & ~unblock;
    safe_copy(&uc->uc_sigmask, &mask, sizeof mask);
}

/* By the action of the handler that runs. In a thread with TLS, as the next one. */
static bool is_held(int sig, const ucontext_t *uc)
{
    return safe_held_by(safe_mask_in_force(uc, true)) & SAFE_SIGBIT(sig);
}

/* By the thread's own mask. */
static bool is_shadowed(int sig, const ucontext_t *uc)
{
    if (!(safe_shadow & SAFE_SIGBIT(sig)))
        return false;
    if ((safe_mask_of(uc) & safe_mask_set) == safe_mask_set)
        return true;
    safe_shadow = 0;
    return false;
}

struct question {
    uint64_t signal; /* its bit */
    uint64_t mask;   /* of the interrupted code */
    uint64_t opened_at;
};

/*
 * The handler of this frame has the signal in its sa_mask, and has not opened it since. What the kernel did
 * block for that handler must still be blocked, or the frame is a leftover in memory that was not written
 * since.
 */
static bool holds_back(const struct safe_frame *frame, const void *arg)
{
    const struct question *question = arg;
    int sig = frame->info.si_signo;
    if (sig < 1 || sig > 64 ||
        !(__atomic_load_n(&safe_handler_mask[sig], __ATOMIC_RELAXED) & question->signal))
        return false;
    uint64_t proof = safe_app_action[sig].mask & ~SAFE_SYNC_MASK & ~SAFE_NEVER_BLOCKED;
    if (!(safe_app_action[sig].flags & SA_NODEFER))
        proof |= SAFE_SIGBIT(sig);
    if (frame->address - question->opened_at < OPENED_WITHIN)
        return false;
    return proof && ((proof | frame->mask) & ~question->mask) == 0;
}

/* Queues a signal again as it came: to this thread, or to the process, where another thread may be waiting
 * for it. Posing as the sender of a plain kill() is allowed to the main thread only (kernel/signal.c,
 * do_rt_sigqueueinfo). */
static bool send_again(int sig, siginfo_t *info)
{
    int pid = safe_getpid();
    if (info->si_code == SI_TKILL)
        return safe_call(SYS_rt_tgsigqueueinfo, pid, safe_gettid(), sig, info) == 0;
    return safe_call(SYS_rt_sigqueueinfo, pid, sig, info) == 0 || safe_call(SYS_kill, pid, sig) == 0;
}

bool safe_blocked_until_return(int sig, siginfo_t *info, ucontext_t *uc)
{
    const uint64_t signal = SAFE_SIGBIT(sig);
    /* Also until this handler returns, or it would come at once: safe_entry leaves it open. */
    safe_call(SYS_rt_sigprocmask, SIG_BLOCK, &signal, NULL, 8);
    safe_mask_change(uc, signal, 0);
    return send_again(sig, info);
}

bool safe_blocked_put_off(int sig, siginfo_t *info, ucontext_t *uc)
{
    struct question question = {SAFE_SIGBIT(sig), safe_mask_of(uc), UINT64_MAX};
    if (info->si_code > 0 || !(question.signal & SAFE_SYNC_MASK))
        return false;
    bool has_tls = safe_fs_base();
    if (has_tls && (safe_opened & question.signal))
        question.opened_at = safe_opened_at;
    if (!(has_tls && (is_held(sig, uc) || is_shadowed(sig, uc))) &&
        !safe_frames_any((uint64_t)uc->uc_mcontext.gregs[REG_RSP], holds_back, &question))
        return false;
    /* The belief stays: in a handler only its own frame gets blocked here, and outside of it the signal comes
     * again. */
    return safe_blocked_until_return(sig, info, uc);
}

bool safe_blocked_for_certain(int sig, const ucontext_t *uc, bool has_tls)
{
    if (!has_tls)
        return false;
    return is_held(sig, uc) || (is_shadowed(sig, uc) && safe_mask_set);
}
