/* SPDX-License-Identifier: MIT */
/* An ordinary file, but it runs in a signal handler: raw system calls, no locks, no memory but its own. */
#include "calls/dumps.h"

#include <errno.h>
#include <time.h>
#include <ucontext.h>

#include "base/text.h"
#include "capture/dumper.h"
#include "crumple_format.h"
#include "fault/handler.h"
#include "state/claim.h"
#include "libc/data/signals.h"
#include "state/config.h"
#include "state/fault.h"
#include "state/signals.h"
#include "stopped/again.h"
#include "stopped/park.h"

#define APART_NS                                                                                             \
    UINT64_C(1000000000) /* between the beginnings of two dumps: a storm of requests costs little */

#define CHAIN_TRIES 1000

static struct safe_sigaction before; /* what the kernel had for the signal */
static struct safe_sigaction heard;  /* what it has, while exec is tried */
static bool is_listening;

bool dumps_is_request(const siginfo_t *info, uint32_t *ret_token)
{
    uint64_t value = (uint64_t)info->si_value.sival_ptr;
    if (info->si_code != SI_QUEUE || value >> 32 != CRUMPLE_DUMP_MAGIC)
        return false;
    *ret_token = (uint32_t)value;
    return true;
}

/* With the claim. Returns the helper's pid or a negative errno. 'uc' NULL: the context is made of 'here'. */
static int capture(const struct safe_dump *request, const ucontext_t *uc, const struct exits_registers *here)
{
    static const siginfo_t no_signal;
    static struct safe_dump dump; /* all three are read by the helper as long as this runs */
    static ucontext_t context;
    static uint64_t last_ns;
    uint64_t now = safe_clock_ns(CLOCK_MONOTONIC);
    if (!safe_dumper_reap() || (last_ns && now - last_ns < APART_NS))
        return -EAGAIN;
    last_ns = now;
    dump = *request;
    if (!uc)
        exits_context(&context, here);
    safe_fault_note(0, &no_signal, uc ? uc : &context);
    safe_fault.dump = &dump;
    safe_park_prepare();
    return safe_dumper_run();
}

/* With all signals blocked. The claim is not waited for: a thread that waits in a handler could not be stopped by the
 * fault that has it. */
static int take_and_capture(const struct safe_dump *request, const ucontext_t *uc,
                            const struct exits_registers *here)
{
    if (!crumple_config || !safe_state)
        return -ENOSYS;
    if (safe_guest(safe_getpid(), true))
        return -EPERM;
    /* The keeper works with the same memory as a helper, and looks after threads that are being ended. */
    if (__atomic_load_n(&safe_state->keeper, __ATOMIC_SEQ_CST) || !safe_claim_try(safe_gettid()))
        return -EAGAIN;
    int error = capture(request, uc, here);
    if (error < 0)
        safe_claim_release();
    return error;
}

/*
 * What stood there before. Where libc installs its handler for each setuid(), it may do so while crumple installs its own,
 * which then gets the signals that libc sends and waits for: who installs it will say in a moment whose they are.
 */
static void *chained_handler(const siginfo_t *info)
{
    void *handler = __atomic_load_n(&before.handler, __ATOMIC_ACQUIRE);
    for (int i = 0; LIBC_STOP_SIGNAL_IS_DROPPED && i < CHAIN_TRIES && handler <= (void *)SIG_IGN &&
                    info->si_code == SI_TKILL && info->si_pid == safe_getpid();
         i++) {
        safe_call(SYS_sched_yield);
        handler = __atomic_load_n(&before.handler, __ATOMIC_ACQUIRE);
    }
    return handler;
}

/* As the kernel would have treated the signal; but for one that is to stop a thread, and comes too late. */
static void hand_on(int sig, siginfo_t *info, void *context)
{
    if (info->si_code == SI_QUEUE && info->si_pid == safe_getpid())
        return;
    void *handler = chained_handler(info);
    if (handler == (void *)SIG_IGN || (handler == (void *)SIG_DFL && safe_getpid() == 1))
        return;
    if (handler == (void *)SIG_DFL)
        safe_die(sig, info, context);
    else
        ((void (*)(int, siginfo_t *, void *))handler)(sig, info, context);
}

static void dump_handler(int sig, siginfo_t *info, void *context)
{
    struct safe_dump request = {.pid = info->si_pid, .uid = info->si_uid};
    if (!dumps_is_request(info, &request.token)) {
        hand_on(sig, info, context);
        return;
    }
    if (request.token)
        (void)take_and_capture(&request, context, NULL);
    else
        (void)safe_dumper_reap();
    (void)safe_again(context);
}

static bool is_of_crumple(const struct safe_sigaction *act)
{
    extern const char __ehdr_start[] __attribute__((visibility("hidden"))),
        _end[] __attribute__((visibility("hidden")));
    return (char *)act->handler >= __ehdr_start && (char *)act->handler < _end;
}

void dumps_listen(void)
{
    const struct safe_sigaction act = {
        .handler = (void *)dump_handler,
        .flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK | SAFE_SA_RESTORER,
        .restorer = (void *)safe_restore_rt,
        .mask = ~SAFE_SYNC_MASK,
    };
    struct safe_sigaction now;
    /* One of ours: this one, or that of stopped threads, which hands on to this one. */
    if (safe_sigaction(LIBC_STOP_SIGNAL, NULL, &now) < 0 || is_of_crumple(&now))
        return;
    before = now;
    is_listening = safe_sigaction(LIBC_STOP_SIGNAL, &act, &now) == 0;
    if (!is_of_crumple(&now))
        before = now; /* that libc has put there since: see chained_handler() */
}

/* In another thread libc may be about to send its signal to this one: it comes when 'before' is right. */
void dumps_take_back(void)
{
    const uint64_t all = ~SAFE_SYNC_MASK;
    uint64_t mask;
    if (!is_listening)
        return;
    safe_call(SYS_rt_sigprocmask, SIG_SETMASK, &all, &mask, 8);
    dumps_listen();
    safe_call(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, 8);
}

/* With other threads the handler is libc's as well, and setuid() would wait for it. A request is not sent to the thread
 * that calls exec then, if there is another. */
static bool is_alone(void)
{
    return is_listening && (before.handler == (void *)SIG_DFL || before.handler == (void *)SIG_IGN);
}

void dumps_ignore(void)
{
    const struct safe_sigaction ignore = {.handler = (void *)SIG_IGN};
    if (is_alone())
        safe_sigaction(LIBC_STOP_SIGNAL, &ignore, &heard);
}

void dumps_hear(void)
{
    if (is_alone())
        safe_sigaction(LIBC_STOP_SIGNAL, &heard, NULL);
}

void dumps_listen_again(void)
{
    static _Atomic bool is_done;
    dumps_listen_anew();
    if (!__atomic_load_n(&is_done, __ATOMIC_RELAXED) &&
        !__atomic_exchange_n(&is_done, true, __ATOMIC_ACQ_REL))
        dumps_listen();
}

int dumps_call(const char *reason, const struct exits_registers *here)
{
    const uint64_t all = ~SAFE_SYNC_MASK;
    uint64_t mask;
    struct safe_dump request = {.pid = safe_getpid(), .uid = (uint32_t)safe_call(SYS_getuid)};
    struct safe_text t = safe_text_on(request.reason, sizeof request.reason);
    safe_text_add(&t, reason ? reason : "");
    dumps_listen_anew(); /* what is found installed stays behind the handler of stopped threads */
    safe_call(SYS_rt_sigprocmask, SIG_SETMASK, &all, &mask, 8);
    int helper = take_and_capture(&request, NULL, here);
    safe_call(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, 8);
    if (helper < 0)
        return helper;
    return safe_dumper_wait(helper) == CRUMPLE_WRITER_OK ? 0 : -EIO;
}
