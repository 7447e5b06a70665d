/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the constructor, in hooks (also in a signal handler) and in the faulting thread. See hold/hold.h. */
#include "hold/hold.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "base/io.h"
#include "base/sys.h"
#include "base/text.h"
#include "hold/ask.h"
#include "hold/helper.h"
#include "out/say.h"
#include "state/config.h"
#include "track/peers.h"

#define READY_NS         UINT64_C(2000000000) /* for so long the helper is waited for, as crumple-run is */
#define GONE_NS          UINT64_C(200000000)
#define LOOK_NS          UINT64_C(10000000)
#define PAUSE_NS         200000
#define DESCRIPTORS_MAX  16384
#define LOOKS_MAX        4096 /* a millisecond or two */
#define LOOKS_OF_REFUSAL 500  /* to be refused costs more than to look */
#define WITHOUT_HOLD     "clients are refused while the server restarts"
#define HOLD_FAILURE     "cannot hold the listening sockets"
#define PAGE             4096

_Atomic int safe_hold_looks;
static _Atomic bool is_filtered; /* copied by fork */

/* The helper of this process. Copied by fork, and then another's. Written by whoever has 'is_busy'. */
static struct {
    _Atomic int owner; /* the process that shares its descriptors with it; 0: none */
    _Atomic int pid;
} helper;
static _Atomic bool is_busy;

static bool begin_change(void)
{
    return !__atomic_exchange_n(&is_busy, true, __ATOMIC_ACQUIRE);
}

static void end_change(void)
{
    __atomic_store_n(&is_busy, false, __ATOMIC_RELEASE);
}

static bool is_owner(void)
{
    int owner = __atomic_load_n(&helper.owner, __ATOMIC_ACQUIRE);
    return owner && owner == safe_getpid();
}

/* One page for each process that makes a helper: that of a parent is shared with the parent's. */
static _Atomic uint32_t *map_word(void)
{
    long p = safe_call(SYS_mmap, 0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return safe_is_error(p) ? NULL : (_Atomic uint32_t *)p;
}

/* Waits until the process is gone, with all that it had open: a zombie is nearly that, and crumple-run collects it at once. */
static void wait_until_gone(int pid)
{
    const struct timespec pause = {0, PAUSE_NS};
    const uint64_t until = safe_clock_ns(CLOCK_MONOTONIC) + GONE_NS;
    while (safe_call(SYS_kill, pid, 0) != -ESRCH && safe_clock_ns(CLOCK_MONOTONIC) < until)
        safe_call(SYS_nanosleep, &pause, NULL);
}

/* It ends by the word, whatever user this process has become, unless somebody has stopped it. */
static void dismiss(int pid)
{
    __atomic_store_n(safe_hold_start.word, SAFE_HOLD_LEAVES, __ATOMIC_SEQ_CST);
    safe_hold_wake(safe_hold_start.word);
    wait_until_gone(pid);
    safe_call(SYS_munmap, safe_hold_start.word, PAGE);
    safe_hold_start.word = NULL;
}

/*
 * A table that two processes share grows only after a grace period of the kernel's (fs/file.c, expand_fdtable), 10 ms each time. So it
 * grows before, to what the server may come to need. That costs 128 KiB; a fork copies what is in use.
 */
static void widen_table(void)
{
    struct rlimit limit, lifted;
    if (safe_call(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit) < 0)
        return;
    lifted = (struct rlimit){limit.rlim_max, limit.rlim_max};
    long last = (long)(limit.rlim_max < DESCRIPTORS_MAX ? limit.rlim_max : DESCRIPTORS_MAX) - 1;
    int fd = safe_open(-1, "/", O_PATH, 0);
    safe_call(SYS_prlimit64, 0, RLIMIT_NOFILE, &lifted, NULL);
    long high = fd < 0 ? fd : safe_call(SYS_fcntl, fd, F_DUPFD_CLOEXEC, last);
    safe_call(SYS_prlimit64, 0, RLIMIT_NOFILE, &limit, NULL);
    safe_close((int)high);
    safe_close(fd);
}

/* Not after unshare(CLONE_NEWPID) or its setns: the first child is PID 1 of the new namespace, and once that has ended, nobody can fork any more
 * (pid_namespaces(7)). Before the first child, the second link is there but cannot be read; before Linux 4.12 there is none. */
static bool has_children_here(void)
{
    static const char of_children[] = "/proc/self/ns/pid_for_children";
    char own[64] = "", other[64] = "";
    struct stat st;
    (void)safe_call(SYS_readlinkat, AT_FDCWD, "/proc/self/ns/pid", own, sizeof own - 1);
    (void)safe_call(SYS_readlinkat, AT_FDCWD, of_children, other, sizeof other - 1);
    return safe_equal(own, other) ||
           safe_call(SYS_newfstatat, AT_FDCWD, of_children, &st, AT_SYMLINK_NOFOLLOW) < 0;
}

/* Or until it is gone: a filter of system calls may have killed it. */
static void wait_until_ready(int pid, _Atomic uint32_t *word)
{
    const uint64_t until = safe_clock_ns(CLOCK_MONOTONIC) + READY_NS;
    while (__atomic_load_n(word, __ATOMIC_SEQ_CST) == SAFE_HOLD_STARTS &&
           safe_call(SYS_kill, pid, 0) != -ESRCH && safe_clock_ns(CLOCK_MONOTONIC) < until)
        safe_hold_wait(word, SAFE_HOLD_STARTS, LOOK_NS);
}

/* Returns the helper's pid or a negative errno. */
static int make_helper(void)
{
    const struct crumple_config *config = crumple_config;
    const uint64_t all = ~UINT64_C(0);
    uint64_t before;
    if (!has_children_here())
        return -EXDEV;
    _Atomic uint32_t *word = map_word();
    if (!word)
        return -ENOMEM;
    safe_hold_start = (struct safe_hold_start){
        config->hold, word, config->rseq_offset ? safe_fs_base() + (uint64_t)config->rseq_offset : 0};
    safe_call(SYS_rt_sigprocmask, SIG_BLOCK, &all, &before, 8);
    widen_table();
    int pid = safe_hold_clone();
    safe_call(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, 8);
    if (pid > 0)
        wait_until_ready(pid, word);
    if (pid > 0 && __atomic_load_n(word, __ATOMIC_SEQ_CST) == SAFE_HOLD_SLEEPS)
        return pid;
    if (pid > 0)
        dismiss(pid);
    else
        safe_call(SYS_munmap, word, PAGE);
    return pid > 0 ? -ETIMEDOUT : pid;
}

/* Tells crumple-run who the helper is, 0: there is none. Returns its answer, or a negative errno. The answer brings the
 * peers' table. */
static int report(int pid)
{
    struct crumple_hold_request request = safe_hold_request(CRUMPLE_HOLD_HELPER);
    int peers;
    request.helper = pid;
    int status = safe_hold_ask(&crumple_config->hold, &request, &peers);
    if (status == 0 && peers >= 0 && !safe_peers_are_shared()) /* without the table, no peer is refused */
        (void)safe_peers_share(peers);
    safe_close(peers);
    return status;
}

/* Not said: that crumple-run does not take this process for the server, or that the server is about to stop. Returns 0 or a negative
 * errno. */
static int begin_hold(void)
{
    const struct config_hold *hold = &crumple_config->hold;
    int pid = hold->makes_helper ? make_helper() : 0;
    int status = pid < 0 ? pid : pid > 0 || hold->has_peers ? report(pid) : 0;
    if (status == 0 && pid > 0) {
        __atomic_store_n(&helper.pid, pid, __ATOMIC_RELAXED);
        __atomic_store_n(&helper.owner, safe_getpid(), __ATOMIC_RELEASE);
    } else if (pid > 0) {
        dismiss(pid);
    }
    if (status < 0 && status != -EPERM && status != -ESHUTDOWN)
        safe_say_failure(HOLD_FAILURE, status, WITHOUT_HOLD);
    return status;
}

void safe_hold_begin(void)
{
    const struct config_hold *hold = &crumple_config->hold;
    if (!hold->run_pid)
        return;
    if (safe_call(SYS_getppid) == hold->run_pid)
        (void)begin_hold();
    else
        safe_hold_forked();
}

void safe_hold_forked(void)
{
    if (crumple_config->hold.makes_helper && !__atomic_load_n(&is_filtered, __ATOMIC_RELAXED))
        __atomic_store_n(&safe_hold_looks, LOOKS_MAX, __ATOMIC_RELAXED);
}

void safe_hold_filtered(void)
{
    __atomic_store_n(&is_filtered, true, __ATOMIC_RELAXED);
    __atomic_store_n(&safe_hold_looks, 0, __ATOMIC_RELAXED);
}

/* A daemon leads a session of its own, and its maker has left it to crumple-run. */
void safe_hold_look_now(void)
{
    const struct crumple_config *config = crumple_config;
    if (!config || !begin_change())
        return;
    if (!is_owner() && __atomic_load_n(&safe_hold_looks, __ATOMIC_RELAXED) > 0) {
        __atomic_fetch_sub(&safe_hold_looks, 1, __ATOMIC_RELAXED);
        if (safe_call(SYS_getppid) == config->hold.run_pid && safe_call(SYS_getsid, 0) == safe_getpid()) {
            int left = __atomic_load_n(&safe_hold_looks, __ATOMIC_RELAXED) - LOOKS_OF_REFUSAL;
            /* crumple-run may not yet know that the process which made this one is gone. */
            left = begin_hold() == -EPERM && left > 0 ? left : 0;
            __atomic_store_n(&safe_hold_looks, left, __ATOMIC_RELAXED);
        }
    }
    end_change();
}

bool safe_hold_leave(void)
{
    if (!is_owner() || !begin_change())
        return false;
    bool leaves = is_owner();
    if (leaves) {
        __atomic_store_n(&helper.owner, 0, __ATOMIC_RELEASE);
        dismiss(helper.pid);
    }
    end_change();
    return leaves;
}

void safe_hold_again(void)
{
    if (!begin_change())
        return;
    (void)begin_hold();
    end_change();
}

void safe_hold_dying(void)
{
    uint32_t sleeps = SAFE_HOLD_SLEEPS;
    if (is_owner() && __atomic_compare_exchange_n(safe_hold_start.word, &sleeps, SAFE_HOLD_RAISES, false,
                                                  __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        safe_hold_wake(safe_hold_start.word);
}
