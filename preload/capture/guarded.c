/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper process, or in the faulting thread if there is no helper. */
#include "capture/guarded.h"

#include <signal.h>
#include <stddef.h>
#include <time.h>
#include <ucontext.h>

#include "state/signals.h"
#include "base/inject.h"
#include "proc/try.h"
#include "state/fault.h"
#include "base/sys.h"
#include "base/text.h"

#define ITIMER_REAL 0
#define TO_THREAD   4 /* SIGEV_THREAD_ID */

/*
 * In the helper, its own interval timer. In the process itself, where other threads would get the signal and
 * the interval timer may be the application's, a timer that rings in this thread.
 */
static int timer_id = -1;

/* One at a time: the capture is one thread of execution. */
static struct {
    void *place[5]; /* frame, address, stack pointer behind the stage (__builtin_setjmp) */
    int tid;
    volatile bool active;
    volatile int sig;
    volatile uint64_t addr;
    const char *volatile name;
} now;

static void open_timer(void)
{
    struct {
        uint64_t value;
        int32_t sig, how, tid;
        int32_t rest[11];
    } event; /* the kernel's struct sigevent */
    timer_id = -1;
    if (safe_getpid() != safe_fault.pid)
        return;
    safe_zero(&event, sizeof event);
    event.sig = SIGALRM;
    event.how = TO_THREAD;
    event.tid = safe_gettid();
    if (safe_call(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer_id) < 0)
        timer_id = -1;
}

/* Again and again: the first may come before the stage has begun. */
static void set_timer(uint64_t ns)
{
    int64_t sec = (int64_t)(ns / 1000000000u), rest = (int64_t)(ns % 1000000000u);
    const struct {
        int64_t every_sec, every_rest, sec, rest;
    } fine = {sec, rest, sec, rest}, coarse = {sec, rest / 1000, sec, rest / 1000};
    if (timer_id >= 0)
        safe_call(SYS_timer_settime, timer_id, 0, &fine, NULL);
    else if (safe_getpid() != safe_fault.pid)
        safe_call(SYS_setitimer, ITIMER_REAL, &coarse, NULL);
}

/* One that the application or its own timers sent is not ours. */
static bool is_timer(const siginfo_t *info)
{
    return timer_id >= 0 ? info->si_code == SI_TIMER && info->si_timerid == timer_id
                         : info->si_code == SI_KERNEL;
}

static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS, SIGALRM};
#define SIGNAL_COUNT (sizeof signals / sizeof *signals)

/* Before the handlers were installed. */
static struct {
    struct safe_sigaction action[SIGNAL_COUNT];
    uint64_t mask;
} before;

/*
 * In a process that captures itself the other threads run until they are stopped, and some live by handlers
 * of their own. Called with the mask that theirs would have had. False: there is none.
 */
static bool hand_on(int sig, siginfo_t *info, ucontext_t *context)
{
    const struct safe_sigaction *act = NULL;
    uint64_t mask;
    if (safe_getpid() != safe_fault.pid || safe_gettid() == safe_fault.tid)
        return false;
    for (size_t i = 0; i < SIGNAL_COUNT; i++)
        if (signals[i] == sig)
            act = &before.action[i];
    if (!act || act->handler == (void *)SIG_DFL || act->handler == (void *)SIG_IGN ||
        act->handler == (void *)safe_handler)
        return false;
    safe_copy(&mask, &context->uc_sigmask, sizeof mask);
    mask |= act->mask | (act->flags & SA_NODEFER ? 0 : SAFE_SIGBIT(sig));
    safe_call(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, 8);
    ((void (*)(int, siginfo_t *, void *))act->handler)(sig, info, context);
    return true;
}

/*
 * The helper of a dump has a fault outside all stages. It must not die of a signal that makes a core: before Linux 5.16
 * that killed every process with the same memory, the host among them (fs/coredump.c, zap_threads).
 */
static void leave_host_alone(int sig)
{
    if (safe_fault.dump && sig != SIGALRM && safe_getpid() != safe_fault.pid)
        safe_call(SYS_exit_group, 1);
}

static void stage_handler(int sig, siginfo_t *info, void *context)
{
    ucontext_t *uc = context;
    if (safe_try_trapped(sig, info, uc) || safe_try_failed(sig, info, uc))
        return;
    if (!now.active || now.tid != safe_gettid()) {
        leave_host_alone(sig);
        if (!hand_on(sig, info, uc) && sig != SIGALRM)
            safe_handler(sig, info, context);
        return;
    }
    if (sig == SIGALRM ? !is_timer(info) : info->si_code <= 0)
        return; /* a sent signal: too late to matter */
    now.active = false;
    now.sig = sig;
    now.addr = sig == SIGALRM ? 0 : (uint64_t)info->si_addr;
    uc->uc_mcontext.gregs[REG_RBP] = (greg_t)now.place[0];
    uc->uc_mcontext.gregs[REG_RIP] = (greg_t)now.place[1];
    uc->uc_mcontext.gregs[REG_RSP] = (greg_t)now.place[2];
    uc->uc_mcontext.gregs[REG_EFL] &= ~(greg_t)0x500; /* direction and trap flag off */
}

void safe_guarded_install(void)
{
    const struct safe_sigaction act = {
        .handler = (void *)stage_handler,
        .flags = SA_SIGINFO | SAFE_SA_RESTORER,
        .restorer = (void *)safe_restore_rt,
        .mask = ~SAFE_SYNC_MASK,
    };
    const uint64_t open = SAFE_SYNC_MASK | SAFE_SIGBIT(SIGALRM);
    safe_zero(&before, sizeof before);
    open_timer();
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        /* Known before it is replaced: another thread may fault at once. */
        safe_sigaction(signals[i], NULL, &before.action[i]);
        safe_sigaction(signals[i], &act, NULL);
    }
    safe_call(SYS_rt_sigprocmask, SIG_UNBLOCK, &open, &before.mask, 8);
}

void safe_guarded_uninstall(void)
{
    safe_call(SYS_rt_sigprocmask, SIG_SETMASK, &before.mask, NULL, 8);
    for (size_t i = 0; i < SIGNAL_COUNT; i++)
        safe_sigaction(signals[i], &before.action[i], NULL);
    if (timer_id >= 0)
        safe_call(SYS_timer_delete, timer_id);
    timer_id = -1;
}

const char *safe_guarded_name(void)
{
    return now.name;
}

const char *safe_guarded_trouble(void)
{
    return now.sig == 0 ? "" : now.sig == SIGALRM ? "took too long" : "faulted";
}

static void tell(struct safe_text *errors)
{
    if (!errors)
        return;
    safe_text_add(errors, now.name);
    safe_text_add(errors, ": this stage of the capture ");
    safe_text_add(errors, safe_guarded_trouble());
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

bool safe_guarded_run(const char *name, void (*run)(void *), void *arg, unsigned share,
                      struct safe_text *errors)
{
    uint64_t at = safe_clock_ns(CLOCK_MONOTONIC), least = 20000000;
    uint64_t left = safe_fault.deadline_ns > at ? (safe_fault.deadline_ns - at) / share : 0;
    __atomic_store_n(&now.name, name, __ATOMIC_RELEASE);
    now.sig = 0;
    bool done = guarded(run, arg, left > least ? left : least);
    set_timer(0);
    if (!done)
        tell(errors);
    return done;
}
