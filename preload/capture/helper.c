/* SPDX-License-Identifier: MIT */
/* Safe file: safe_helper_run runs in the faulting thread, the rest in the helper process. See
 * capture/helper.h.
 */
#include "capture/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "state/config.h"
#include "state/fault.h"
#include "state/signals.h"
#include "crumple_options.h"
#include "capture/core.h"
#include "base/io.h"
#include "capture/save.h"
#include "out/say.h"
#include "base/scratch.h"
#include "capture/guarded.h"
#include "capture/vitals.h"
#include "base/text.h"
#include "out/descriptors.h"
#include "out/in_place.h"
#include "out/writer.h"

#define STACK_BYTES (256 * 1024)

/* Of each attempt its own: what became of the first one is not known when the second begins. */
static char
    *stack[SAFE_ATTEMPTS]; /* the last one has a guard page below, and is the guard of the one before */
static struct safe_capture captures[SAFE_ATTEMPTS];
static bool is_filtered; /* a filter has killed a helper: this thread makes no call that it need not make */

int safe_helper_prepare(void)
{
    int error = safe_scratch_map_stack((size_t)SAFE_ATTEMPTS * STACK_BYTES, &stack[SAFE_ATTEMPTS - 1]);
    for (int i = SAFE_ATTEMPTS - 2; i >= 0 && error == 0; i--)
        stack[i] = stack[i + 1] + STACK_BYTES;
    return error;
}

static void set_progress(int value)
{
    int *progress = &safe_state->progress[safe_fault.attempt];
    __atomic_store_n(&safe_state->reached[safe_fault.attempt], value, __ATOMIC_SEQ_CST);
    __atomic_store_n(progress, value, __ATOMIC_SEQ_CST);
    safe_call(SYS_futex, progress, FUTEX_WAKE, 1, 0, 0, 0);
}

/*
 * Files are made by whom setfsuid() named, and checked for being the effective user's. A user who is one and the same, and
 * not root, can hardly have named another; and there filters such as systemd's ~@privileged kill at the call.
 */
static void own_files(void)
{
    uint32_t real, effective, saved;
    long error = safe_call(SYS_getresuid, &real, &effective, &saved);
    if (error == 0 && (effective == 0 || real != effective || saved != effective))
        safe_call(SYS_setfsuid, effective);
}

/* What a process inherits by clone and must not keep: handlers, limits that stop it from writing. */
void safe_helper_become(bool goes_with_host)
{
    const struct safe_sigaction by_default = {.handler = NULL};
    static const int limits[] = {RLIMIT_FSIZE, RLIMIT_CPU, RLIMIT_NOFILE};
    struct rlimit limit;
    /* Ours first: the application's own handler of SIGSYS must not be asked about a call of ours. */
    safe_guarded_install();
    for (int sig = 1; sig <= 64; sig++)
        if (!(SAFE_SIGBIT(sig) & (SAFE_SYNC_MASK | SAFE_SIGBIT(SIGALRM))))
            safe_sigaction(sig, &by_default, NULL);
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (safe_call(SYS_prlimit64, 0, limits[i], NULL, &limit) == 0 && limit.rlim_cur != limit.rlim_max) {
            limit.rlim_cur = limit.rlim_max;
            safe_call(SYS_prlimit64, 0, limits[i], &limit, NULL);
        }
    /* With CRUMPLE_WAIT=core the writer is still to be started and waited for when the host is gone. */
    if (goes_with_host && crumple_config->wait_mode == CRUMPLE_WAIT_BUNDLE)
        safe_call(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    safe_call(SYS_umask, 022); /* the modes of our files are our own affair */
    own_files();
    if (goes_with_host)
        safe_vitals_begin();
    safe_descriptors_close();
}

/*
 * Where memory is at its limit, the kernel is to take the writer (which offers itself) and not the process
 * that dies of something else: its status would be SIGKILL. The value is that of the shared memory, the
 * host's too; to lower it needs CAP_SYS_RESOURCE.
 */
static void spare_host(void)
{
    int fd = safe_open(-1, "/proc/self/oom_score_adj", O_WRONLY, 0);
    if (fd >= 0)
        (void)safe_write_all(fd, "-1000", 5);
    safe_close(fd);
}

/*
 * What Go's runtime has printed is in crumple-run's hands. A core in the directory of last resort would not be found, and one
 * that is no file cannot be left.
 */
static bool is_left_to_run(const struct safe_writer *job)
{
    const struct crumple_config *config = crumple_config;
    return safe_fault.signo == SIGABRT && config->run_pid && safe_fault.ppid == config->run_pid &&
           safe_fault.pid == config->run_server && job->core_fd < 0 &&
           (uint32_t)safe_call(SYS_geteuid) == config->run_uid && !job->is_fallback;
}

/* False: nothing could be collected, and a smaller attempt may have better luck. */
static bool run_capture(struct safe_capture *capture)
{
    static struct safe_writer job;
    int error = safe_core_collect(capture);
    if (error < 0 && safe_fault.attempt + 1 < SAFE_ATTEMPTS)
        return false;
    if (error < 0) {
        safe_say_fault(capture->stop.count);
        safe_say_failure("could not collect the stacks", error, "this crash leaves no bundle");
        return true;
    }
    job.dirfd = safe_save_core(capture, &job, false);
    if (job.dirfd < 0) {
        safe_say_fault(capture->stop.count);
        return true;
    }
    set_progress(SAFE_PROGRESS_CORE_WRITTEN);
    if (safe_fault.in_process) {
        if (crumple_config->wait_mode == CRUMPLE_WAIT_BUNDLE)
            safe_in_place_run(&job, safe_fault.deadline_ns);
        safe_say_fault(capture->stop.count);
        safe_say_pending(&job, "no process could be started for it", -EAGAIN);
        return true;
    }
    if (is_left_to_run(&job))
        return true;
    safe_vitals_over();
    if (crumple_config->wait_mode == CRUMPLE_WAIT_BUNDLE)
        spare_host();
    error = safe_writer_run(&job, crumple_config->wait_mode == CRUMPLE_WAIT_CORE
                                      ? safe_clock_ns(CLOCK_MONOTONIC) + UINT64_C(60000000000)
                                      : safe_fault.deadline_ns);
    if (error != 0 && !job.spoke) {
        safe_say_fault(capture->stop.count);
        safe_say_pending(&job, job.trouble, error < 0 ? error : 0);
    }
    return true;
}

/* How the helper goes; see capture/helper.h. */
static void leave(struct safe_capture *capture)
{
    const struct {
        int64_t sec, nsec;
    } pause = {0, 20000000};
    for (uint32_t i = 0; i < capture->stop.count; i++)
        safe_fault.has_deaf_threads |=
            __atomic_load_n(&capture->stop.slot[i].state, __ATOMIC_ACQUIRE) == SAFE_SLOT_GIVEN_UP &&
            capture->stop.slot[i].reason != CRUMPLE_REASON_EXITED;
    set_progress(SAFE_PROGRESS_FINISHED);
    /* Not where the host goes on for a while: an exit, and perhaps another capture on this stack. */
    if (safe_fault.has_deaf_threads && !safe_fault.exit_call)
        for (uint32_t i = 0; i < 3000 && safe_call(SYS_getppid) == safe_fault.pid; i++)
            safe_call(SYS_nanosleep, &pause, NULL);
}

static int helper_main(void *capture)
{
    if (safe_fault.in_process) {
        safe_guarded_install();
        if (run_capture(capture))
            set_progress(SAFE_PROGRESS_FINISHED);
        if (safe_fault.exit_call)
            safe_guarded_uninstall();
        return 0;
    }
    /* After unshare(CLONE_NEWPID) children are born there (pid_namespaces(7)). */
    if (safe_call(SYS_getppid) == 0) {
        set_progress(SAFE_PROGRESS_ELSEWHERE);
        return 0;
    }
    safe_helper_become(true);
    if (run_capture(capture))
        leave(capture);
    return 0;
}

/* Collects a helper at its end, before anybody else can see it. Returns its status, 0 where there is none. */
static int collect_helper(int helper)
{
    const struct {
        int64_t sec, nsec;
    } pause = {0, 200000};
    int status = 0;
    for (int i = 0; i < 100 && !safe_fault.has_deaf_threads; i++) {
        if (safe_call(SYS_wait4, helper, &status, 0x40000001 /* __WALL | WNOHANG */, NULL) != 0)
            return status;
        safe_call(SYS_nanosleep, &pause, NULL);
    }
    return 0;
}

static bool still_waiting(int progress)
{
    return progress == SAFE_PROGRESS_RUNNING ||
           (progress == SAFE_PROGRESS_CORE_WRITTEN && crumple_config->wait_mode == CRUMPLE_WAIT_BUNDLE);
}

/*
 * Waits for the helper; not longer than until_ns, and for the rest of the time only once its core is written.
 * The kernel clears 'progress' and wakes when the helper ends early, however it did (CLONE_CHILD_CLEARTID).
 * Returns what it has reached; RUNNING: it still does, or it is gone.
 */
static int wait_for_helper(uint64_t until_ns)
{
    int *word = &safe_state->progress[safe_fault.attempt];
    for (;;) {
        int progress = __atomic_load_n(word, __ATOMIC_SEQ_CST);
        uint64_t now = safe_clock_ns(CLOCK_MONOTONIC);
        struct {
            int64_t sec, nsec;
        } ts;
        if (progress == SAFE_PROGRESS_CORE_WRITTEN)
            until_ns = safe_fault.deadline_ns;
        if (!still_waiting(progress) || now >= until_ns)
            return __atomic_load_n(&safe_state->reached[safe_fault.attempt], __ATOMIC_SEQ_CST);
        uint64_t left = until_ns - now;
        ts.sec = (int64_t)(left / 1000000000u);
        ts.nsec = (int64_t)(left % 1000000000u);
        safe_call(SYS_futex, word, FUTEX_WAIT, progress, &ts, 0, 0);
    }
}

/* What is to be said of the first attempt, in the second one's report. */
static void note_trouble(bool is_gone)
{
    struct safe_text t = safe_text_on(safe_fault.first_trouble, sizeof safe_fault.first_trouble);
    const char *stage = safe_guarded_name();
    safe_text_add(&t, is_gone ? "the first attempt to capture died" : "the first attempt to capture hung");
    if (stage) {
        safe_text_add(&t, " in stage ");
        safe_text_add(&t, stage);
    }
    safe_text_add(&t, ": the other threads are missing");
    safe_fault.skip_dir = stage && safe_equal(stage, SAFE_GUARDED_WRITE);
}

/* No process can be started (pids limit), or not in our namespace: the same work in this thread, without the
 * writer. */
static int run_in_process(int n)
{
    safe_fault.in_process = true;
    safe_state->reached[n] = SAFE_PROGRESS_RUNNING;
    safe_call_on(stack[n] + STACK_BYTES, helper_main, &captures[n]);
    return safe_state->reached[n];
}

/* One attempt. Returns what it has reached when it was no longer waited for; RUNNING: nothing, and it is
 * over.
 */
static int attempt(uint64_t until_ns)
{
    int n = safe_fault.attempt;
    safe_state->progress[n] = safe_state->reached[n] = SAFE_PROGRESS_RUNNING;
    long helper = safe_clone_on(stack[n] + STACK_BYTES, CLONE_VM | CLONE_CHILD_CLEARTID,
                                &safe_state->progress[n], helper_main, &captures[n]);
    if (helper <= 0)
        return run_in_process(n);
    int reached = wait_for_helper(until_ns);
    if (reached == SAFE_PROGRESS_ELSEWHERE) {
        (void)collect_helper((int)helper);
        return run_in_process(n);
    }
    if (reached == SAFE_PROGRESS_RUNNING) {
        note_trouble(safe_state->progress[n] == SAFE_PROGRESS_GONE);
        safe_call(SYS_kill, helper, SIGKILL);
    }
    if (reached == SAFE_PROGRESS_RUNNING ||
        (reached != SAFE_PROGRESS_CORE_WRITTEN && crumple_config->wait_mode == CRUMPLE_WAIT_BUNDLE) ||
        safe_state->progress[n] == SAFE_PROGRESS_GONE)
        is_filtered |= WTERMSIG(collect_helper((int)helper)) == SIGSYS;
    return reached;
}

void safe_helper_run(void)
{
    uint64_t now = safe_clock_ns(CLOCK_MONOTONIC);
    uint64_t left = safe_fault.deadline_ns > now ? safe_fault.deadline_ns - now : 0;
    safe_fault.attempt = 0;
    safe_fault.skip_dir = false;
    safe_fault.first_trouble[0] = '\0';
    int reached = attempt(safe_fault.deadline_ns - left / 4);
    if (reached == SAFE_PROGRESS_RUNNING) {
        safe_fault.attempt = 1;
        reached = attempt(safe_fault.deadline_ns);
    }
    if (is_filtered)
        return;
    if (reached == SAFE_PROGRESS_RUNNING) {
        safe_say_line("the capture failed; this crash leaves no bundle");
    } else if (reached == SAFE_PROGRESS_CORE_WRITTEN && crumple_config->wait_mode == CRUMPLE_WAIT_BUNDLE) {
        /* It dies with this process (safe_helper_become): killed now, it would be a child to be waited for.
         */
        safe_say_line(safe_state->progress[safe_fault.attempt] == SAFE_PROGRESS_GONE
                          ? safe_fault.no_core
                                ? "the capture failed; no core is kept: it was in memory only"
                                : "the capture failed; the core is kept, finish it with 'crumple collect'"
                          : "the capture took longer than CRUMPLE_TIMEOUT; dying without waiting for it");
    }
}
