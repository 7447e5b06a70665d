/* SPDX-License-Identifier: MIT */
#include "end/frame.h"

#include <link.h>
#include <string.h>
#include <time.h>

#include "state/config.h"
#include "track/code_ranges.h"
#include "state/recovery.h"
#include "state/thread.h"
#include "loader/locks.h"
#include "end/uncaught.h"
#include "end/restart.h"
#include "end/modes.h"
#include "redirect/object.h"
#include "routines/table.h"
#include "track/held_locks.h"
#include "contain/keeper.h"
#include "proc/loading.h"
#include "contain/escalate.h"
#include "track/routine_runs.h"
#include "track/sockets.h"
#include "state/fault.h"
#include "base/text.h"

#define TLS_ABOVE                                                                                            \
    8192 /* more than libc's descriptor, which is all that lies above fs_base on a thread's stack */
#define DISMISS_NS UINT64_C(100000000)
#define ROUNDS     3 /* of PTHREAD_DESTRUCTOR_ITERATIONS (4): ours is to be the last destructor */

static struct recover_libc libc;
static pthread_key_t key;
static _Atomic uint32_t serials;

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

/* Ordinary code may take libc's clock, which needs no system call. */
static uint64_t now_ns(void)
{
    struct timespec now = {0, 0};
    if (!libc.clock_gettime || libc.clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        return safe_clock_ns(CLOCK_MONOTONIC);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* The thread's descriptor (x86-64 TLS ABI: %fs:0 holds its own address). */
static uint64_t own_fs_base(void)
{
    uint64_t base;
    __asm__("movq %%fs:0, %0" : "=r"(base));
    return base;
}

static void exiting(void *unused)
{
    (void)unused;
    recover_exiting();
}

/* A run is over. */
static void run_over(struct safe_thread *t, enum safe_breaker_result result)
{
    if (t->routine)
        safe_routines_done(t->routine, t->generation, now_ns(), result);
    t->generation = 0;
}

void recover_left(void)
{
    struct safe_thread *t = safe_self;
    if (!t)
        return;
    t->frame = NULL; /* from now on there is nowhere to go */
    if (t->stage != SAFE_ENDING_RUNS)
        return;
    run_over(t, SAFE_BREAKER_SUCCESS);
    safe_altstack_leave(thread_self.altstack);
}

/* Shared rwlocks, as far as cleanups have not given them back: a reader has written nothing under them. */
static void release_reads(struct safe_thread *t)
{
    uint32_t i;
    if (!t->release_reads || safe_held.lost || !libc.pthread_rwlock_unlock)
        return;
    for (i = safe_held.count; i > 0; i--)
        if (safe_held.entry[i - 1] >> 56 == SAFE_HELD_READ) {
            void *lock = (void *)(safe_held.entry[i - 1] & UINT64_C(0xffffffffffffff));
            safe_held_remove_rwlock(lock);
            libc.pthread_rwlock_unlock(lock);
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
        libc.pthread_setspecific(key, a);
        return;
    }
    if (t->is_parked)
        recover_restart_cancelled(t);
    release_reads(t);
    if (safe_held_count() != (uint32_t)safe_held_counts(SAFE_HELD_SEM))
        safe_escalate_own("a lock is held after the thread was ended");
    __atomic_store_n(&t->stage, SAFE_ENDING_OVER, __ATOMIC_RELEASE);
    safe_altstack_leave(a);
}

/* CPython and its kin, Ruby: in a library of theirs or in the program itself. */
static bool holds_interpreter(const struct dl_phdr_info *info)
{
    struct redirect_object o;
    return redirect_object_read(&o, info->dlpi_addr, info->dlpi_phdr, info->dlpi_phnum) &&
           (redirect_object_defines(&o, "PyGILState_Ensure") ||
            redirect_object_defines(&o, "rb_thread_call_with_gvl"));
}

static int add_object(struct dl_phdr_info *info, size_t size, void *ret_interpreter)
{
    bool *interpreter = ret_interpreter;
    ElfW(Half) i;
    (void)size;
    *interpreter = *interpreter || holds_interpreter(info);
    for (i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        if (p->p_type != PT_LOAD || !(p->p_flags & PF_X))
            continue;
        if (safe_code.count == SAFE_CODE_RANGES)
            return 1;
        safe_code.range[safe_code.count].start = info->dlpi_addr + p->p_vaddr;
        safe_code.range[safe_code.count].end = info->dlpi_addr + p->p_vaddr + p->p_memsz;
        safe_code.count++;
    }
    return 0;
}

/* With the lock of the list. False: in the middle of a change. */
static bool look_at_code(void)
{
    uint64_t fingerprint = safe_loading_fingerprint();
    uint32_t generation = safe_code.generation | 1;
    bool interpreter = false;
    if (!fingerprint)
        return false;
    if (fingerprint == safe_code.fingerprint)
        return true;
    __atomic_store_n(&safe_code.generation, generation, __ATOMIC_SEQ_CST);
    safe_code.count = 0;
    safe_code.fingerprint = dl_iterate_phdr(add_object, &interpreter) == 0 ? fingerprint : 0;
    safe_recover_interpreter = interpreter;
    __atomic_store_n(&safe_code.generation, generation + 1, __ATOMIC_SEQ_CST);
    return true;
}

void recover_look_at_code(bool changed)
{
    static _Atomic bool due;
    if (changed)
        __atomic_store_n(&due, true, __ATOMIC_RELEASE);
    if (!__atomic_load_n(&due, __ATOMIC_ACQUIRE) || !loader_hold_list())
        return;
    __atomic_store_n(&due, !look_at_code(), __ATOMIC_RELEASE);
    loader_leave_list();
}

bool recover_prepare(const struct recover_libc *functions)
{
    void *frames[2];
    libc = *functions;
    if (!libc.pthread_exit || !libc.pthread_setcancelstate || !libc.pthread_key_create ||
        !libc.pthread_setspecific || !libc.backtrace || libc.pthread_key_create(&key, last_destructor) != 0)
        return false;
    /* libc loads libgcc_s for pthread_exit by the same means (glibc misc/unwind-link.c). */
    libc.backtrace(frames, 2);
    if (libc.cxa_atexit)
        libc.cxa_atexit(exiting, NULL, NULL);
    recover_exception_prepare(libc.find);
    recover_look_at_code(true);
    safe_sockets_find_accepted();
    recover_state_prepare(libc.find, libc.find_in);
    __atomic_store_n(&safe_recover_ready, true, __ATOMIC_RELEASE);
    return true;
}

/* The stack's size is the attribute's, or libc's default; its guard lies inside of it. */
static uint64_t stack_bytes(const pthread_attr_t *attr)
{
    static uint64_t by_default;
    pthread_attr_t own;
    size_t size = 0, guard = 4096;
    if (!attr && by_default)
        return by_default;
    if (!attr) {
        memset(&own, 0, sizeof own);
        if (!libc.pthread_attr_init || libc.pthread_attr_init(&own) != 0)
            return 0;
    }
    if (!libc.pthread_attr_getstacksize || libc.pthread_attr_getstacksize(attr ? attr : &own, &size) != 0)
        return 0;
    if (libc.pthread_attr_getguardsize)
        libc.pthread_attr_getguardsize(attr ? attr : &own, &guard);
    size = size > guard ? size - guard : 0;
    if (!attr)
        by_default = size;
    return size;
}

bool recover_admit(struct safe_altstack *a, const pthread_attr_t *attr)
{
    struct safe_thread *t = &a->thread;
    memset(t, 0, sizeof *t);
    t->last_fd = -1;
    t->started_ns = now_ns();
    t->serial = __atomic_add_fetch(&serials, 1, __ATOMIC_RELAXED) % (SAFE_SERIAL_HIGHEST - 1) + 1;
    t->stack_low = stack_bytes(attr);
    safe_sockets_hand_over(t);
    t->routine = routines_find(a->routine, a->argument);
    if (!t->routine)
        return true;
    return safe_routines_allow(t->routine, t->started_ns, &t->generation) || !crumple_config->breaker_rejects;
}

void recover_withdraw(struct safe_altstack *a)
{
    run_over(&a->thread, SAFE_BREAKER_EXCLUDED);
}

/*
 * Where libc keeps the innermost cleanup buffer of C code without exceptions (pthread_cleanup_push by setjmp;
 * glibc nptl/cleanup.c): taken down before the first run, put back before each further one, for the buffers
 * of a run that was jumped out of lie in frames that are gone.
 */
struct cleanups {
    __pthread_unwind_buf_t outer;
};

static void note_cleanups(struct cleanups *c)
{
    if (!libc.register_cancel || !libc.unregister_cancel)
        return;
    libc.register_cancel(&c->outer);
    libc.unregister_cancel(&c->outer);
}

static void restore_cleanups(struct cleanups *c)
{
    if (libc.register_cancel && libc.unregister_cancel)
        libc.unregister_cancel(&c->outer);
}

static void begin(struct safe_altstack *a, void **frame)
{
    struct safe_thread *t = &a->thread;
    uint64_t top = own_fs_base() + TLS_ABOVE;
    t->stack_low = t->stack_low && t->stack_low < top ? top - t->stack_low : top;
    t->frame = frame;
    memset(&safe_held, 0, sizeof safe_held);
    recover_state_save(&t->state);
    safe_self = t;
}

void recover_end(void)
{
    libc.pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &safe_self->cancel_state);
    libc.pthread_setspecific(key, thread_self.altstack);
    libc.pthread_exit(PTHREAD_CANCELED);
    safe_halt();
}

/* Control is back in the recovery frame. True: the routine is to run again. */
static bool landed(struct safe_thread *t)
{
    int type;
    libc.pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &t->cancel_state);
    libc.pthread_setspecific(key, thread_self.altstack);
    __atomic_store_n(&t->stage, SAFE_ENDING_LANDED, __ATOMIC_RELEASE);
    release_reads(t);
    t->aborts = false;
    if (safe_held_count() != (uint32_t)safe_held_counts(SAFE_HELD_SEM))
        safe_escalate_own("a lock is held after the thread was ended");
    if (t->action != SAFE_ACTION_RESTART)
        return false;
    /* In a system call that may be cancelled libc had made the type asynchronous for its time. */
    if (libc.pthread_setcanceltype)
        libc.pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &type);
    recover_restart_wait(t, libc.pthread_setcancelstate);
    recover_state_restore(&t->state);
    libc.pthread_setspecific(key, NULL);
    t->started_ns = safe_clock_ns(CLOCK_MONOTONIC);
    __atomic_store_n(&t->stage, SAFE_ENDING_RUNS, __ATOMIC_RELEASE);
    return true;
}

/*
 * The compiler's own setjmp: it keeps frame pointer, stack pointer and label as they are, which is what
 * safe_resume_jump and recover_exception lead back to; libc's would mangle them.
 */
void *recover_run(struct safe_altstack *a, void *(*routine)(void *), void *argument)
{
    void *frame[5];
    void *result;
    struct cleanups cleanups;
    begin(a, frame);
    note_cleanups(&cleanups);
    if (__builtin_setjmp(frame) != 0) {
        if (!landed(&a->thread)) {
            a->thread.frame = NULL;
            return PTHREAD_CANCELED;
        }
        restore_cleanups(&cleanups);
    }
    result = recover_invoke(routine, argument);
    a->thread.frame = NULL;
    run_over(&a->thread, SAFE_BREAKER_SUCCESS);
    safe_altstack_leave(a);
    return result;
}
