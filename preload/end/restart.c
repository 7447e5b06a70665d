/* SPDX-License-Identifier: MIT */
/* Runs in a thread whose routine is to run again, in its recovery frame. See end/restart.h. */
#include "end/restart.h"

#include <pthread.h>
#include <time.h>

#include "state/thread.h"
#include "loader/real.h"
#include "out/happenings.h"
#include "contain/keeper.h"
#include "track/routine_runs.h"
#include "out/say.h"
#include "base/sys.h"

#define LOOK_NS UINT64_C(100000000)

/* nanosleep of libc: a cancellation point. */
static void sleep_ns(uint64_t ns)
{
    const struct timespec time = {(time_t)(ns / 1000000000u), (long)(ns % 1000000000u)};
    nanosleep(&time, NULL);
}

static void tell(struct safe_thread *t, bool parked)
{
    t->is_parked = parked;
    safe_happened_parked(t->routine, parked);
    safe_say_parked(safe_routines[t->routine - 1].names, parked);
    safe_keeper_poke();
}

/* Off until the routine's breaker lets it try again; the server stays up without it. */
static void stay_parked(struct safe_thread *t)
{
    safe_routines_park(t->routine);
    tell(t, true);
    while (!safe_routines_unpark(t->routine, safe_clock_ns(CLOCK_MONOTONIC), &t->generation))
        sleep_ns(LOOK_NS);
    tell(t, false);
}

void recover_restart_cancelled(struct safe_thread *t)
{
    t->is_parked = false;
    safe_routines_cancelled(t->routine);
    safe_happened_parked(t->routine, false);
    safe_keeper_poke();
}

void recover_restart_wait(struct safe_thread *t)
{
    uint64_t now = safe_clock_ns(CLOCK_MONOTONIC), delay_ns = 0;
    int unused;
    real.pthread_setcancelstate(t->cancel_state, &unused);
    if (t->park) {
        stay_parked(t);
        return;
    }
    uint32_t recent = safe_routines_restarted(t->routine, now, now ^ (uint64_t)t, &delay_ns);
    safe_happened_restart(t->routine, delay_ns, recent);
    safe_keeper_poke();
    sleep_ns(delay_ns);
    safe_routines_allow(t->routine, safe_clock_ns(CLOCK_MONOTONIC), &t->generation);
}
