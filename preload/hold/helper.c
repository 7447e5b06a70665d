/* SPDX-License-Identifier: MIT */
/*
 * Safe file: runs in the hold helper, with a copy of this object's memory, a page that it shares with the server, and no other memory:
 * what it kept of the server's would stay after the death, and take as much again. See hold/helper.h.
 */
#include "hold/helper.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "crumple_hold.h"
#include "base/io.h"
#include "base/sys.h"
#include "hold/hand.h"

#define STACK_BYTES 32768 /* a signal frame of AMX has 11 KiB (arch/x86/kernel/fpu/signal.c) */
#define PAGE        UINT64_C(4096)
#define MEMORY_END  UINT64_C(0x7ffffffff000) /* TASK_SIZE with four levels of page tables */
#define KEPT_MAX    4

struct safe_hold_start safe_hold_start;

static char stack[STACK_BYTES] __attribute__((aligned(4096)));

void safe_hold_wake(_Atomic uint32_t *word)
{
    safe_call(SYS_futex, word, FUTEX_WAKE, INT32_MAX, 0, 0, 0);
}

void safe_hold_wait(_Atomic uint32_t *word, uint32_t value, uint64_t ns)
{
    const struct {
        int64_t sec, nsec;
    } most = {(int64_t)(ns / 1000000000u), (int64_t)(ns % 1000000000u)};
    safe_call(SYS_futex, word, FUTEX_WAIT, value, ns == UINT64_MAX ? NULL : &most, 0, 0);
}

/* crumple-run's alone: the server and its children may send signals, too. */
static void on_signal(int sig, siginfo_t *info, void *context)
{
    (void)sig;
    (void)context;
    if (info->si_code == SI_USER && info->si_pid == safe_hold_start.hold.run_pid &&
        __atomic_load_n(safe_hold_start.word, __ATOMIC_SEQ_CST) != SAFE_HOLD_LEAVES)
        __atomic_store_n(safe_hold_start.word, SAFE_HOLD_HANDS, __ATOMIC_SEQ_CST);
}

/* Unmaps all but these, which are sorted and may touch each other. */
static void unmap_others(const uint64_t kept[KEPT_MAX][2], int count)
{
    uint64_t from = 0;
    for (int i = 0; i <= count; i++) {
        uint64_t to = i < count ? kept[i][0] & ~(PAGE - 1) : MEMORY_END;
        if (to > from)
            safe_call(SYS_munmap, from, to - from);
        if (i < count && ((kept[i][1] + PAGE - 1) & ~(PAGE - 1)) > from)
            from = (kept[i][1] + PAGE - 1) & ~(PAGE - 1);
    }
}

static void keep_little_memory(void)
{
    extern const char __ehdr_start[] __attribute__((visibility("hidden")));
    extern const char _end[] __attribute__((visibility("hidden")));
    const uint64_t word = (uint64_t)safe_hold_start.word, rseq = safe_hold_start.rseq;
    uint64_t kept[KEPT_MAX][2] = {{(uint64_t)__ehdr_start, (uint64_t)_end}, {word, word + PAGE}};
    int count = 2;
    if (rseq) {
        kept[count][0] = rseq;
        kept[count++][1] = rseq + 64;
    }
    for (int i = 1; i < count; i++)
        for (int k = i; k > 0 && kept[k - 1][0] > kept[k][0]; k--) {
            uint64_t low = kept[k][0], high = kept[k][1];
            kept[k][0] = kept[k - 1][0];
            kept[k][1] = kept[k - 1][1];
            kept[k - 1][0] = low;
            kept[k - 1][1] = high;
        }
    unmap_others(kept, count);
}

/* No limit of the server's keeps the helper from connecting. */
static void lift_limit(void)
{
    struct rlimit limit;
    if (safe_call(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit) < 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    safe_call(SYS_prlimit64, 0, RLIMIT_NOFILE, &limit, NULL);
}

/* False: crumple-run is gone, and nobody will ever ask. */
static bool become(void)
{
    const uint64_t asked = SAFE_SIGBIT(SIGUSR1);
    const struct safe_sigaction action = {.handler = (void *)on_signal,
                                          .flags = SA_SIGINFO | SAFE_SA_RESTORER,
                                          .restorer = (void *)safe_restore_rt};
    safe_call(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (safe_call(SYS_getppid) != safe_hold_start.hold.run_pid)
        return false;
    safe_call(SYS_prctl, PR_SET_NAME, CRUMPLE_HOLD_HELPER_NAME, 0, 0, 0);
    safe_call(SYS_setsid);
    lift_limit();
    keep_little_memory();
    return safe_sigaction(SIGUSR1, &action, NULL) == 0 &&
           safe_call(SYS_rt_sigprocmask, SIG_UNBLOCK, &asked, NULL, 8) == 0;
}

static bool change(uint32_t from, uint32_t to)
{
    return __atomic_compare_exchange_n(safe_hold_start.word, &from, to, false, __ATOMIC_SEQ_CST,
                                       __ATOMIC_SEQ_CST);
}

/* Signals are blocked but the one, and a fault kills. Whatever a stray write of the server's makes of the word, the helper sleeps. */
static int helper_main(void *unused)
{
    _Atomic uint32_t *word = safe_hold_start.word;
    uint32_t state;
    (void)unused;
    if (!become() || !change(SAFE_HOLD_STARTS, SAFE_HOLD_SLEEPS))
        return 0;
    safe_hold_wake(word);
    while ((state = __atomic_load_n(word, __ATOMIC_SEQ_CST)) != SAFE_HOLD_LEAVES &&
           state != SAFE_HOLD_HANDS) {
        if (state == SAFE_HOLD_RAISES) {
            safe_hold_raise_backlogs();
            (void)change(SAFE_HOLD_RAISES, SAFE_HOLD_SLEEPS);
        } else {
            safe_hold_wait(word, state, UINT64_MAX);
        }
    }
    if (state == SAFE_HOLD_HANDS)
        safe_hold_hand(&safe_hold_start.hold);
    return 0;
}

int safe_hold_clone(void)
{
    return (int)safe_clone_on(stack + sizeof stack, CLONE_FILES | CLONE_PARENT | SIGCHLD, NULL, helper_main,
                              NULL);
}
