/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper process, or in the faulting thread when no helper can be had. */
#include "safe_stage.h"

#include <signal.h>
#include <stddef.h>
#include <time.h>
#include <ucontext.h>

#include "safe_fatal.h"
#include "safe_inject.h"
#include "safe_state.h"
#include "safe_sys.h"
#include "safe_text.h"

#define ITIMER_REAL 0

/* One at a time: the capture is one thread of execution. */
static struct {
    void *place[5]; /* frame, address, stack pointer behind the stage (__builtin_setjmp) */
    int tid;
    volatile bool active;
    volatile int sig;
    volatile uint64_t addr;
    const char *volatile name;
} now;

/* Again and again, as without a helper another thread may get the signal. */
static void set_timer(uint64_t ns)
{
    int64_t sec = (int64_t)(ns / 1000000000u), usec = (int64_t)(ns % 1000000000u / 1000);
    const struct {
        int64_t every_sec, every_usec, sec, usec;
    } timer = {sec, usec, sec, usec};
    safe_call(SYS_setitimer, ITIMER_REAL, &timer, NULL);
}

static void stage_handler(int sig, siginfo_t *info, void *context)
{
    ucontext_t *uc = context;
    if (safe_fatal_own_call_trapped(sig, info, uc))
        return;
    if (!now.active || now.tid != safe_gettid()) {
        if (sig != SIGALRM)
            safe_fatal_handler(sig, info, context);
        return;
    }
    if (sig != SIGALRM && info->si_code <= 0)
        return; /* sent by somebody: too late to matter */
    now.active = false;
    now.sig = sig;
    now.addr = sig == SIGALRM ? 0 : (uint64_t)info->si_addr;
    uc->uc_mcontext.gregs[REG_RBP] = (greg_t)now.place[0];
    uc->uc_mcontext.gregs[REG_RIP] = (greg_t)now.place[1];
    uc->uc_mcontext.gregs[REG_RSP] = (greg_t)now.place[2];
    uc->uc_mcontext.gregs[REG_EFL] &= ~(greg_t)0x500; /* direction and trap flag off */
}

void safe_stage_install(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS, SIGALRM};
    const struct safe_sigaction act = {
        .handler = (void *)stage_handler,
        .flags = SA_SIGINFO | SAFE_SA_RESTORER,
        .restorer = (void *)safe_restore_rt,
        .mask = ~SAFE_SYNC_MASK,
    };
    const uint64_t open = SAFE_SYNC_MASK | SAFE_SIGBIT(SIGALRM);
    size_t i;
    for (i = 0; i < sizeof signals / sizeof *signals; i++)
        safe_sigaction(signals[i], &act, NULL);
    safe_call(SYS_rt_sigprocmask, SIG_UNBLOCK, &open, NULL, 8);
}

const char *safe_stage_name(void)
{
    return now.name;
}

const char *safe_stage_trouble(void)
{
    return now.sig == 0 ? "" : now.sig == SIGALRM ? "took too long" : "faulted";
}

static void tell(struct safe_text *errors)
{
    if (!errors)
        return;
    safe_text_add(errors, now.name);
    safe_text_add(errors, ": this stage of the capture ");
    safe_text_add(errors, safe_stage_trouble());
    if (now.sig != SIGALRM) {
        safe_text_add(errors, ": ");
        safe_text_add(errors, safe_signal_name(now.sig));
        safe_text_add(errors, " at ");
        safe_text_add_hex(errors, now.addr);
    }
    safe_text_add(errors, "\n");
}

/* Not inlined: the compiler must not keep anything of its caller in registers over the jump. */
__attribute__((noinline)) static bool guarded(void (*run)(void *), void *arg, uint64_t limit_ns)
{
    if (__builtin_setjmp(now.place))
        return false;
    now.tid = safe_gettid();
    now.active = true;
    set_timer(limit_ns);
    safe_inject(now.name);
    run(arg);
    now.active = false;
    return true;
}

bool safe_stage_run(const char *name, void (*run)(void *), void *arg, unsigned share,
                    struct safe_text *errors)
{
    uint64_t at = safe_clock_ns(CLOCK_MONOTONIC), least = 20000000;
    uint64_t left = safe_fault.deadline_ns > at ? (safe_fault.deadline_ns - at) / share : 0;
    bool done;
    __atomic_store_n(&now.name, name, __ATOMIC_RELEASE);
    now.sig = 0;
    done = guarded(run, arg, left > least ? left : least);
    set_timer(0);
    if (!done)
        tell(errors);
    return done;
}
