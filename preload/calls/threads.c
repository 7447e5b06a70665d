/* SPDX-License-Identifier: MIT */
#include "calls/threads.h"

#include <errno.h>
#include <string.h>

#include "state/thread.h"
#include "state/signals.h"
#include "calls/disposition.h"
#include "calls/dumps.h"
#include "calls/masks.h"
#include "end/frame.h"
#include "hold/hold.h"
#include "base/inject.h"
#include "state/fault.h"
#include "tell/memory.h"
#include "track/requests.h"

int threads_adopt(void)
{
    struct safe_altstack *a = safe_altstack_take();
    int error = a ? safe_altstack_install(a) : -ENOMEM;
    if (error == 0)
        thread_self.altstack = a;
    return error;
}

void threads_forking(void)
{
    if (__atomic_load_n(&safe_state->pid, __ATOMIC_ACQUIRE) == safe_getpid())
        safe_altstack_trim();
}

void threads_forked(void)
{
    if (thread_self.altstack)
        safe_altstack_adopt(thread_self.altstack);
    safe_tags_forked();
    safe_requests_forget();
    safe_handled.sp = 0; /* the parent's fault: a handler that forks a reporter */
    __atomic_store_n(&safe_state->pid, safe_getpid(), __ATOMIC_RELEASE);
    safe_hold_forked();
}

/*
 * A new thread inherits the effective mask and runs with it before it can know what it is to believe blocked:
 * a signal that came in between would kill. So where something is believed blocked it is blocked in truth
 * until threads_run.
 */
static void block_in_truth(int how, uint64_t shadow)
{
    if (shadow)
        safe_call(SYS_rt_sigprocmask, how, &shadow, NULL, 8);
}

struct safe_altstack *threads_wrap(void *(*routine)(void *), void *argument)
{
    /* A child made past fork() (daemon, raw clone): its one thread has a new tid. */
    if (thread_self.altstack && thread_self.altstack->owner != (uint64_t)safe_gettid())
        threads_forked();
    disposition_watch_threads();
    struct safe_altstack *a = safe_altstack_take();
    if (!a)
        return NULL;
    safe_inject("create");
    a->routine = routine;
    a->argument = argument;
    a->is_recoverable = false;
    a->mask_set = safe_mask_set;
    a->shadow = masks_inherited(); /* a new thread inherits its maker's signal mask, also the believed one */
    block_in_truth(SIG_BLOCK, a->shadow);
    return a;
}

void threads_mask(struct safe_altstack *a, const sigset_t *mask)
{
    uint64_t bits;
    memcpy(&bits, mask, sizeof bits);
    a->shadow = bits & masks_keep_open(bits) & SAFE_SYNC_MASK;
    a->mask_set = bits & ~a->shadow & ~SAFE_NEVER_BLOCKED;
}

void threads_masked_by_libc(struct safe_altstack *a)
{
    const uint64_t mark = a->shadow & SAFE_HANDLER_MARK;
    union masks_word mask;
    if (safe_call(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask.bits, 8) < 0)
        return;
    threads_mask(a, &mask.set);
    a->shadow |= mark;
}

void threads_made(struct safe_altstack *a, uint64_t shadow, int error)
{
    /* The first pthread_create of a process opens libc's own signals (glibc nptl/pthread_create.c, late_init). */
    block_in_truth(SIG_BLOCK, shadow & SAFE_HANDLER_MARK);
    block_in_truth(SIG_UNBLOCK, shadow & ~SAFE_HANDLER_MARK);
    dumps_listen_again();
    if (error)
        safe_altstack_release(a);
}

void *threads_run(void *wrapped)
{
    struct safe_altstack *a = wrapped;
    void *(*routine)(void *) = a->routine;
    void *argument = a->argument;

    safe_inject("start");
    safe_shadow = a->shadow & ~SAFE_HANDLER_MARK;
    safe_mask_set = a->mask_set;
    block_in_truth(SIG_UNBLOCK, a->shadow);
    if (safe_altstack_install(a) == 0)
        thread_self.altstack = a;
    safe_requests_forget();
    void *result = a->is_recoverable ? recover_run(a, routine, argument) : routine(argument);
    if (!a->is_recoverable)
        safe_altstack_leave(a);
    return result;
}
