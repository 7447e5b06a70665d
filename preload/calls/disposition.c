/* SPDX-License-Identifier: MIT */
#include "calls/disposition.h"

#include <string.h>

#include "state/config.h"
#include "state/signals.h"
#include "libc/calls/objects.h"
#include "loader/go_runtime.h"
#include "libc/data/signals.h"
#include "calls/masks.h"
#include "loader/real.h"
#include "fault/entry.h"
#include "fault/handler.h"
#include "stopped/signal_frames.h"
#include "state/fault.h"
#include "base/sys.h"

#define SIGNALS 65
#define KNOWN_FLAGS                                                                                          \
    (SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_ONSTACK | SA_RESTART | SA_NODEFER | SA_RESETHAND |        \
     0x800u /* SA_EXPOSE_TAGBITS */)

static bool interposed; /* another interposer of sigaction stands between libc and us */

static bool is_ours(const struct sigaction *kernel)
{
    return (void *)kernel->sa_sigaction == (void *)safe_fatal_handler;
}

static bool is_entry(const struct sigaction *kernel)
{
    return (void *)kernel->sa_sigaction == (void *)safe_entry;
}

/* What the application had set, before a call changes it. */
struct before {
    struct safe_sigaction app;
    uint64_t handler_mask;
    bool armed;
};

static bool is_reset_over(int sig, const struct before *before)
{
    return safe_is_fatal_signal(sig) && (before->app.flags & SA_RESETHAND) && !before->armed;
}

/* Turns what the kernel had into what the application had set. siginterrupt() goes past us to the kernel. */
static void show(int sig, struct sigaction *kernel, const struct before *before)
{
    const struct safe_sigaction *app = &before->app;
    int restart = kernel->sa_flags & (int)SA_RESTART;
    /* A signal that is not fatal to us the kernel itself resets, and keeps the rest. */
    bool is_reset = kernel->sa_handler == SIG_DFL && (safe_entry_entered & SAFE_SIGBIT(sig));
    bool is_default = is_ours(kernel) || is_reset;
    if (!is_default && !is_entry(kernel)) {
        masks_set_bits(&kernel->sa_mask, masks_to_bits(&kernel->sa_mask) | before->handler_mask);
        if (before->handler_mask)
            kernel->sa_flags &= ~(int)SA_SIGINFO | (int)app->flags;
        return;
    }
    memset(kernel, 0, sizeof *kernel);
    kernel->sa_handler = is_default || is_reset_over(sig, before) ? SIG_DFL : (sighandler_t)app->handler;
    kernel->sa_flags = is_default ? (int)app->flags : ((int)app->flags & ~(int)SA_RESTART) | restart;
    kernel->sa_restorer = (void (*)(void))app->restorer;
    masks_set_bits(&kernel->sa_mask, app->mask);
}

sighandler_t disposition_shown(int sig, sighandler_t kernel_handler)
{
    const struct before now = {safe_app_action[sig], 0, safe_entry_armed[sig]};
    if ((void *)kernel_handler == (void *)safe_fatal_handler)
        return SIG_DFL;
    if ((void *)kernel_handler == (void *)safe_entry)
        return is_reset_over(sig, &now) ? SIG_DFL : (sighandler_t)now.app.handler;
    return kernel_handler;
}

/* Keeps what the application asked for, as the kernel would have kept it. */
static void remember(int sig, const struct safe_sigaction *act)
{
    safe_app_action[sig] = *act;
    /* Linux 5.11 and later drop flags they do not know (include/linux/signal_types.h, UAPI_SA_FLAGS). */
    safe_app_action[sig].flags = (act->flags & KNOWN_FLAGS) | SAFE_SA_RESTORER;
    safe_app_action[sig].restorer = (void *)crumple_config->libc_restorer;
    safe_app_action[sig].mask &= ~(SAFE_SIGBIT(SIGKILL) | SAFE_SIGBIT(SIGSTOP));
}

static struct safe_sigaction as_kernel(const struct sigaction *act)
{
    return (struct safe_sigaction){
        .handler = (void *)act->sa_handler,
        .flags = (unsigned)act->sa_flags,
        .mask = masks_to_bits(&act->sa_mask),
    };
}

/* The kernel has neither safe_fatal_handler nor safe_entry for it. */
static void forget(int sig)
{
    __atomic_and_fetch(&safe_entry_ours, ~SAFE_SIGBIT(sig), __ATOMIC_ACQ_REL);
    __atomic_and_fetch(&safe_entry_entered, ~SAFE_SIGBIT(sig), __ATOMIC_ACQ_REL);
    __atomic_store_n(&safe_handler_mask[sig], 0, __ATOMIC_RELAXED);
}

bool disposition_leaves_stacks(void)
{
    return interposed || !libc_finds_objects();
}

/* The kernel's action for a handler that safe_entry enters. The mask is that of the entry; a
 * signal that the kernel resets by itself is not fatal to us. */
static unsigned long entry_flags(int sig, unsigned long flags)
{
    flags |= SA_SIGINFO | SA_NODEFER | (disposition_leaves_stacks() ? 0 : SA_ONSTACK);
    return safe_is_fatal_signal(sig) ? flags & ~(unsigned long)SA_RESETHAND : flags;
}

static void entered(int sig)
{
    __atomic_store_n(&safe_handler_mask[sig], safe_app_action[sig].mask & SAFE_SYNC_MASK, __ATOMIC_RELAXED);
    __atomic_and_fetch(&safe_entry_ours, ~SAFE_SIGBIT(sig), __ATOMIC_ACQ_REL);
    __atomic_or_fetch(&safe_entry_entered, SAFE_SIGBIT(sig), __ATOMIC_ACQ_REL);
}

/* A handler that is installed already is put behind the entry. */
static void enter_installed(int sig, struct safe_sigaction *now)
{
    now->mask |= safe_handler_mask[sig];
    remember(sig, now);
    __atomic_store_n(&safe_entry_armed[sig], true, __ATOMIC_RELEASE);
    now->handler = (void *)safe_entry;
    now->flags = entry_flags(sig, now->flags);
    now->mask = ~SAFE_SYNC_MASK;
    safe_sigaction(sig, now, NULL);
    entered(sig);
}

void disposition_bypassed(int sig)
{
    struct safe_sigaction now;
    if (!crumple_config || sig < 1 || sig >= SIGNALS || disposition_is_vfork_child())
        return;
    forget(sig);
    if (safe_is_fatal_signal(sig) && !disposition_leaves_stacks() && safe_sigaction(sig, NULL, &now) == 0 &&
        now.handler != (void *)SIG_DFL && now.handler != (void *)SIG_IGN)
        enter_installed(sig, &now);
}

static int set_default(int sig, const struct sigaction *act, struct sigaction *old)
{
    const struct safe_sigaction asked = as_kernel(act);
    int error = real.sigaction(sig, NULL, old);
    if (error == 0) {
        safe_frames_give_back(sig);
        safe_entry_take_over(sig);
        remember(sig, &asked);
    }
    return error;
}

static int set_entered(int sig, const struct sigaction *act, struct sigaction *old)
{
    const struct safe_sigaction asked = as_kernel(act);
    struct sigaction entry = *act;
    entry.sa_sigaction = safe_entry;
    entry.sa_flags = (int)entry_flags(sig, (unsigned)act->sa_flags);
    masks_set_bits(&entry.sa_mask, ~SAFE_SYNC_MASK);
    remember(sig, &asked);
    __atomic_store_n(&safe_entry_armed[sig], true, __ATOMIC_RELEASE);
    int error = real.sigaction(sig, &entry, old);
    if (error == 0)
        entered(sig);
    return error;
}

/* A handler whose mask loses something is found on the stack by its siginfo (fault/blocked.c), which the
 * kernel writes where it is asked for. */
static int set_plain(int sig, const struct sigaction *act, struct sigaction *old)
{
    const struct safe_sigaction asked = as_kernel(act);
    struct sigaction changed = *act;
    uint64_t take = asked.mask & masks_standing_in();
    masks_set_bits(&changed.sa_mask, asked.mask & ~take);
    if (take)
        changed.sa_flags |= SA_SIGINFO;
    int error = real.sigaction(sig, &changed, old);
    if (error == 0) {
        forget(sig);
        remember(sig, &asked);
        __atomic_store_n(&safe_handler_mask[sig], take, __ATOMIC_RELAXED);
    }
    return error;
}

/*
 * Another interposer keeps what it finds installed, and gives it to its own as the handler to chain to (the
 * JVM's libjsig): it is to find what the application would see. It may also keep the new one for itself.
 */
static int set_between(int sig, const struct sigaction *act, struct sigaction *old)
{
    const struct safe_sigaction by_default = {.handler = (void *)SIG_DFL};
    struct safe_sigaction now;
    if (act->sa_handler == SIG_DFL)
        safe_frames_give_back(sig);
    if (safe_sigaction(sig, NULL, &now) == 0 && now.handler == (void *)safe_fatal_handler)
        safe_sigaction(sig, &by_default, NULL);
    int error = real.sigaction(sig, act, old);
    if (safe_sigaction(sig, NULL, &now) == 0 && now.handler == (void *)SIG_DFL)
        safe_entry_take_over(sig);
    else
        disposition_bypassed(sig);
    return error;
}

static bool is_function(const struct sigaction *act)
{
    return act->sa_handler != SIG_DFL && act->sa_handler != SIG_IGN;
}

/* Which handlers safe_entry stands before. */
static bool is_to_enter(int sig, const struct sigaction *act)
{
    if (!is_function(act))
        return false;
    if (safe_is_fatal_signal(sig) && (act->sa_flags & (int)SA_RESETHAND))
        return true;
    return (safe_is_fatal_signal(sig) || (act->sa_flags & SA_ONSTACK)) && !disposition_leaves_stacks() &&
           !go_runtime_owns((void *)act->sa_handler);
}

int disposition_set(int sig, const struct sigaction *act, struct sigaction *old)
{
    bool fatal = safe_is_fatal_signal(sig);
    struct sigaction found;
    struct before before;
    int error;

    /* Inert, or a number libc will refuse, or nothing of ours in it. */
    if (!crumple_config || sig < 1 || sig >= SIGNALS)
        return real.sigaction(sig, act, old);
    before = (struct before){safe_app_action[sig], safe_handler_mask[sig], safe_entry_armed[sig]};
    if (!act || disposition_is_vfork_child())
        error = real.sigaction(sig, act, &found);
    else if (fatal && interposed)
        error = set_between(sig, act, &found);
    else if (act->sa_handler == SIG_DFL && safe_is_taken_signal(sig))
        error = set_default(sig, act, &found);
    else if (is_to_enter(sig, act))
        error = set_entered(sig, act, &found);
    else
        error = set_plain(sig, act, &found);
    if (error == 0 && old) {
        show(sig, &found, &before);
        if (!LIBC_TELLS_RESTORER)
            found.sa_restorer = old->sa_restorer;
        *old = found;
    }
    return error;
}

void disposition_expect_interposer(void)
{
    interposed = true;
}

void disposition_expect_abort(void)
{
    struct safe_sigaction now;
    if (!crumple_config || disposition_is_vfork_child() || safe_sigaction(SIGABRT, NULL, &now) < 0)
        return;
    if (now.handler == (void *)SIG_DFL || now.handler == (void *)safe_fatal_handler)
        return;
    if (now.handler == (void *)SIG_IGN) { /* abort() raises it, and then again with the default in place */
        safe_entry_take_over(SIGABRT);
        return;
    }
    if (now.handler != (void *)safe_entry)
        enter_installed(SIGABRT, &now);
    __atomic_store_n(&safe_entry_aborting, safe_gettid(), __ATOMIC_RELEASE);
}

/* Takes over a signal with the default disposition. */
static void take_over(int sig)
{
    struct safe_sigaction now;
    if (safe_sigaction(sig, NULL, &now) == 0 && now.handler == (void *)SIG_DFL)
        safe_entry_take_over(sig);
}

/* Not beside another interposer, which would show our handler to the application; and PID 1 does not die of
 * them. */
static void watch(void)
{
    static _Atomic bool is_done;
    if (!crumple_config->signals || interposed || safe_getpid() == 1 || disposition_is_vfork_child() ||
        __atomic_exchange_n(&is_done, true, __ATOMIC_ACQ_REL))
        return;
    __atomic_store_n(&safe_watched_signals, crumple_config->signals, __ATOMIC_RELEASE);
    for (int sig = 1; sig < SIGNALS; sig++)
        if (crumple_config->signals & SAFE_SIGBIT(sig))
            take_over(sig);
}

void disposition_watch_threads(void)
{
    if (crumple_config->signals_in_threads && !safe_watched_signals)
        watch();
}

void disposition_take_over(void)
{
    for (size_t i = 0; i < SAFE_FATAL_COUNT; i++)
        take_over(safe_fatal_signals[i]);
    if (!crumple_config->signals_in_threads)
        watch();
    masks_adopt();
}
