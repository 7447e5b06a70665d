/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper process. */
#include "out/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "state/config.h"
#include "crumple_format.h"
#include "crumple_options.h"
#include "base/io.h"
#include "out/stderr.h"
#include "proc/held_descriptors.h"
#include "out/say.h"
#include "state/fault.h"
#include "out/writer_status.h"
#include "base/sys.h"
#include "proc/tasks.h"
#include "base/text.h"

#define MARGIN_NS      UINT64_C(100000000)  /* before the deadline, to say so and go */
#define SHARE_LEAST_NS UINT64_C(200000000)  /* with less than that for a stage, it gets all that is left */
#define RUN_LEAST_NS   UINT64_C(50000000)   /* with less than that no other writer is started */
#define UPKEEP_NS      UINT64_C(2000000000) /* for what it does when the bundle is there */
#define COLLECT_TRIES  1000                 /* times 1 ms */
#define COLLECT_LEAST  20                   /* however late it is */
#define RUNS_MOST      32
#define SPAWN_STACK    8192
#define MOST_TRIED     4096 /* descriptors, where nothing tells which are open */

static char spawn_stack[SPAWN_STACK] __attribute__((aligned(16)));
static char dir_option[CONFIG_PATH_BYTES + 16], status_option[32], keep_option[CONFIG_KEEP_BYTES + 8];
static char without_option[SAFE_STATUS_LIST + 16], core_option[32];

struct spawn {
    const struct safe_writer *job;
    const char *argv[11];
    int exec_error; /* shared memory: the child tells its parent */
};

static const char *stderr_option(bool quiet)
{
    if (quiet || crumple_config->stderr_mode == CRUMPLE_STDERR_OFF)
        return "--stderr=off";
    return crumple_config->stderr_mode == CRUMPLE_STDERR_JSON ? "--stderr=json" : "--stderr=text";
}

/* Whoever owns this library can do all that a writer could. */
static bool is_trusted(const struct stat *st)
{
    return (st->st_uid == 0 || st->st_uid == (uint32_t)safe_call(SYS_geteuid) ||
            st->st_uid == crumple_config->own_uid) &&
           !(st->st_mode & 002);
}

bool safe_writer_path_is_trusted(void)
{
    struct stat st;
    return crumple_config->writer[0] && safe_call(SYS_newfstatat, -1, crumple_config->writer, &st, 0) == 0 &&
           is_trusted(&st);
}

static int held_writer(void)
{
    struct stat st;
    int fd = safe_roots_fd(SAFE_ROOT_WRITER);
    return fd >= 0 && safe_fstat(fd, &st) == 0 && is_trusted(&st) ? fd : -1;
}

/* Below another root the same path may be another's file, and we may be root. */
static bool may_exec_path(void)
{
    const struct crumple_config *config = crumple_config;
    struct safe_identity now = {0, 0};
    if (!safe_writer_path_is_trusted())
        return false;
    return safe_roots_unchanged() || (safe_identify_path(config->writer, &now) == 0 &&
                                      now.dev == config->writer_id.dev && now.ino == config->writer_id.ino);
}

/* What a server limits for itself is too small for another program: up to what it may. */
static void raise_limits(void)
{
    static const int limits[] = {RLIMIT_AS, RLIMIT_DATA, RLIMIT_STACK};
    struct rlimit limit;
    size_t i;
    for (i = 0; i < sizeof limits / sizeof *limits; i++)
        if (safe_call(SYS_prlimit64, 0, limits[i], NULL, &limit) == 0 && limit.rlim_cur != limit.rlim_max) {
            limit.rlim_cur = limit.rlim_max;
            safe_call(SYS_prlimit64, 0, limits[i], &limit, NULL);
        }
}

/* In the vforked child. Handlers are already the default ones, the mask is what exec would hand down. */
static int exec_writer(void *arg)
{
    struct spawn *spawn = arg;
    const uint64_t nothing = 0;
    const char *const envp[1] = {NULL};
    long rc;

    safe_call(SYS_rt_sigprocmask, SIG_SETMASK, &nothing, NULL, 8);
    raise_limits();
    rc = safe_call(SYS_fchdir, spawn->job->dirfd);
    if (rc == 0) {
        int held = held_writer();
        rc = -ENOENT;
        if (held >= 0)
            rc = safe_call(SYS_execveat, held, "", spawn->argv, envp, AT_EMPTY_PATH);
        if (may_exec_path()) {
            rc = safe_call(SYS_execve, crumple_config->writer, spawn->argv, envp);
            if (safe_is_refused(
                    rc)) { /* a filter that is about programs by path may not know the other call */
                held = safe_open(-1, crumple_config->writer, O_PATH, 0);
                rc = safe_call(SYS_execveat, held, "", spawn->argv, envp, AT_EMPTY_PATH);
            }
        }
    }
    spawn->exec_error = (int)rc;
    return 127;
}

/*
 * When a writer that begins a stage now is taken for hung: at half of what is left, so that there is time for
 * another one without it. Once the bundle is there only the directory's upkeep remains.
 */
static uint64_t stage_end(const struct safe_status *status, uint64_t now, uint64_t end_ns)
{
    uint64_t share = now < end_ns ? (end_ns - now) / 2 : 0;
    if (status->has_ok)
        share = share < UPKEEP_NS ? share : UPKEEP_NS;
    else if (share < SHARE_LEAST_NS || (status->heard && !status->has_verdict))
        share *= 2; /* there is no other one: too late, or before the verdict */
    return now + share;
}

/* Waits for the end of the status pipe: the kernel closes it when the writer ends. False: it hangs. */
static bool wait_for_end(struct safe_status *status, int pipe_fd, uint64_t end_ns)
{
    uint64_t until = stage_end(status, safe_clock_ns(CLOCK_MONOTONIC), end_ns);
    for (;;) {
        struct pollfd p = {.fd = pipe_fd, .events = POLLIN};
        uint64_t now = safe_clock_ns(CLOCK_MONOTONIC);
        char text[512];
        long rc;
        if (now >= until)
            return false;
        rc = safe_poll(&p, (until - now) / 1000000 + 1);
        if (rc == 1) {
            long n = safe_call(SYS_read, pipe_fd, text, sizeof text);
            if (n <= 0)
                return true;
            if (safe_status_take(status, text, (size_t)n))
                until = stage_end(status, safe_clock_ns(CLOCK_MONOTONIC), end_ns);
        }
        if (rc < 0 && rc != -EINTR)
            return false;
    }
}

/* Collects the writer, killed if it has not ended, and waited for a moment beyond end_ns at most. False: not
 * even that ends it, it waits for a disk. */
static bool collect(int pid, bool ended, uint64_t end_ns, int *ret_status)
{
    const struct {
        int64_t sec, nsec;
    } pause = {0, 1000000};
    long rc = -EINTR;
    int i;
    if (!ended)
        safe_call(SYS_kill, pid, SIGKILL);
    for (i = 0; i < COLLECT_TRIES && (rc == 0 || rc == -EINTR); i++) {
        rc = safe_call(SYS_wait4, pid, ret_status, WNOHANG, NULL);
        if (rc == 0 && i >= COLLECT_LEAST && safe_clock_ns(CLOCK_MONOTONIC) > end_ns)
            break;
        if (rc == 0)
            safe_call(SYS_nanosleep, &pause, NULL);
    }
    return rc != 0;
}

/* The writer is at its end, or hangs. Returns the run's result; 'why' is set where another may do better. */
static int conclude(struct safe_writer *job, const struct safe_status *status, int pid, bool ended,
                    uint64_t end_ns, struct safe_text *why)
{
    int word = 0, code;
    if (!collect(pid, ended, end_ns, &word)) {
        job->trouble = "crumple-writer hangs in the kernel and cannot be killed";
        return status->has_ok ? 0 : 1;
    }
    code = WIFEXITED(word) ? WEXITSTATUS(word) : -1;
    if (status->has_ok || code == CRUMPLE_WRITER_USAGE || code == CRUMPLE_WRITER_DAMAGED ||
        code == CRUMPLE_WRITER_IO || code == CRUMPLE_WRITER_REFUSED) {
        job->spoke = !status->has_ok;
        return status->has_ok ? 0 : code;
    }
    if (!ended) {
        job->trouble = "crumple-writer did not finish in time and was killed";
        safe_text_add(why, "hang");
    } else if (WIFSIGNALED(word)) {
        job->trouble = "crumple-writer was killed by a signal";
        safe_text_add_i64(why, WTERMSIG(word));
    } else {
        job->trouble = "crumple-writer ended without a bundle";
        safe_text_add(why, code == CRUMPLE_WRITER_MEMORY ? "memory" : "exit");
    }
    return 1;
}

/* Starts the writer with spawn->argv, of which status_option is filled in, and waits for it. */
static int start_and_wait(struct safe_writer *job, struct spawn *spawn, struct safe_status *status,
                          uint64_t end_ns, struct safe_text *why)
{
    struct safe_text option = safe_text_on(status_option, sizeof status_option);
    int pipe_fds[2], nothing;
    bool ended;
    long pid, rc;

    job->trouble = "crumple-writer could not be started";
    job->spoke = false;
    safe_status_begin(status);
    /* Not close-on-exec: the writer's end is inherited. The reading end is closed by nobody else's exec. */
    rc = safe_call(SYS_pipe2, pipe_fds, 0);
    if (rc < 0)
        return (int)rc;
    safe_call(SYS_fcntl, pipe_fds[0], F_SETFD, FD_CLOEXEC);
    safe_text_add(&option, status->has_verdict ? "--stages-fd=" : "--status-fd=");
    safe_text_add_i64(&option, pipe_fds[1]);
    pid =
        safe_clone_on(spawn_stack + SPAWN_STACK, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL, exec_writer, spawn);
    safe_close(pipe_fds[1]);
    if (pid < 0) {
        safe_close(pipe_fds[0]);
        return (int)pid;
    }
    if (spawn->exec_error < 0) {
        collect((int)pid, true, end_ns, &nothing);
        safe_close(pipe_fds[0]);
        return spawn->exec_error;
    }
    ended = wait_for_end(status, pipe_fds[0], end_ns);
    safe_close(pipe_fds[0]);
    return conclude(job, status, (int)pid, ended, end_ns, why);
}

/* The run'th time, from 0. */
static void prepare(struct safe_writer *job, struct spawn *spawn, const struct safe_status *status, int run)
{
    struct safe_text dir = safe_text_on(dir_option, sizeof dir_option);
    struct safe_text keep = safe_text_on(keep_option, sizeof keep_option);
    struct safe_text without = safe_text_on(without_option, sizeof without_option);
    struct safe_text core = safe_text_on(core_option, sizeof core_option);
    size_t n = 6;

    safe_text_add(&dir, "--dir=");
    safe_text_add(&dir, job->dir);
    safe_text_add(&keep, "--keep=");
    safe_text_add(&keep, crumple_config->keep_text);
    safe_text_add(&without, "--without=");
    safe_text_add(&without, status->without);
    *spawn = (struct spawn){
        .job = job,
        .argv = {"crumple-writer", dir_option,
                 stderr_option(job->silent || !safe_stderr_usable(crumple_config)), status_option,
                 keep_option, without_option},
    };
    if (job->core_fd >= 0) {
        safe_text_add(&core, "--core-fd=");
        safe_text_add_i64(&core, job->core_fd);
        spawn->argv[n++] = core_option;
    }
    if (run)
        spawn->argv[n++] = "--again";
    spawn->argv[n++] = "--";
    spawn->argv[n] = job->core;
}

int safe_writer_run(struct safe_writer *job, uint64_t deadline_ns)
{
    static struct safe_status status;
    struct spawn spawn;
    char why_text[16];
    uint64_t end_ns = deadline_ns - MARGIN_NS;
    int run, rc = 1;

    safe_zero(&status, sizeof status);
    status.heard = job->heard;
    for (run = 0; run < RUNS_MOST; run++) {
        struct safe_text why = safe_text_on(why_text, sizeof why_text);
        prepare(job, &spawn, &status, run);
        rc = start_and_wait(job, &spawn, &status, end_ns, &why);
        /* A verdict is that of a whole look at the thread, or there is none. */
        if (!why.used || (job->heard && !status.has_verdict))
            break;
        if (safe_clock_ns(CLOCK_MONOTONIC) + RUN_LEAST_NS > end_ns || !safe_status_again(&status, why_text))
            break;
    }
    return rc;
}

void safe_writer_metrics(struct safe_writer *job, uint64_t deadline_ns)
{
    static struct safe_status status;
    char why_text[16];
    struct safe_text why = safe_text_on(why_text, sizeof why_text);
    struct spawn spawn = {
        .job = job, .argv = {"crumple-writer", "--metrics=." /* exec_writer goes there */, status_option}};
    uint64_t now = safe_clock_ns(CLOCK_MONOTONIC);
    safe_zero(&status, sizeof status);
    /* Its one stage may take all of the time, not half of it. */
    start_and_wait(job, &spawn, &status, deadline_ns + (deadline_ns - now), &why);
}

static int close_between(int first, int last)
{
    return first > last ? 0 : (int)safe_call(SYS_close_range, first, last, 0);
}

/* The held descriptors, ascending. Returns their number. */
static int sort_held(int keep[SAFE_ROOTS])
{
    int which, count = 0;
    for (which = 0; which < SAFE_ROOTS; which++) {
        /* A file system that has hung once would hang again, be it only looked at. */
        bool is_usable = !(safe_fault.skip_dir && which == SAFE_ROOT_DIR);
        int i, fd = is_usable ? safe_roots_fd((enum safe_root)which) : -1;
        if (fd < 3)
            continue;
        for (i = count++; i > 0 && keep[i - 1] > fd; i--)
            keep[i] = keep[i - 1];
        keep[i] = fd;
    }
    return count;
}

static bool is_kept(const int *keep, int count, int fd)
{
    int i;
    for (i = 0; i < count; i++)
        if (keep[i] == fd)
            return true;
    return false;
}

/* Old kernels do not have close_range, some container filters forbid it. */
static void close_one_by_one(const int *keep, int count)
{
    static struct safe_tasks list; /* reads a directory of numbers, whatever they count */
    int fd;
    if (safe_tasks_open_path(&list, "/proc/self/fd") < 0) {
        for (fd = 3; fd < MOST_TRIED; fd++)
            if (!is_kept(keep, count, fd))
                safe_close(fd);
        return;
    }
    while ((fd = safe_tasks_next(&list)) > 0)
        if (fd > 2 && !is_kept(keep, count, fd) && fd != list.fd)
            safe_close(fd);
    safe_tasks_close(&list);
}

void safe_writer_close_descriptors(void)
{
    int keep[SAFE_ROOTS], count = sort_held(keep), first = 3, null, i;
    bool closed = true;
    for (i = 0; i < count; i++) {
        closed = closed && close_between(first, keep[i] - 1) == 0;
        first = keep[i] + 1;
    }
    if (!closed || close_between(first, INT32_MAX) < 0)
        close_one_by_one(keep, count);
    safe_close(0);
    safe_close(1);
    /* Whatever is opened next must not become stdin, stdout or stderr of the writer. */
    null = safe_open(-1, "/dev/null", O_RDWR, 0);
    if (null < 0)
        null = safe_open(-1, "/", O_PATH, 0);
    for (i = 0; i < 3; i++)
        if (safe_call(SYS_fcntl, i, F_GETFD, 0) == -EBADF)
            safe_call(SYS_dup2, null, i);
    safe_call(SYS_fcntl, 0, F_SETFD, 0);
    safe_call(SYS_fcntl, 1, F_SETFD, 0);
    safe_call(SYS_fcntl, 2, F_SETFD, 0);
    if (null > 2)
        safe_close(null);
}
