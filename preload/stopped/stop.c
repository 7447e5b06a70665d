/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper process. See stopped/stop.h. */
#include "stopped/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <time.h>

#include "state/altstack.h"
#include "stopped/park.h"
#include "proc/proc.h"
#include "proc/tasks.h"
#include "libc/data/signals.h"
#include "base/text.h"

#define STOP_BUDGET_NS UINT64_C(2000000000) /* at most, and at most a quarter of the timeout */
#define QUIET_NS       UINT64_C(20000000)   /* no answer for so long: look why */
#define SETTLED_NS     UINT64_C(200000000)  /* blocked for so long: it stays so */
#define PASSES_MAX     16

/* Returns false when the queue is full. */
static bool send_stop(struct safe_stop *stop, struct safe_slot *slot)
{
    siginfo_t info;
    safe_zero(&info, sizeof info);
    info.si_signo = LIBC_STOP_SIGNAL;
    info.si_code = SI_QUEUE;
    info.si_pid = safe_fault.pid;
    info.si_value.sival_ptr = (void *)((uint64_t)stop->cookie << 32 | (uint64_t)(slot - stop->slot));
    long result = safe_call(SYS_rt_tgsigqueueinfo, safe_fault.pid, slot->tid, LIBC_STOP_SIGNAL, &info);
    if (result == -EAGAIN)
        return false;
    if (result == -ESRCH) {
        slot->reason = CRUMPLE_REASON_EXITED;
        __atomic_store_n(&slot->state, SAFE_SLOT_GIVEN_UP, __ATOMIC_RELAXED);
    } else if (result < 0) {
        return false; /* a filter forbids it: the fallback may pass */
    }
    return true;
}

/* Not for a dump: the signal may be the program's. */
static void send_fallback(struct safe_slot *slot)
{
    slot->in_queue = true;
    __atomic_store_n(&slot->state, SAFE_SLOT_SENT, __ATOMIC_RELEASE);
    if (safe_fault.dump || safe_call(SYS_tgkill, safe_fault.pid, slot->tid, SAFE_FALLBACK_SIGNAL) < 0) {
        slot->reason = CRUMPLE_REASON_QUEUE;
        __atomic_store_n(&slot->state, SAFE_SLOT_GIVEN_UP, __ATOMIC_RELAXED);
    }
}

/* Adds a thread unless it is known. Returns the new slot or NULL. */
static struct safe_slot *add_slot(struct safe_stop *stop, int tid)
{
    if (stop->count == stop->capacity || safe_park_slot_of(stop, tid))
        return NULL;
    struct safe_slot *slot = &stop->slot[stop->count];
    *slot = (struct safe_slot){.state = SAFE_SLOT_UNSENT, .tid = tid};
    uint32_t i = (uint32_t)tid * 2654435761u;
    for (; stop->index[i & stop->index_mask]; i++)
        ;
    stop->index[i & stop->index_mask] = stop->count + 1;
    __atomic_store_n(&stop->count, stop->count + 1, __ATOMIC_RELEASE);
    return slot;
}

/* Threads that faulted themselves wait in their own handler: they need no signal. */
static void take_also_faulted(struct safe_stop *stop)
{
    int n = __atomic_load_n(&safe_state->also_count, __ATOMIC_ACQUIRE);
    for (int i = 0; i < n && i < SAFE_ALSO_MAX; i++) {
        struct safe_also *also = &safe_state->also[i];
        if (!__atomic_load_n(&also->ready, __ATOMIC_ACQUIRE))
            continue;
        struct safe_slot *slot = safe_park_slot_of(stop, also->tid);
        if (!slot)
            slot = add_slot(stop, also->tid);
        if (!slot || __atomic_load_n(&slot->state, __ATOMIC_ACQUIRE) == SAFE_SLOT_FAULTED)
            continue;
        slot->context = also->context;
        slot->fs_base = also->fs_base;
        slot->signo = (uint8_t)also->signo;
        slot->addr = also->addr;
        safe_copy(slot->name, also->name, sizeof slot->name - 1);
        int was = __atomic_exchange_n(&slot->state, SAFE_SLOT_FAULTED, __ATOMIC_RELEASE);
        if (was == SAFE_SLOT_SENT)
            __atomic_add_fetch(&stop->answered, 1, __ATOMIC_SEQ_CST);
    }
}

struct tally {
    uint32_t sent, unsent;
};

static struct tally count_open(struct safe_stop *stop)
{
    struct tally t = {0, 0};
    for (uint32_t i = 1; i < stop->count; i++) {
        int state = __atomic_load_n(&stop->slot[i].state, __ATOMIC_ACQUIRE);
        t.sent += state == SAFE_SLOT_SENT;
        t.unsent += state == SAFE_SLOT_UNSENT;
    }
    return t;
}

static bool is_in_exec(int tid)
{
    for (int i = 0; i < SAFE_EXECS; i++)
        if (__atomic_load_n(&safe_state->exec_tid[i], __ATOMIC_SEQ_CST) == tid)
            return true;
    return false;
}

/* Sends what is unsent; with last, a full queue means the fallback signal. */
static void send_all(struct safe_stop *stop, bool last)
{
    for (uint32_t i = 1; i < stop->count; i++) {
        struct safe_slot *slot = &stop->slot[i];
        if (__atomic_load_n(&slot->state, __ATOMIC_RELAXED) != SAFE_SLOT_UNSENT)
            continue;
        if (is_in_exec(slot->tid)) {
            slot->reason = CRUMPLE_REASON_EXITED;
            __atomic_store_n(&slot->state, SAFE_SLOT_GIVEN_UP, __ATOMIC_RELAXED);
            continue;
        }
        __atomic_store_n(&slot->state, SAFE_SLOT_SENT, __ATOMIC_RELEASE);
        if (send_stop(stop, slot))
            continue;
        if (last)
            send_fallback(slot);
        else {
            __atomic_store_n(&slot->state, SAFE_SLOT_UNSENT, __ATOMIC_RELEASE);
            return;
        }
    }
}

/*
 * Gives up on threads that can be seen never to answer. A thread at its start or end blocks everything for a
 * moment, and a disk may be slow: only time ('settled') tells them from those that stay so.
 */
static void look_why(struct safe_stop *stop, bool settled, bool out_of_time)
{
    for (uint32_t i = 1; i < stop->count; i++) {
        struct safe_slot *slot = &stop->slot[i];
        int expected = SAFE_SLOT_SENT;
        if (__atomic_load_n(&slot->state, __ATOMIC_ACQUIRE) != SAFE_SLOT_SENT)
            continue;
        uint8_t reason = safe_task_reason(safe_fault.pid, slot->tid,
                                          slot->in_queue ? SAFE_FALLBACK_SIGNAL : LIBC_STOP_SIGNAL,
                                          &slot->proc_state, slot->name);
        if (!settled && (reason == CRUMPLE_REASON_BLOCKED || reason == CRUMPLE_REASON_UNINTERRUPTIBLE))
            reason = CRUMPLE_REASON_NONE;
        if (reason == CRUMPLE_REASON_NONE && out_of_time)
            reason = CRUMPLE_REASON_TIMEOUT;
        if (reason == CRUMPLE_REASON_NONE)
            continue;
        slot->reason = reason;
        __atomic_compare_exchange_n(&slot->state, &expected, SAFE_SLOT_GIVEN_UP, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_RELAXED);
    }
}

/* Sends and waits until every listed thread has answered or been given up. */
static void settle(struct safe_stop *stop, uint64_t deadline_ns)
{
    uint64_t quiet_since = safe_clock_ns(CLOCK_MONOTONIC);
    uint32_t before = __atomic_load_n(&stop->answered, __ATOMIC_SEQ_CST);

    for (;;) {
        uint64_t now = safe_clock_ns(CLOCK_MONOTONIC), quiet_ns = now - quiet_since;

        take_also_faulted(stop);
        send_all(stop, quiet_ns > QUIET_NS / 4);
        if (quiet_ns > QUIET_NS || now > deadline_ns)
            look_why(stop, quiet_ns > SETTLED_NS, now > deadline_ns);
        struct tally open = count_open(stop);
        if (!open.sent && !open.unsent)
            return;
        uint32_t answers = __atomic_load_n(&stop->answered, __ATOMIC_SEQ_CST);
        if (answers != before) {
            before = answers;
            quiet_since = now;
        }
        __atomic_store_n(&stop->wanted, open.unsent ? answers + 1 : answers + open.sent, __ATOMIC_SEQ_CST);
        if (__atomic_load_n(&stop->answered, __ATOMIC_SEQ_CST) == answers)
            safe_futex_wait(&stop->answered, answers, QUIET_NS / 8);
    }
}

static int note_routine(const struct safe_altstack *a, void *arg)
{
    struct safe_slot *slot = safe_park_slot_of(arg, (int)a->owner);
    if (slot)
        slot->routine = (uint64_t)a->routine;
    return true;
}

static int prepare_slots(struct safe_stop *stop, struct safe_scratch *scratch)
{
    uint32_t capacity = safe_task_estimate(safe_fault.pid), size = 64;
    for (;; capacity /= 2) {
        while (size < capacity * 2)
            size *= 2;
        stop->slot = safe_scratch_take(scratch, capacity * sizeof *stop->slot);
        stop->index = stop->slot ? safe_scratch_take(scratch, size * sizeof *stop->index) : NULL;
        if (stop->index)
            break;
        if (capacity < 16)
            return -ENOMEM;
        size = 64;
    }
    stop->capacity = capacity;
    stop->index_mask = size - 1;
    return 0;
}

static void add_faulting_thread(struct safe_stop *stop)
{
    struct safe_slot *slot = add_slot(stop, safe_fault.tid);
    char path[96], name[17];
    long n = -1;
    slot->state = SAFE_SLOT_FAULTED;
    slot->context = safe_fault.context;
    slot->fs_base = safe_fault.fs_base;
    slot->signo = (uint8_t)safe_fault.signo;
    if (!safe_proc_is_foreign())
        n = safe_proc_read(safe_proc_task_path(path, safe_fault.pid, safe_fault.tid, "comm"), name,
                           sizeof name - 1);
    if (n > 1)
        safe_copy(slot->name, name, (size_t)n - 1 < 15 ? (size_t)n - 1 : 15);
    else if (!safe_fault.only_self) /* the helper has inherited it */
        safe_call(SYS_prctl, PR_GET_NAME, slot->name);
}

static int add_owner(const struct safe_altstack *a, void *stop)
{
    uint64_t tid = a->owner;
    if (tid && tid <= INT32_MAX && safe_call(SYS_tgkill, safe_fault.pid, tid, 0) == 0)
        add_slot(stop, (int)tid);
    return true;
}

/* Adds the threads that are not known yet: those of /proc, or those that went through pthread_create. */
static void list_threads(struct safe_stop *stop)
{
    static struct safe_tasks tasks; /* too large for the stack of the faulting thread's fallback */
    int tid;
    stop->proc_error = safe_proc_is_foreign() ? -ENOENT : safe_tasks_open(&tasks, safe_fault.pid);
    if (stop->proc_error < 0) {
        safe_altstack_each(add_owner, stop);
        return;
    }
    while ((tid = safe_tasks_next(&tasks)) > 0)
        add_slot(stop, tid);
    safe_tasks_close(&tasks);
}

int safe_stop_all(struct safe_stop *stop, struct safe_scratch *scratch)
{
    uint64_t budget = (safe_fault.deadline_ns - safe_fault.mono_ns) / 4;
    uint64_t deadline = safe_fault.mono_ns + (budget < STOP_BUDGET_NS ? budget : STOP_BUDGET_NS);
    int error = prepare_slots(stop, scratch);
    if (error < 0)
        return error;
    stop->count = 0;
    stop->answered = stop->wanted = 0;
    stop->cookie = (uint32_t)(safe_fault.mono_ns >> 4) | 1;
    add_faulting_thread(stop);
    if (safe_fault.only_self || safe_fault.attempt) { /* at the second the others are parked already */
        safe_altstack_each(note_routine, stop);
        return 0;
    }
    safe_park_begin(stop);
    /* Threads not yet stopped may make more: list again until a list holds nothing new. */
    for (int pass = 0; pass < PASSES_MAX; pass++) {
        uint32_t known = stop->count;
        list_threads(stop);
        if (pass > 0 && stop->count == known)
            break;
        settle(stop, deadline);
    }
    safe_altstack_each(note_routine, stop);
    stop->stopped_ns = safe_clock_ns(CLOCK_MONOTONIC) - safe_fault.mono_ns;
    return 0;
}

void safe_stop_conclude(struct safe_stop *stop)
{
    uint32_t n = __atomic_load_n(&stop->count, __ATOMIC_ACQUIRE);
    for (uint32_t i = 1; i < n; i++) {
        struct safe_slot *slot = &stop->slot[i];
        int state = __atomic_load_n(&slot->state, __ATOMIC_ACQUIRE);
        slot->reason =
            state == SAFE_SLOT_SENT || state == SAFE_SLOT_UNSENT ? CRUMPLE_REASON_TIMEOUT : slot->reason;
        /* A thread that answers between the two is captured, with an unused reason. */
        while ((state == SAFE_SLOT_SENT || state == SAFE_SLOT_UNSENT) &&
               !__atomic_compare_exchange_n(&slot->state, &state, SAFE_SLOT_GIVEN_UP, false, __ATOMIC_ACQ_REL,
                                            __ATOMIC_ACQUIRE))
            ;
    }
}
