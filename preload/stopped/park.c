/* SPDX-License-Identifier: MIT */
/* Safe file: stop_handler runs in every thread but the faulting one, interrupted anywhere. */
#include "stopped/park.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/prctl.h>
#include <time.h>

#include "base/inject.h"
#include "base/text.h"
#include "libc/data/signals.h"
#include "libc/data/stdio.h"
#include "state/signals.h"
#include "stopped/again.h"

#define LOST_NS  UINT64_C(500000000) /* past the deadline, which the faulting thread keeps itself */
#define ANEW_NS  UINT64_C(2000000)   /* how often one that is parked looks for its place in a new stopping */
#define RELEASED 1u                  /* in 'round'; the rest of it counts the stoppings */

void safe_futex_wait(_Atomic uint32_t *word, uint32_t value, uint64_t ns)
{
    struct {
        int64_t sec, nsec;
    } ts = {(int64_t)(ns / 1000000000u), (int64_t)(ns % 1000000000u)};
    safe_call(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, ns ? &ts : NULL, 0, 0);
}

static struct safe_stop *_Atomic current_stop;
static _Atomic uint32_t round; /* futex the threads park on. Not part of the stop: the next one reuses that */
static _Atomic bool goes_on;   /* the stopping is that of a dump: released threads go on with what they did */
static _Atomic bool let_go; /* a late helper may begin to stop threads when no thread waits for it any more */

struct safe_slot *safe_park_slot_of(struct safe_stop *stop, int tid)
{
    uint32_t i = (uint32_t)tid * 2654435761u;
    for (;; i++) {
        uint32_t at = stop->index[i & stop->index_mask];
        if (!at)
            return NULL;
        if (stop->slot[at - 1].tid == tid)
            return &stop->slot[at - 1];
    }
}

/*
 * The faulting thread is lost: a seccomp filter has killed it alone (SECCOMP_RET_KILL_THREAD), or it is stuck
 * in the kernel. No other would end the process, so the first thread that notices does.
 */
static void die_instead(void)
{
    const struct safe_sigaction by_default = {.handler = (void *)SIG_DFL};
    const uint64_t open = SAFE_SIGBIT(safe_fault.signo);
    safe_sigaction(safe_fault.signo, &by_default, NULL);
    safe_call(SYS_rt_sigprocmask, SIG_UNBLOCK, &open, NULL, 8);
    safe_call(SYS_rt_tgsigqueueinfo, safe_fault.pid, safe_gettid(), safe_fault.signo, &safe_fault.info);
    safe_call(SYS_tgkill, safe_fault.pid, safe_gettid(), safe_fault.signo);
    safe_call(SYS_exit_group, 128 + safe_fault.signo);
}

/*
 * A call that is not restarted after a handler, as epoll_wait and nanosleep are not (signal(7)): released, it
 * would fail with EINTR, which the program may never have seen.
 */
static bool would_be_interrupted(const ucontext_t *context)
{
    const uint8_t *pc = (const uint8_t *)context->uc_mcontext.gregs[REG_RIP];
    return context->uc_mcontext.gregs[REG_RAX] == -EINTR && pc[-2] == 0x0f && pc[-1] == 0x05;
}

/* crumple's own waits are made again by themselves. */
static bool is_in_crumple(const ucontext_t *context)
{
    extern const char __ehdr_start[] __attribute__((visibility("hidden")));
    extern const char etext[] __attribute__((visibility("hidden")));
    const uint64_t pc = (uint64_t)context->uc_mcontext.gregs[REG_RIP];
    return pc >= (uint64_t)__ehdr_start && pc < (uint64_t)etext;
}

/* Publishes the thread's registers. False when the helper has not asked for them, or has given up on it. */
static bool answer(struct safe_stop *stop, struct safe_slot *slot, const ucontext_t *context)
{
    int expected = SAFE_SLOT_SENT;
    if (__atomic_load_n(&slot->state, __ATOMIC_ACQUIRE) != SAFE_SLOT_SENT)
        return false;
    slot->context = context;
    slot->fs_base = safe_fs_base();
    safe_call(SYS_prctl, PR_GET_NAME, slot->name, 0, 0, 0);
    if (!__atomic_compare_exchange_n(&slot->state, &expected, SAFE_SLOT_PARKED, false, __ATOMIC_RELEASE,
                                     __ATOMIC_RELAXED))
        return false; /* given up on: the core is being written without this thread */
    uint32_t answers = __atomic_add_fetch(&stop->answered, 1, __ATOMIC_SEQ_CST);
    if (answers >= __atomic_load_n(&stop->wanted, __ATOMIC_SEQ_CST))
        safe_call(SYS_futex, &stop->answered, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0);
    return true;
}

/*
 * The threads are stopped again, for the crash that follows a reported exit, before this one has left the
 * handler, if ever it will: here it cannot be reached by a signal, and so answers unasked.
 */
static bool answer_anew(const ucontext_t *context)
{
    struct safe_stop *stop = __atomic_load_n(&current_stop, __ATOMIC_ACQUIRE);
    struct safe_slot *slot = safe_park_slot_of(stop, safe_gettid());
    return slot && (answer(stop, slot, context) || slot->context == context);
}

/*
 * Until the process is dead, or until it may go on. The faulting thread is given up only after a wait beyond
 * its deadline: a process that was stopped and continues finds the deadline long past.
 */
static void wait_for_end(uint32_t answered, ucontext_t *context)
{
    bool is_late = false;
    for (;;) {
        uint32_t now_round = __atomic_load_n(&round, __ATOMIC_ACQUIRE);
        bool is_anew = !(now_round & RELEASED) && now_round != answered && !answer_anew(context);
        bool is_released = now_round & RELEASED || __atomic_load_n(&let_go, __ATOMIC_ACQUIRE);
        uint64_t now = safe_clock_ns(CLOCK_MONOTONIC), end = safe_fault.deadline_ns;
        if (__atomic_load_n(&goes_on, __ATOMIC_ACQUIRE) && (is_released || is_late)) {
            safe_again(context);
            return;
        }
        if (is_released && (!would_be_interrupted(context) || safe_stdio_held(safe_fs_base())))
            return; /* also whose stream libc is about to flush */
        if (is_released && !safe_stdio_lists_all() && (is_in_crumple(context) || safe_again(context)))
            return; /* it may hold one that exit waits for */
        if (!is_released && is_late && !safe_fault.signo)
            return; /* the exit takes its course */
        if (!is_released && is_late)
            die_instead();
        if (!is_anew)
            answered = now_round & ~RELEASED;
        is_late = !is_released && now >= end;
        /* One that stays waits for the end that the exit brings, however long libc takes to flush. */
        safe_futex_wait(&round, now_round,
                        is_released ? 0
                        : is_late   ? LOST_NS
                        : is_anew   ? ANEW_NS
                                    : end - now);
    }
}

/* What came upon a thread that musl has just made, or is ending: all signals but musl's own are blocked there, and a call
 * that a filter traps would kill. The mask comes back with the end of the handler. */
static void open_synchronous(const ucontext_t *context)
{
    const uint64_t synchronous = SAFE_SYNC_MASK;
    uint64_t blocked;
    safe_copy(&blocked, &context->uc_sigmask, sizeof blocked);
    if (blocked & synchronous)
        safe_call(SYS_rt_sigprocmask, SIG_UNBLOCK, &synchronous, NULL, 8);
}

/* Uses no TLS: the thread may have none. */
static void park(struct safe_stop *stop, struct safe_slot *slot, ucontext_t *context)
{
    uint32_t asked = __atomic_load_n(&round, __ATOMIC_ACQUIRE) & ~RELEASED;
    open_synchronous(context);
    safe_inject("park");
    if (answer(stop, slot, context))
        wait_for_end(asked, context);
}

/* A signal that is not ours goes to who had the number before: setresuid() of glibc works by this signal. */
static void chain(const struct safe_sigaction *old, int sig, siginfo_t *info, void *context)
{
    void (*handler)(int, siginfo_t *, void *) = (void (*)(int, siginfo_t *, void *))old->handler;
    if (old->handler != (void *)SIG_DFL && old->handler != (void *)SIG_IGN)
        handler(sig, info, context);
}

static void stop_handler(int sig, siginfo_t *info, void *context)
{
    struct safe_stop *stop = __atomic_load_n(&current_stop, __ATOMIC_ACQUIRE);
    struct safe_slot *slot = NULL;
    int tid = safe_gettid();

    if (stop && sig == LIBC_STOP_SIGNAL && info->si_code == SI_QUEUE) {
        uint64_t value = (uint64_t)info->si_value.sival_ptr;
        uint32_t at = (uint32_t)value;
        if (value >> 32 == stop->cookie && at < __atomic_load_n(&stop->count, __ATOMIC_ACQUIRE))
            slot = &stop->slot[at];
    } else if (stop && sig == SAFE_FALLBACK_SIGNAL) {
        slot = safe_park_slot_of(stop, tid);
    }
    if (slot && slot->tid == tid)
        park(stop, slot, context);
    else
        chain(&safe_fault.old[sig == SAFE_FALLBACK_SIGNAL], sig, info, context);
}

void safe_park_prepare(void)
{
    struct safe_sigaction act = {
        .handler = (void *)stop_handler,
        .flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK | SAFE_SA_RESTORER,
        .restorer = (void *)safe_restore_rt,
        /* The synchronous signals stay open: a fault in this handler must not be the kernel's silent kill. */
        .mask = ~(SAFE_SIGBIT(SIGSEGV) | SAFE_SIGBIT(SIGBUS) | SAFE_SIGBIT(SIGILL) | SAFE_SIGBIT(SIGFPE) |
                  SAFE_SIGBIT(SIGTRAP) | SAFE_SIGBIT(SIGSYS)),
    };
    struct safe_sigaction old;
    __atomic_store_n(&goes_on, safe_fault.dump != NULL, __ATOMIC_RELEASE);
    __atomic_store_n(&let_go, false, __ATOMIC_RELEASE);
    /* In a child forked while its parent was being stopped the handler is ours already, and its own would be
     * lost. */
    if (safe_sigaction(LIBC_STOP_SIGNAL, &act, &old) == 0 && old.handler != (void *)stop_handler)
        safe_fault.old[0] = old;
    /* A process that goes on keeps what it has for it: a dump does without (stop.c). */
    if (!safe_fault.dump && safe_sigaction(SAFE_FALLBACK_SIGNAL, &act, &old) == 0 &&
        old.handler != (void *)stop_handler)
        safe_fault.old[1] = old;
}

void safe_park_begin(struct safe_stop *stop)
{
    __atomic_store_n(&current_stop, stop, __ATOMIC_RELEASE);
    __atomic_store_n(&round, (round | RELEASED) + 1, __ATOMIC_RELEASE);
    safe_call(SYS_futex, &round, FUTEX_WAKE_PRIVATE, INT32_MAX, 0, 0, 0);
}

void safe_park_release(void)
{
    __atomic_store_n(&let_go, true, __ATOMIC_RELEASE);
    __atomic_fetch_or(&round, RELEASED, __ATOMIC_ACQ_REL);
    safe_call(SYS_futex, &round, FUTEX_WAKE_PRIVATE, INT32_MAX, 0, 0, 0);
}
