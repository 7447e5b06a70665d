/* SPDX-License-Identifier: MIT */
/* Safe file: safe_keeper_ask runs in the faulting thread, the rest in the keeper. See contain/keeper.h. */
#include "contain/keeper.h"

#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <time.h>

#include "state/config.h"
#include "state/signals.h"
#include "contain/keeper_work.h"
#include "state/claim.h"
#include "capture/helper.h"
#include "stopped/park.h"
#include "base/scratch.h"
#include "state/fault.h"
#include "track/peers.h"

#define STACK_BYTES (256 * 1024)
#define TICK_NS     UINT64_C(20000000)   /* between two looks at the host, the watched threads, the events */
#define STAY_NS     UINT64_C(2000000000) /* idle for so long: it goes */

static char *stack; /* with a guard page below */
static uint32_t keeper_uid;
static _Atomic int ended; /* a keeper's pid that is to be collected */

int safe_keeper_prepare(void)
{
    return safe_scratch_map_stack(STACK_BYTES, &stack);
}

static void answer(enum safe_answer a)
{
    __atomic_store_n(&safe_state->keeper_request, SAFE_ASK_NONE, __ATOMIC_SEQ_CST);
    __atomic_store_n(&safe_state->keeper_answer, a, __ATOMIC_SEQ_CST);
    safe_call(SYS_futex, &safe_state->keeper_answer, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0);
}

/* Idle for long: leaves, unless a request arrives at this very moment. */
static bool may_leave(uint64_t now, uint64_t busy_ns)
{
    uint32_t none = SAFE_ASK_NONE;
    uint64_t stay = STAY_NS + (safe_peers_any() ? crumple_config->breaker.timeout_ns : 0);
    if (now - busy_ns < stay || safe_keeper_work_pending())
        return false;
    return __atomic_compare_exchange_n(&safe_state->keeper_request, &none, SAFE_ASK_LEFT, false,
                                       __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

static int keeper_main(void *host)
{
    uint64_t busy_ns = safe_clock_ns(CLOCK_MONOTONIC);
    const struct safe_scan_skip own = {(uint64_t)stack, (uint64_t)stack + STACK_BYTES};
    int pid = (int)(long)host;
    safe_helper_become(false);
    for (;;) {
        uint32_t request = __atomic_load_n(&safe_state->keeper_request, __ATOMIC_SEQ_CST);
        uint64_t now = safe_clock_ns(CLOCK_MONOTONIC);
        if (safe_call(SYS_getppid) != pid)
            break;
        if (request == SAFE_ASK_CAPTURE || request == SAFE_ASK_COUNT)
            answer(request == SAFE_ASK_CAPTURE ? safe_keeper_work_capture(&own)
                                               : safe_keeper_work_count(&own));
        else if (request == SAFE_ASK_WAKE)
            /* Another request may have taken its place. */
            __atomic_compare_exchange_n(&safe_state->keeper_request, &request, SAFE_ASK_NONE, false,
                                        __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
        if (request == SAFE_ASK_LEAVE)
            break;
        if (request != SAFE_ASK_NONE)
            busy_ns = now;
        safe_keeper_work_do(now, pid);
        if (may_leave(now, busy_ns))
            break;
        safe_futex_wait(&safe_state->keeper_request, SAFE_ASK_NONE, TICK_NS);
    }
    safe_keeper_work_last();
    return 0;
}

static bool is_alive(void)
{
    return __atomic_load_n(&safe_state->keeper, __ATOMIC_SEQ_CST) != 0;
}

/* The kernel clears the word; a zombie is left, which any thread of the host may collect. */
static void wait_until_gone(int pid, uint64_t ns)
{
    uint64_t end = safe_clock_ns(CLOCK_MONOTONIC) + ns;
    const struct {
        int64_t sec, nsec;
    } pause = {0, 1000000};
    while (is_alive() && safe_clock_ns(CLOCK_MONOTONIC) < end)
        safe_call(SYS_futex, &safe_state->keeper, FUTEX_WAIT, pid, &pause, 0, 0);
    for (int i = 0; i < 20 && ended && !is_alive(); i++) {
        safe_keeper_reap();
        if (ended)
            safe_call(SYS_nanosleep, &pause, NULL);
    }
}

static void kill_keeper(void)
{
    int pid = __atomic_load_n(&safe_state->keeper, __ATOMIC_SEQ_CST);
    if (pid <= 0) /* -1: being started */
        return;
    safe_call(SYS_kill, pid, SIGKILL);
    wait_until_gone(pid, UINT64_C(200000000));
}

/* A new one, with every signal blocked: what is sent to the process group is not for it. But SIGSYS of a
 * seccomp filter that traps: of that our handler makes calls that fail. */
static bool start(void)
{
    uint64_t all = ~SAFE_SIGBIT(SIGSYS), before = 0;
    safe_keeper_reap();
    __atomic_store_n(&safe_state->keeper_request, SAFE_ASK_NONE, __ATOMIC_SEQ_CST);
    keeper_uid = (uint32_t)safe_call(SYS_geteuid);
    safe_call(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, 8);
    safe_state->keeper = -1;
    long pid = safe_clone_on(stack + STACK_BYTES, CLONE_VM | CLONE_CHILD_CLEARTID, &safe_state->keeper,
                             keeper_main, (void *)(long)safe_getpid());
    if (pid < 0) {
        safe_state->keeper = 0;
    } else {
        int starting = -1;
        __atomic_compare_exchange_n(&safe_state->keeper, &starting, (int)pid, false, __ATOMIC_SEQ_CST,
                                    __ATOMIC_SEQ_CST);
        __atomic_store_n(&ended, (int)pid, __ATOMIC_SEQ_CST);
    }
    safe_call(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, 8);
    return pid > 0;
}

/* There is one, of this user, and it listens. */
static bool ensure(void)
{
    if (is_alive() && __atomic_load_n(&safe_state->keeper_request, __ATOMIC_SEQ_CST) == SAFE_ASK_LEFT)
        wait_until_gone(safe_state->keeper, UINT64_C(500000000));
    if (is_alive() && keeper_uid != (uint32_t)safe_call(SYS_geteuid)) {
        kill_keeper();
        if (is_alive())
            return false; /* another user's, and not to be used by this one */
    }
    return is_alive() || start();
}

bool safe_keeper_ask(enum safe_ask what, uint64_t deadline_ns, const char **ret_reason)
{
    for (int restarts = 0; restarts < 3; restarts++) {
        uint32_t posted = SAFE_ASK_NONE;
        if (!ensure()) {
            *ret_reason = "no process could be started to report it";
            return false;
        }
        __atomic_store_n(&safe_state->keeper_answer, SAFE_ANSWER_NONE, __ATOMIC_SEQ_CST);
        posted = __atomic_exchange_n(&safe_state->keeper_request, what, __ATOMIC_SEQ_CST);
        if (posted == SAFE_ASK_LEFT) {
            __atomic_store_n(&safe_state->keeper_request, SAFE_ASK_LEFT, __ATOMIC_SEQ_CST);
            continue;
        }
        safe_call(SYS_futex, &safe_state->keeper_request, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0);
        while (is_alive()) {
            uint32_t a = __atomic_load_n(&safe_state->keeper_answer, __ATOMIC_SEQ_CST);
            if (a != SAFE_ANSWER_NONE) {
                *ret_reason = safe_found.reason;
                return a == SAFE_ANSWER_ALLOWED;
            }
            if (safe_clock_ns(CLOCK_MONOTONIC) >= deadline_ns) {
                kill_keeper();
                *ret_reason = "it could not be reported in time";
                return false;
            }
            safe_futex_wait(&safe_state->keeper_answer, SAFE_ANSWER_NONE, TICK_NS);
        }
    }
    *ret_reason = "the process that reports it was killed";
    return false;
}

void safe_keeper_poke(void)
{
    uint32_t none = SAFE_ASK_NONE;
    uint64_t all = ~SAFE_SYNC_MASK, before = 0;
    int owner = 0;
    if (is_alive() && __atomic_compare_exchange_n(&safe_state->keeper_request, &none, SAFE_ASK_WAKE, false,
                                                  __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
        safe_call(SYS_futex, &safe_state->keeper_request, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0);
        return;
    }
    if (none != SAFE_ASK_NONE && none != SAFE_ASK_LEFT)
        return; /* it is at work, and looks at everything afterwards */
    /* The owner of the claim starts one, too. No handler may run while this thread has it. */
    safe_call(SYS_rt_sigprocmask, SIG_BLOCK, &all, &before, 8);
    if (__atomic_compare_exchange_n(&safe_state->owner, &owner, safe_gettid(), false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE)) {
        if (!is_alive())
            start();
        safe_claim_release();
    }
    safe_call(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, 8);
}

void safe_keeper_dismiss(uint64_t ns)
{
    int pid = __atomic_load_n(&safe_state->keeper, __ATOMIC_SEQ_CST);
    if (pid <= 0)
        return;
    __atomic_store_n(&safe_state->keeper_request, SAFE_ASK_LEAVE, __ATOMIC_SEQ_CST);
    safe_call(SYS_futex, &safe_state->keeper_request, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0);
    wait_until_gone(pid, ns);
    kill_keeper();
}

void safe_keeper_reap(void)
{
    int pid = __atomic_load_n(&ended, __ATOMIC_RELAXED);
    if (!pid || is_alive() ||
        !__atomic_compare_exchange_n(&ended, &pid, 0, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        return;
    /* CLEARTID comes a moment before the end: then it is collected the next time. */
    if (safe_call(SYS_wait4, pid, NULL, 0x40000001 /* __WALL | WNOHANG */, NULL) == 0)
        __atomic_store_n(&ended, pid, __ATOMIC_SEQ_CST);
}

bool safe_keeper_collected(int pid)
{
    int was = pid;
    if (pid != __atomic_load_n(&ended, __ATOMIC_SEQ_CST))
        return false;
    safe_call(SYS_wait4, pid, NULL, 0x40000001 /* __WALL | WNOHANG */, NULL); /* only looked at (WNOWAIT) */
    __atomic_compare_exchange_n(&ended, &was, 0, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return true;
}
