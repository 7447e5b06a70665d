/* SPDX-License-Identifier: MIT */
#include "disposition.h"

#include <errno.h>
#include <string.h>

#include "safe_fatal.h"
#include "safe_frames.h"
#include "safe_state.h"
#include "safe_sys.h"

#define SIGNALS 65
#define KNOWN_FLAGS                                                                                          \
    (SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_ONSTACK | SA_RESTART | SA_NODEFER | SA_RESETHAND |        \
     0x800u /* SA_EXPOSE_TAGBITS */)

/* What the application set for signals whose kernel handler is ours or reset_entry. Written by its calls of
 * sigaction. */
static struct sigaction app_action[SIGNALS];
static _Atomic bool armed[SIGNALS];        /* reset_entry: the handler has not run yet */
static _Atomic int aborting;               /* tid of the thread whose next SIGABRT is abort()'s first */
static _Atomic uint64_t stripped[SIGNALS]; /* taken out of sa_mask of the signal's handler */
static _Atomic uint64_t ours;              /* signals whose kernel handler is safe_fatal_handler */
static bool interposed;                    /* another interposer of sigaction stands between libc and us */

/*
 * True in a vfork child: it shares our memory, and what it sets for itself (shells reset everything before
 * exec) must not be written into its parent's records. A forked child finds its own pid, or 0.
 */
static bool is_vfork_child(void)
{
    int pid = safe_state ? __atomic_load_n(&safe_state->pid, __ATOMIC_ACQUIRE) : 0;
    return pid && pid != safe_getpid();
}

static uint64_t to_bits(const sigset_t *set)
{
    uint64_t bits;
    memcpy(&bits, set, sizeof bits); /* the kernel's part of libc's larger set */
    return bits;
}

static void set_bits(sigset_t *set, uint64_t bits)
{
    memcpy(set, &bits, sizeof bits);
}

uint64_t disposition_keep_open(void)
{
    return __atomic_load_n(&ours, __ATOMIC_ACQUIRE) & SAFE_SYNC_MASK;
}

static void install_ours(int sig)
{
    const struct safe_sigaction act = {
        .handler = (void *)safe_fatal_handler,
        /* SA_RESTART: of a signal that changes nothing (blocked in truth, PID 1) calls know nothing. */
        .flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART | SAFE_SA_RESTORER,
        .restorer = (void *)safe_restore_rt,
        .mask = ~SAFE_SYNC_MASK,
    };
    safe_sigaction(sig, &act, NULL);
    __atomic_or_fetch(&ours, SAFE_SIGBIT(sig), __ATOMIC_ACQ_REL);
}

/*
 * The application's handler. Where libc is in abort() on its own account (a failed assertion), it will put
 * the kernel's default in place when the handler returns, past our hooks: then it is the time to report. One
 * that leaves by longjmp has been given its chance.
 */
static void run_app(int sig, siginfo_t *info, void *context)
{
    int tid = safe_gettid();
    bool is_over = sig == SIGABRT &&
                   __atomic_compare_exchange_n(&aborting, &tid, 0, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
    app_action[sig].sa_sigaction(sig, info, context);
    if (is_over)
        safe_fatal_handler(sig, info, context);
}

/* Stands in for SA_RESETHAND, which would put the kernel's own default in place and hide the next fault from
 * us. */
static void reset_entry(int sig, siginfo_t *info, void *context)
{
    if (!__atomic_exchange_n(&armed[sig], false, __ATOMIC_ACQ_REL) || app_action[sig].sa_handler == SIG_DFL) {
        safe_fatal_handler(sig, info, context);
        return;
    }
    safe_frames_give_back(sig);
    install_ours(sig);
    run_app(sig, info, context);
}

static void abort_entry(int sig, siginfo_t *info, void *context)
{
    run_app(sig, info, context);
}

static bool is_ours(const struct sigaction *kernel)
{
    return (void *)kernel->sa_sigaction == (void *)safe_fatal_handler;
}

static bool is_reset(const struct sigaction *kernel)
{
    return (void *)kernel->sa_sigaction == (void *)reset_entry;
}

static bool is_abort(const struct sigaction *kernel)
{
    return (void *)kernel->sa_sigaction == (void *)abort_entry;
}

/* Turns what the kernel had into what the application had set. */
static void show(struct sigaction *kernel, const struct sigaction *app, bool was_armed, uint64_t taken)
{
    if (is_ours(kernel) || (is_reset(kernel) && !was_armed)) {
        *kernel = *app;
        kernel->sa_handler = SIG_DFL;
    } else if (is_reset(kernel) || is_abort(kernel)) {
        *kernel = *app;
    } else {
        set_bits(&kernel->sa_mask, to_bits(&kernel->sa_mask) | taken);
    }
}

sighandler_t disposition_shown(int sig, sighandler_t kernel_handler)
{
    if ((void *)kernel_handler == (void *)safe_fatal_handler)
        return SIG_DFL;
    if ((void *)kernel_handler == (void *)reset_entry)
        return armed[sig] ? app_action[sig].sa_handler : SIG_DFL;
    if ((void *)kernel_handler == (void *)abort_entry)
        return app_action[sig].sa_handler;
    return kernel_handler;
}

void disposition_bypassed(int sig)
{
    if (sig > 0 && sig < SIGNALS && !is_vfork_child()) {
        __atomic_and_fetch(&ours, ~SAFE_SIGBIT(sig), __ATOMIC_ACQ_REL);
        __atomic_store_n(&stripped[sig], 0, __ATOMIC_RELAXED);
    }
}

/* Keeps what the application asked for, as the kernel would have kept it. */
static void remember(int sig, const struct sigaction *act)
{
    app_action[sig] = *act;
    /* Linux 5.11 and later drop flags they do not know (include/linux/signal_types.h, UAPI_SA_FLAGS). */
    app_action[sig].sa_flags = (act->sa_flags & (int)KNOWN_FLAGS) | (int)SAFE_SA_RESTORER;
    app_action[sig].sa_restorer = (void (*)(void))crumple_config->libc_restorer;
    set_bits(&app_action[sig].sa_mask,
             to_bits(&act->sa_mask) & ~(SAFE_SIGBIT(SIGKILL) | SAFE_SIGBIT(SIGSTOP)));
}

static int set_default(disposition_sigaction kernel, int sig, const struct sigaction *act,
                       struct sigaction *old)
{
    int rc = old ? kernel(sig, NULL, old) : 0;
    if (rc == 0) {
        remember(sig, act);
        safe_frames_give_back(sig);
        install_ours(sig);
    }
    return rc;
}

static int set_resetting(disposition_sigaction kernel, int sig, const struct sigaction *act,
                         struct sigaction *old)
{
    struct sigaction entry = *act;
    int rc;
    entry.sa_sigaction = reset_entry;
    entry.sa_flags = (act->sa_flags & ~(int)SA_RESETHAND) | SA_SIGINFO;
    set_bits(&entry.sa_mask, to_bits(&act->sa_mask) & ~SAFE_SYNC_MASK);
    remember(sig, act);
    __atomic_store_n(&armed[sig], true, __ATOMIC_RELEASE);
    rc = kernel(sig, &entry, old);
    __atomic_and_fetch(&ours, ~SAFE_SIGBIT(sig), __ATOMIC_ACQ_REL);
    return rc;
}

static int set_plain(disposition_sigaction kernel, int sig, const struct sigaction *act,
                     struct sigaction *old)
{
    struct sigaction changed = *act;
    uint64_t take = to_bits(&act->sa_mask) & disposition_keep_open();
    int rc;
    set_bits(&changed.sa_mask, to_bits(&act->sa_mask) & ~take);
    rc = kernel(sig, &changed, old);
    if (rc == 0) {
        disposition_bypassed(sig);
        __atomic_store_n(&stripped[sig], take, __ATOMIC_RELAXED);
    }
    return rc;
}

/*
 * Another interposer keeps what it finds installed, and gives it to its own as the handler to chain to (the
 * JVM's libjsig): it is to find what the application would see. It may also keep the new one for itself.
 */
static int set_between(disposition_sigaction kernel, int sig, const struct sigaction *act,
                       struct sigaction *old)
{
    const struct safe_sigaction by_default = {.handler = (void *)SIG_DFL};
    struct safe_sigaction now;
    int rc;
    if (act->sa_handler == SIG_DFL)
        safe_frames_give_back(sig);
    if (safe_sigaction(sig, NULL, &now) == 0 && now.handler == (void *)safe_fatal_handler)
        safe_sigaction(sig, &by_default, NULL);
    rc = kernel(sig, act, old);
    if (safe_sigaction(sig, NULL, &now) == 0 && now.handler == (void *)SIG_DFL)
        install_ours(sig);
    else
        disposition_bypassed(sig);
    return rc;
}

static bool is_function(const struct sigaction *act)
{
    return act->sa_handler != SIG_DFL && act->sa_handler != SIG_IGN;
}

int disposition_set(disposition_sigaction kernel, int sig, const struct sigaction *act, struct sigaction *old)
{
    bool fatal = safe_is_fatal_signal(sig), was_armed;
    struct sigaction before_app, before_kernel;
    uint64_t taken;
    int rc;

    /* Inert, or a number libc will refuse, or nothing of ours in it. */
    if (!crumple_config || sig < 1 || sig >= SIGNALS)
        return kernel(sig, act, old);
    before_app = app_action[sig];
    was_armed = armed[sig];
    taken = stripped[sig];
    if (!act || is_vfork_child())
        rc = kernel(sig, act, &before_kernel);
    else if (fatal && interposed)
        rc = set_between(kernel, sig, act, &before_kernel);
    else if (fatal && act->sa_handler == SIG_DFL)
        rc = set_default(kernel, sig, act, &before_kernel);
    else if (fatal && is_function(act) && (act->sa_flags & (int)SA_RESETHAND))
        rc = set_resetting(kernel, sig, act, &before_kernel);
    else
        rc = set_plain(kernel, sig, act, &before_kernel);
    if (rc == 0 && old) {
        show(&before_kernel, &before_app, was_armed, taken);
        *old = before_kernel;
    }
    return rc;
}

void disposition_expect_interposer(void)
{
    interposed = true;
}

void disposition_expect_abort(void)
{
    struct sigaction app;
    struct safe_sigaction now;
    if (!crumple_config || is_vfork_child() || safe_sigaction(SIGABRT, NULL, &now) < 0)
        return;
    if (now.handler == (void *)SIG_DFL || now.handler == (void *)safe_fatal_handler)
        return;
    if (now.handler == (void *)SIG_IGN) { /* abort() raises it, and then again with the default in place */
        install_ours(SIGABRT);
        return;
    }
    if (now.handler != (void *)reset_entry && now.handler != (void *)abort_entry) {
        memset(&app, 0, sizeof app);
        app.sa_handler = (void (*)(int))now.handler;
        app.sa_flags = (int)now.flags;
        set_bits(&app.sa_mask, now.mask | stripped[SIGABRT]);
        remember(SIGABRT, &app);
        now.handler = (void *)abort_entry;
        now.flags |= SA_SIGINFO;
        safe_sigaction(SIGABRT, &now, NULL);
    }
    __atomic_store_n(&aborting, safe_gettid(), __ATOMIC_RELEASE);
}

/* What this program was started with: believed blocked, and open. Nobody else runs yet. */
static void adopt_mask(void)
{
    uint64_t mask = 0, open;
    if (safe_call(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, 8) < 0)
        return;
    open = mask & disposition_keep_open();
    if (!open)
        return;
    safe_shadow = open;
    safe_mask_set = mask & ~open & ~SAFE_NEVER_BLOCKED;
    safe_call(SYS_rt_sigprocmask, SIG_UNBLOCK, &open, NULL, 8);
}

void disposition_take_over(void)
{
    size_t i;
    for (i = 0; i < SAFE_FATAL_COUNT; i++) {
        struct safe_sigaction now;
        int sig = safe_fatal_signals[i];
        if (safe_sigaction(sig, NULL, &now) == 0 && now.handler == (void *)SIG_DFL)
            install_ours(sig);
    }
    adopt_mask();
}

uint64_t disposition_hand_down(void)
{
    uint64_t shadow = safe_shadow, mask = 0;
    if (!shadow || safe_call(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, 8) < 0)
        return 0;
    /* Changed since by something that no hook sees, the raw calls of a vfork child among them. */
    if ((mask & safe_mask_set) != safe_mask_set || (!safe_mask_set && is_vfork_child()))
        return 0;
    shadow &= ~mask;
    if (shadow && safe_call(SYS_rt_sigprocmask, SIG_BLOCK, &shadow, NULL, 8) < 0)
        return 0;
    return shadow;
}

void disposition_take_back(uint64_t handed)
{
    if (handed)
        safe_call(SYS_rt_sigprocmask, SIG_UNBLOCK, &handed, NULL, 8);
}

static uint64_t apply(int how, uint64_t mask, uint64_t want)
{
    return how == SIG_BLOCK ? mask | want : how == SIG_UNBLOCK ? mask & ~want : want;
}

/*
 * The mask that is sure to be in force from now on, as far as this call made it. What was only there before
 * it may go without a call: a handler's own signal, for one.
 */
static uint64_t in_force(int how, uint64_t before, uint64_t pass)
{
    uint64_t kept = how == SIG_UNBLOCK ? safe_mask_set & ~pass
                    : how == SIG_BLOCK ? safe_mask_set
                                       : safe_mask_set & pass;
    return (how == SIG_UNBLOCK ? kept : kept | (pass & ~before)) & ~SAFE_NEVER_BLOCKED;
}

int disposition_mask(int (*kernel)(int, const sigset_t *, sigset_t *), int how, const sigset_t *set,
                     sigset_t *old)
{
    uint64_t keep = disposition_keep_open(), shadow = safe_shadow, want = 0, pass = 0,
             mask_set = safe_mask_set;
    sigset_t changed, before;
    int rc;

    if ((!keep && !shadow) || is_vfork_child())
        return kernel(how, set, old);
    if (set) {
        want = to_bits(set);
        pass = how == SIG_UNBLOCK ? want : want & ~keep;
        changed = *set;
        set_bits(&changed, pass);
        /* Before the call: a signal it lets through is judged by the new view, and by no more than stays
         * blocked. */
        safe_shadow = apply(how, shadow, how == SIG_UNBLOCK ? want : want & keep);
        safe_mask_set = in_force(how, UINT64_MAX, pass);
    }
    rc = kernel(how, set ? &changed : NULL, &before);
    if (rc == 0 && (to_bits(&before) & mask_set) != mask_set)
        shadow = mask_set =
            0; /* changed behind our back (siglongjmp, the return of a handler): nothing is believed */
    safe_mask_set = mask_set;
    if (rc != 0 || !set) {
        safe_shadow = shadow;
    } else {
        safe_shadow = apply(how, shadow, how == SIG_UNBLOCK ? want : want & keep);
        safe_mask_set = in_force(how, to_bits(&before), pass);
    }
    if (rc == 0 && old) {
        *old = before;
        set_bits(old, to_bits(&before) | shadow);
    }
    return rc;
}

const sigset_t *disposition_wait_begin(struct disposition_wait *wait, const sigset_t *mask)
{
    uint64_t keep = disposition_keep_open(), blocked = 0;
    wait->changed = mask && (keep || safe_shadow) && !is_vfork_child();
    if (!wait->changed)
        return mask;
    wait->shadow = safe_shadow;
    wait->mask_set = safe_mask_set;
    wait->passed = *mask;
    /* One that was put off is blocked in truth and pending: let through, it would end this wait again and
     * again. */
    if (to_bits(mask) & keep)
        safe_call(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &blocked, 8);
    set_bits(&wait->passed, to_bits(mask) & ~(keep & ~blocked));
    safe_mask_set = 0;
    safe_shadow = to_bits(mask) & keep;
    return &wait->passed;
}

void disposition_wait_end(const struct disposition_wait *wait)
{
    if (wait->changed) {
        safe_shadow = wait->shadow;
        safe_mask_set = wait->mask_set;
    }
}
