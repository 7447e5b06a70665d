/* SPDX-License-Identifier: MIT */
/* Safe file: safe_helper_run runs in the faulting thread, the rest in the helper process. See safe_helper.h.
 */
#include "safe_helper.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "crumple_options.h"
#include "safe_core.h"
#include "safe_save.h"
#include "safe_say.h"
#include "safe_scratch.h"
#include "safe_text.h"
#include "safe_writer.h"

#define STACK_BYTES (256 * 1024)

static char *stack; /* with a guard page below */
static struct safe_capture capture;

int safe_helper_prepare(void)
{
    return safe_scratch_map_stack(STACK_BYTES, &stack);
}

static void set_progress(int value)
{
    __atomic_store_n(&safe_state->progress, value, __ATOMIC_SEQ_CST);
    safe_call(SYS_futex, &safe_state->progress, FUTEX_WAKE, 1, 0, 0, 0);
}

/* What a process inherits by clone and must not keep: handlers, limits that stop it from writing. */
void safe_helper_become(bool goes_with_host)
{
    const struct safe_sigaction by_default = {.handler = NULL};
    static const int limits[] = {RLIMIT_FSIZE, RLIMIT_CPU, RLIMIT_NOFILE};
    struct rlimit limit;
    size_t i;
    int sig;
    long uid;
    /* SIGSYS stays: of a seccomp filter that traps, our handler makes calls that fail. */
    for (sig = 1; sig <= 64; sig++)
        if (sig != SIGSYS)
            safe_sigaction(sig, &by_default, NULL);
    for (i = 0; i < sizeof limits / sizeof *limits; i++)
        if (safe_call(SYS_prlimit64, 0, limits[i], NULL, &limit) == 0 && limit.rlim_cur != limit.rlim_max) {
            limit.rlim_cur = limit.rlim_max;
            safe_call(SYS_prlimit64, 0, limits[i], &limit, NULL);
        }
    /* With CRUMPLE_WAIT=core the writer is still to be started and waited for when the host is gone. */
    if (goes_with_host && crumple_config->wait_mode == CRUMPLE_WAIT_BUNDLE)
        safe_call(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    safe_call(SYS_umask, 022); /* the modes of our files are our own affair */
    /* Files are made by whom setfsuid() named, and checked for being the effective user's. */
    uid = safe_call(SYS_geteuid);
    safe_call(SYS_setfsuid, uid);
    safe_writer_close_descriptors();
}

static void run_capture(void)
{
    static struct safe_writer job;
    int rc = safe_core_collect(&capture);
    if (rc < 0) {
        safe_say_fault(&capture);
        safe_say_failure("could not collect the stacks", rc, "this crash leaves no bundle");
        return;
    }
    job.dirfd = safe_save_core(&capture, &job, false);
    if (job.dirfd < 0) {
        safe_say_fault(&capture);
        return;
    }
    set_progress(SAFE_PROGRESS_CORE_WRITTEN);
    if (safe_fault.in_process) {
        safe_say_fault(&capture);
        safe_say_pending(&job, "no process could be started for it", -EAGAIN);
        return;
    }
    rc = safe_writer_run(&job, crumple_config->wait_mode == CRUMPLE_WAIT_CORE
                                   ? safe_clock_ns(CLOCK_MONOTONIC) + UINT64_C(60000000000)
                                   : safe_fault.deadline_ns);
    if (rc != 0 && !job.spoke) {
        safe_say_fault(&capture);
        safe_say_pending(&job, job.trouble, rc < 0 ? rc : 0);
    }
}

/* How the helper goes; see safe_helper.h. */
static void leave(void)
{
    const struct {
        int64_t sec, nsec;
    } pause = {0, 20000000};
    uint32_t i;
    for (i = 0; i < capture.stop.count; i++)
        safe_fault.has_deaf_threads |=
            __atomic_load_n(&capture.stop.slot[i].state, __ATOMIC_ACQUIRE) == SAFE_SLOT_GIVEN_UP &&
            capture.stop.slot[i].reason != CRUMPLE_REASON_EXITED;
    set_progress(SAFE_PROGRESS_FINISHED);
    if (safe_fault.has_deaf_threads)
        for (i = 0; i < 3000 && safe_call(SYS_getppid) == safe_fault.pid; i++)
            safe_call(SYS_nanosleep, &pause, NULL);
}

static int helper_main(void *unused)
{
    (void)unused;
    if (safe_fault.in_process) {
        run_capture();
        return 0;
    }
    safe_helper_become(true);
    run_capture();
    leave();
    return 0;
}

/* Collects the helper, which is at its end, before anybody else can see it. */
static void collect_helper(int helper)
{
    const struct {
        int64_t sec, nsec;
    } pause = {0, 200000};
    int i;
    for (i = 0; i < 100 && !safe_fault.has_deaf_threads; i++) {
        if (safe_call(SYS_wait4, helper, NULL, 0x40000001 /* __WALL | WNOHANG */, NULL) != 0)
            return;
        safe_call(SYS_nanosleep, &pause, NULL);
    }
}

static bool still_waiting(int progress)
{
    return progress == SAFE_PROGRESS_RUNNING ||
           (progress == SAFE_PROGRESS_CORE_WRITTEN && crumple_config->wait_mode == CRUMPLE_WAIT_BUNDLE);
}

/* The kernel clears 'progress' and wakes when the helper ends early, however it did (CLONE_CHILD_CLEARTID).
 */
static void wait_for_helper(void)
{
    for (;;) {
        int progress = __atomic_load_n(&safe_state->progress, __ATOMIC_SEQ_CST);
        uint64_t now = safe_clock_ns(CLOCK_MONOTONIC), left;
        struct {
            int64_t sec, nsec;
        } ts;
        if (!still_waiting(progress))
            return;
        if (now >= safe_fault.deadline_ns)
            break;
        left = safe_fault.deadline_ns - now;
        ts.sec = (int64_t)(left / 1000000000u);
        ts.nsec = (int64_t)(left % 1000000000u);
        safe_call(SYS_futex, &safe_state->progress, FUTEX_WAIT, progress, &ts, 0, 0);
    }
    /* It dies with this process (become_helper): killed now, it would be a child to be waited for. */
    safe_say_line("the capture took longer than CRUMPLE_TIMEOUT; dying without waiting for it");
}

void safe_helper_run(void)
{
    const unsigned long flags = CLONE_VM | CLONE_CHILD_CLEARTID;
    long helper;
    safe_state->progress = SAFE_PROGRESS_RUNNING;
    helper = safe_clone_on(stack + STACK_BYTES, flags, &safe_state->progress, helper_main, NULL);
    if (helper > 0) {
        wait_for_helper();
        if (!still_waiting(__atomic_load_n(&safe_state->progress, __ATOMIC_SEQ_CST)) &&
            crumple_config->wait_mode == CRUMPLE_WAIT_BUNDLE)
            collect_helper((int)helper);
        return;
    }
    /* No process to be had (pids limit): the same work in this thread, without the writer. */
    safe_fault.in_process = true;
    safe_call_on(stack + STACK_BYTES, helper_main, NULL);
}
