/* SPDX-License-Identifier: MIT */
/* Safe file: runs in signal handlers. See fault/limit.h. */
#include "fault/limit.h"

#include <errno.h>
#include <stddef.h>
#include <time.h>

#include "state/config.h"
#include "state/fault.h"
#include "state/signals.h"
#include "stopped/signal_frames.h"
#include "fault/blocked.h"
#include "base/io.h"

#define THREAD_SIGNAL 4 /* SIGEV_THREAD_ID */

/* The kernel's struct sigevent (include/uapi/asm-generic/siginfo.h). */
struct timer_event {
    void *value;
    int signo, notify, tid, unused[11];
};

struct timer_times {
    int64_t interval_sec, interval_nsec, sec, nsec;
};

/* A synchronous signal stays open in its own handler. SIGABRT does not: SIGSEGV comes instead. 0: none. */
static int signal_of_limit(int sig)
{
    const uint64_t crumples = safe_entry_ours | safe_entry_entered;
    const int by = SAFE_SIGBIT(sig) & SAFE_SYNC_MASK ? sig : SIGSEGV;
    return crumples & SAFE_SIGBIT(by) ? by : 0;
}

static bool is_alive(int tid)
{
    return safe_call(SYS_tgkill, safe_state->pid, tid, 0) == 0;
}

/* The thread's own place, left by a handler that did not return; or a free one; or that of a thread that is
 * gone. */
static struct safe_limit *take_place(int tid)
{
    struct safe_limit *all = safe_state->limit, *found = NULL;
    for (int i = 0; i < SAFE_LIMITS; i++)
        if (all[i].tid == tid) {
            safe_call(SYS_timer_delete, all[i].timer);
            return &all[i];
        }
    for (int i = 0; i < SAFE_LIMITS && !found; i++) {
        int owner = all[i].tid;
        if ((owner == 0 || !is_alive(owner)) &&
            __atomic_compare_exchange_n(&all[i].tid, &owner, tid, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE)) {
            found = &all[i];
            if (owner)
                safe_call(SYS_timer_delete, found->timer);
        }
    }
    return found;
}

static void start(struct safe_limit *limit, int tid, int by, uint64_t ns)
{
    const struct timer_event event = {.value = limit, .signo = by, .notify = THREAD_SIGNAL, .tid = tid};
    const struct timer_times times = {0, 0, (int64_t)(ns / 1000000000u), (int64_t)(ns % 1000000000u)};
    if (safe_call(SYS_timer_create, CLOCK_MONOTONIC, &event, &limit->timer) == 0) {
        if (safe_call(SYS_timer_settime, limit->timer, 0, &times, NULL) == 0)
            return;
        safe_call(SYS_timer_delete, limit->timer);
    }
    limit->tid = 0;
}

void safe_limit_begin(int sig, const siginfo_t *info, uint64_t frame)
{
    const bool is_abort = sig == SIGABRT && info->si_code == SI_TKILL;
    const int by = crumple_config->handler_ns && (info->si_code > 0 || is_abort) ? signal_of_limit(sig) : 0;
    if (!by || !safe_is_fatal_signal(sig) || !safe_state || safe_state->pid != safe_getpid())
        return;
    const int tid = safe_gettid();
    struct safe_limit *limit = take_place(tid);
    if (!limit)
        return;
    limit->sig = sig;
    limit->frame = frame;
    *(uint64_t *)frame = safe_limit_restorer;
    start(limit, tid, by, crumple_config->handler_ns);
}

void safe_limit_end(void)
{
    const int tid = safe_gettid();
    for (int i = 0; i < SAFE_LIMITS && safe_state; i++)
        if (safe_state->limit[i].tid == tid) {
            safe_call(SYS_timer_delete, safe_state->limit[i].timer);
            __atomic_store_n(&safe_state->limit[i].tid, 0, __ATOMIC_RELEASE);
        }
}

bool safe_limit_is(const siginfo_t *info)
{
    const uint64_t at = (uint64_t)info->si_value.sival_ptr;
    return info->si_code == SI_TIMER && safe_state && at >= (uint64_t)safe_state->limit &&
           at < (uint64_t)(safe_state->limit + SAFE_LIMITS);
}

bool safe_limit_passed(const siginfo_t *info, const ucontext_t *uc, siginfo_t *ret_first)
{
    const struct safe_limit limit = *(const struct safe_limit *)info->si_value.sival_ptr;
    const bool is_mine = limit.tid == safe_gettid();
    struct safe_frame frame;
    uint64_t word;
    safe_limit_end();
    if (!is_mine || (uint64_t)uc->uc_mcontext.gregs[REG_RSP] >= limit.frame ||
        safe_read_memory(limit.frame, &word, sizeof word) < 0 || word != safe_limit_restorer ||
        !safe_frame_read(limit.frame, &frame) || frame.info.si_signo != limit.sig ||
        !safe_frame_is_live(&frame, safe_mask_of(uc)))
        return false;
    *ret_first = frame.info;
    return true;
}
