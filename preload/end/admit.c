/* SPDX-License-Identifier: MIT */
/* Ordinary code, in the creating thread and at a routine's end. See end/admit.h. */
#include "end/admit.h"

#include <string.h>
#include <time.h>

#include "base/sys.h"
#include "end/guard_frame.h"
#include "loader/real.h"
#include "routines/table.h"
#include "state/config.h"
#include "state/thread.h"
#include "track/sockets.h"
#include "track/wakeups.h"

static _Atomic uint32_t serials;

/* Ordinary code may take libc's clock, which needs no system call. */
static uint64_t now_ns(void)
{
    struct timespec now = {0, 0};
    if (!real.clock_gettime || real.clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        return safe_clock_ns(CLOCK_MONOTONIC);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void recover_run_over(struct safe_thread *t, enum safe_breaker_result result)
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
    recover_guard_forget(t);
    t->frame = NULL; /* from now on there is nowhere to go */
    if (t->ending != SAFE_ENDING_NONE)
        return;
    recover_run_over(t, SAFE_BREAKER_SUCCESS);
    safe_altstack_leave(thread_self.altstack);
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
        if (!real.pthread_attr_init || real.pthread_attr_init(&own) != 0)
            return 0;
    }
    if (!real.pthread_attr_getstacksize || real.pthread_attr_getstacksize(attr ? attr : &own, &size) != 0)
        return 0;
    if (real.pthread_attr_getguardsize)
        real.pthread_attr_getguardsize(attr ? attr : &own, &guard);
    size = size > guard ? size - guard : 0;
    if (!attr)
        by_default = size;
    return size;
}

bool recover_admit(struct safe_altstack *a, const pthread_attr_t *attr)
{
    struct safe_thread *t = &a->thread;
    memset(t, 0, sizeof *t);
    t->last_fd = t->inbound_fd = t->shared_fd = -1;
    t->started_ns = now_ns();
    t->serial = __atomic_add_fetch(&serials, 1, __ATOMIC_RELAXED) % (SAFE_SERIAL_HIGHEST - 1) + 1;
    t->stack_low = stack_bytes(attr);
    safe_sockets_hand_over(t);
    safe_wakeups_hand_over(t);
    t->is_early = !safe_sockets_any_accepted();
    t->routine = routines_find(a->routine, a->argument);
    if (!t->routine)
        return true;
    return safe_routines_allow(t->routine, t->started_ns, &t->generation) || !crumple_config->breaker_rejects;
}

void recover_withdraw(struct safe_altstack *a)
{
    recover_run_over(&a->thread, SAFE_BREAKER_EXCLUDED);
}
