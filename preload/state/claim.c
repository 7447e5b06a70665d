/* SPDX-License-Identifier: MIT */
/* Safe file: runs in faulting threads. See state/claim.h. */
#include "state/claim.h"

#include <linux/futex.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <time.h>

#include "state/config.h"
#include "state/fault.h"
#include "state/signals.h"

#define LOOK_AGAIN_NS UINT64_C(20000000)
#define GRACE_NS      UINT64_C(500000000)

/* The longest a fault may wait for another one's end. */
static uint64_t wait_limit_ns(void)
{
    return crumple_config->timeout_ns + UINT64_C(1000000000);
}

static void wait_while(_Atomic int *word, int value, uint64_t ns)
{
    const struct {
        int64_t sec, nsec;
    } ts = {(int64_t)(ns / 1000000000u), (int64_t)(ns % 1000000000u)};
    safe_call(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, &ts, 0, 0);
}

/* The helper of a dump died before it could give the claim back. */
static void take_from_dead_dumper(void)
{
    int dumper = SAFE_OWNER_DUMPER;
    if (!__atomic_load_n(&safe_state->dumper, __ATOMIC_SEQ_CST))
        __atomic_compare_exchange_n(&safe_state->owner, &dumper, 0, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE);
}

bool safe_claim_try(int tid)
{
    int nobody = 0;
    take_from_dead_dumper();
    return __atomic_compare_exchange_n(&safe_state->owner, &nobody, tid, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_ACQUIRE);
}

enum safe_claim safe_claim_take(int tid)
{
    uint64_t end = 0;
    int seen = 0;
    for (;;) {
        int owner = 0;
        if (__atomic_compare_exchange_n(&safe_state->owner, &owner, tid, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE))
            return SAFE_CLAIM_MINE;
        if (owner == tid)
            return SAFE_CLAIM_NESTED;
        if (__atomic_load_n(&safe_state->dying, __ATOMIC_ACQUIRE))
            return SAFE_CLAIM_DYING;
        uint64_t now = safe_clock_ns(CLOCK_MONOTONIC);
        if (owner != seen) { /* each owner has the limit, a queue of them may take longer */
            seen = owner;
            end = now + wait_limit_ns();
        }
        if (now >= end)
            return SAFE_CLAIM_STUCK;
        wait_while(&safe_state->owner, owner, LOOK_AGAIN_NS);
        if (owner == SAFE_OWNER_DUMPER)
            take_from_dead_dumper();
    }
}

void safe_claim_release(void)
{
    __atomic_store_n(&safe_state->owner, 0, __ATOMIC_RELEASE);
    safe_call(SYS_futex, &safe_state->owner, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0);
}

void safe_claim_keep(void)
{
    __atomic_store_n(&safe_state->dying, 1, __ATOMIC_RELEASE);
    safe_call(SYS_futex, &safe_state->owner, FUTEX_WAKE_PRIVATE, INT32_MAX, 0, 0, 0);
}

void safe_claim_yield(void)
{
    int n = __atomic_load_n(&safe_state->also_count, __ATOMIC_ACQUIRE);
    for (int i = 0; i < n && i < SAFE_ALSO_MAX; i++)
        __atomic_store_n(&safe_state->also[i].ready, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&safe_state->also_count, 0, __ATOMIC_RELEASE);
    __atomic_store_n(&safe_state->dying, 0, __ATOMIC_RELEASE);
    safe_call(SYS_futex, &safe_state->dying, FUTEX_WAKE_PRIVATE, INT32_MAX, 0, 0, 0);
    safe_claim_release();
}

void safe_claim_wait_for_end(void)
{
    uint64_t now = safe_clock_ns(CLOCK_MONOTONIC), end = now + wait_limit_ns();
    for (; now < end && __atomic_load_n(&safe_state->dying, __ATOMIC_ACQUIRE);
         now = safe_clock_ns(CLOCK_MONOTONIC))
        wait_while(&safe_state->dying, 1, end - now);
}

/* A signal from elsewhere is no fault of the thread that gets it: a handler may send the process's own fault to
 * all of it. */
static bool is_own_trouble(int sig, const siginfo_t *info)
{
    return safe_is_fatal_signal(sig) && (info->si_code > 0 || (sig == SIGABRT && info->si_code == SI_TKILL));
}

void safe_claim_join(int sig, const siginfo_t *info, const ucontext_t *uc, int tid)
{
    int at = __atomic_fetch_add(&safe_state->also_count, 1, __ATOMIC_ACQ_REL);
    _Atomic int forever = 0;
    if (at < SAFE_ALSO_MAX) {
        struct safe_also *also = &safe_state->also[at];
        also->tid = tid;
        also->signo = is_own_trouble(sig, info) ? sig : 0;
        also->addr = info->si_code > 0 ? (uint64_t)info->si_addr : 0;
        also->context = uc;
        also->fs_base = safe_fs_base();
        safe_call(SYS_prctl, PR_GET_NAME, also->name, 0, 0, 0);
        __atomic_store_n(&also->ready, 1, __ATOMIC_RELEASE);
    }
    safe_claim_wait_for_end();
    /* An exit was first, and goes on; but it may need a lock that this thread holds. */
    wait_while(&forever, 0, GRACE_NS);
}
