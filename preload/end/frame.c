/* SPDX-License-Identifier: MIT */
#include "end/frame.h"

#include <string.h>
#include <time.h>

#include "state/config.h"
#include "state/recovery.h"
#include "state/thread.h"
#include "end/admit.h"
#include "libc/calls/stacks.h"
#include "libc/calls/unwinder.h"
#include "end/code.h"
#include "loader/real.h"
#include "end/restart.h"
#include "end/modes.h"
#include "track/held_locks.h"
#include "contain/keeper.h"
#include "contain/escalate.h"
#include "track/sockets.h"
#include "state/fault.h"

#define DISMISS_NS UINT64_C(100000000)
#define ROUNDS     3 /* of PTHREAD_DESTRUCTOR_ITERATIONS (4): ours is to be the last destructor */

static pthread_key_t key;

void recover_exiting(void)
{
    if (!crumple_config || !crumple_config->recover || safe_getpid() != safe_state->pid)
        return;
    safe_recover_exiting = 1;
}

void recover_gone(void)
{
    if (crumple_config && crumple_config->recover && safe_getpid() == safe_state->pid)
        safe_keeper_dismiss(DISMISS_NS);
}

static void exiting(void *unused)
{
    (void)unused;
    recover_exiting();
}

/* Shared rwlocks, as far as cleanups have not given them back: a reader has written nothing under them. */
static void release_reads(struct safe_thread *t)
{
    if (!t->release_reads || safe_held.lost || !real.pthread_rwlock_unlock)
        return;
    for (uint32_t i = safe_held.count; i > 0; i--)
        if (safe_held.entry[i - 1] >> 56 == SAFE_HELD_READ) {
            void *lock = (void *)(safe_held.entry[i - 1] & UINT64_C(0xffffffffffffff));
            safe_held_remove_rwlock(lock);
            real.pthread_rwlock_unlock(lock);
        }
    t->release_reads = false;
}

/*
 * The last destructor of a thread that was ended by us: it must not hold a lock now, its destructors and
 * cleanup handlers have had their turn. Set only then: with any value of a key set libc looks through all of
 * them at a thread's end.
 */
static void last_destructor(void *value)
{
    struct safe_altstack *a = value;
    struct safe_thread *t = &a->thread;
    if (safe_self != t)
        return;
    if (++t->rounds < ROUNDS) {
        real.pthread_setspecific(key, a);
        return;
    }
    if (t->is_parked)
        recover_restart_cancelled(t);
    release_reads(t);
    if (safe_held_count() != (uint32_t)safe_held_counts(SAFE_HELD_SEM))
        safe_escalate_own("a lock is held after the thread was ended");
    __atomic_store_n(&t->ending, SAFE_ENDING_OVER, __ATOMIC_RELEASE);
    safe_altstack_leave(a);
}

bool recover_prepare(void)
{
    if (!real.pthread_exit || !real.pthread_setcancelstate || !real.pthread_key_create ||
        !real.pthread_setspecific || !libc_unwinder_load() ||
        real.pthread_key_create(&key, last_destructor) != 0)
        return false;
    if (real.__cxa_atexit)
        real.__cxa_atexit(exiting, NULL, NULL);
    libc_cleanups_prepare();
    code_prepare();
    safe_sockets_find_accepted();
    recover_state_prepare();
    __atomic_store_n(&safe_recover_ready, true, __ATOMIC_RELEASE);
    return true;
}

static void begin(struct safe_altstack *a, void **frame, struct safe_thread_work *outermost)
{
    struct safe_thread *t = &a->thread;
    t->stack_low = libc_stack_low(t->stack_low);
    t->frame = frame;
    t->guard = NULL;
    t->outermost = outermost;
    memset(&safe_held, 0, sizeof safe_held);
    recover_state_save(&t->state);
    safe_self = t;
}

void recover_end(void)
{
    real.pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &safe_self->cancel_state);
    real.pthread_setspecific(key, thread_self.altstack);
    real.pthread_exit(PTHREAD_CANCELED);
    safe_halt();
}

/* Control is back in the recovery frame. True: the routine is to run again. */
static bool landed(struct safe_thread *t)
{
    int type;
    real.pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &t->cancel_state);
    real.pthread_setspecific(key, thread_self.altstack);
    __atomic_store_n(&t->ending, SAFE_ENDING_LANDED, __ATOMIC_RELEASE);
    release_reads(t);
    t->aborts = false;
    if (safe_held_count() != (uint32_t)safe_held_counts(SAFE_HELD_SEM))
        safe_escalate_own("a lock is held after the thread was ended");
    if (t->action != SAFE_ACTION_RESTART)
        return false;
    /* In a system call that may be cancelled libc had made the type asynchronous for its time. */
    if (real.pthread_setcanceltype)
        real.pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &type);
    recover_restart_wait(t);
    recover_state_restore(&t->state);
    real.pthread_setspecific(key, NULL);
    t->started_ns = safe_clock_ns(CLOCK_MONOTONIC);
    __atomic_store_n(&t->ending, SAFE_ENDING_NONE, __ATOMIC_RELEASE);
    return true;
}

/*
 * The compiler's own setjmp: it keeps frame pointer, stack pointer and label as they are, which is what
 * safe_resume_jump and recover_personality lead back to; libc's would mangle them.
 */
void *recover_run(struct safe_altstack *a, void *(*routine)(void *), void *argument)
{
    struct recover_frame frame;
    void *result;
    struct safe_thread_work outermost;
    begin(a, frame.jump, &outermost);
    libc_cleanups_note_end(&frame.cleanups, recover_left);
    if (__builtin_setjmp(frame.jump) != 0) {
        libc_cleanups_restore(&frame.cleanups);
        if (!landed(&a->thread)) {
            a->thread.frame = NULL;
            return PTHREAD_CANCELED;
        }
        libc_cleanups_note_end(&frame.cleanups, recover_left);
    }
    result = recover_invoke(routine, argument);
    a->thread.frame = NULL;
    libc_cleanups_restore(&frame.cleanups);
    recover_run_over(&a->thread, SAFE_BREAKER_SUCCESS);
    safe_altstack_leave(a);
    return result;
}
