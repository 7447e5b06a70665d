/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper process. */
#include "safe_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "crumple_format.h"
#include "crumple_options.h"
#include "safe_io.h"
#include "safe_say.h"
#include "safe_state.h"
#include "safe_sys.h"
#include "safe_tasks.h"
#include "safe_text.h"

#define MARGIN_NS   UINT64_C(100000000) /* before the deadline, to say so and go */
#define SPAWN_STACK 8192

static char spawn_stack[SPAWN_STACK] __attribute__((aligned(16)));
static char dir_option[CONFIG_PATH_BYTES + 16], status_option[32], keep_option[CONFIG_KEEP_BYTES + 8];

struct spawn {
    const struct safe_writer *job;
    const char *argv[8];
    int exec_error; /* shared memory: the child tells its parent */
};

static const char *stderr_option(bool quiet)
{
    if (quiet || crumple_config->stderr_mode == CRUMPLE_STDERR_OFF)
        return "--stderr=off";
    return crumple_config->stderr_mode == CRUMPLE_STDERR_JSON ? "--stderr=json" : "--stderr=text";
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
        rc = -EBADF;
        if (safe_same_file(crumple_config->writer_fd, &crumple_config->writer_id))
            rc = safe_call(SYS_execveat, crumple_config->writer_fd, "", spawn->argv, envp, AT_EMPTY_PATH);
        if (crumple_config->writer[0])
            rc = safe_call(SYS_execve, crumple_config->writer, spawn->argv, envp);
    }
    spawn->exec_error = (int)rc;
    return 127;
}

/* Waits for the end of the status pipe: the writer closes it when it is done, the kernel when it dies. */
static bool wait_for_end(const struct safe_writer *job, int pipe_fd, uint64_t deadline_ns)
{
    for (;;) {
        struct pollfd p = {.fd = pipe_fd, .events = POLLIN};
        uint64_t now = safe_clock_ns(CLOCK_MONOTONIC);
        char text[512];
        long rc;
        if (now + MARGIN_NS >= deadline_ns)
            return false;
        rc = safe_poll(&p, (deadline_ns - MARGIN_NS - now) / 1000000 + 1);
        if (rc == 1) {
            long n = safe_call(SYS_read, pipe_fd, text, sizeof text);
            if (n <= 0)
                return true;
            if (job->heard)
                job->heard(text, (size_t)n);
        }
        if (rc < 0 && rc != -EINTR)
            return false;
    }
}

/* A killed process that waits for a file system in the kernel is not dead before that answers. */
static bool is_dead_by(int pid, uint64_t end_ns)
{
    const struct {
        int64_t sec, nsec;
    } pause = {0, 2000000};
    do {
        if (safe_call(SYS_wait4, pid, NULL, WNOHANG, NULL) != 0)
            return true;
        safe_call(SYS_nanosleep, &pause, NULL);
    } while (safe_clock_ns(CLOCK_MONOTONIC) < end_ns);
    return false;
}

/* The writer's exit code, or 1 when it had to be killed. Its pipe is closed: it is at its end. */
static int reap(struct safe_writer *job, int pid, bool ended, uint64_t deadline_ns)
{
    int status = 0;
    if (!ended) {
        safe_call(SYS_kill, pid, SIGKILL);
        job->trouble = is_dead_by(pid, deadline_ns - MARGIN_NS / 2)
                           ? "crumple-writer did not finish in time and was killed"
                           : "crumple-writer hangs in the kernel and cannot be killed";
        return 1;
    }
    while (safe_call(SYS_wait4, pid, &status, 0, NULL) == -EINTR)
        ;
    if (WIFSIGNALED(status)) {
        job->trouble = "crumple-writer was killed by a signal";
        return 1;
    }
    /* Any other status is that of a program that never came to its main. */
    job->spoke = WEXITSTATUS(status) >= CRUMPLE_WRITER_USAGE && WEXITSTATUS(status) <= CRUMPLE_WRITER_REFUSED;
    return WEXITSTATUS(status);
}

/* Starts the writer with spawn->argv, where status_option is filled in, and waits for it. */
static int start_and_wait(struct safe_writer *job, struct spawn *spawn, uint64_t deadline_ns)
{
    struct safe_text status = safe_text_on(status_option, sizeof status_option);
    int pipe_fds[2];
    bool ended;
    long pid, rc;

    job->trouble = "crumple-writer could not be started";
    /* Not close-on-exec: the writer's end is inherited. The reading end is closed by nobody else's exec. */
    rc = safe_call(SYS_pipe2, pipe_fds, 0);
    if (rc < 0)
        return (int)rc;
    safe_call(SYS_fcntl, pipe_fds[0], F_SETFD, FD_CLOEXEC);
    safe_text_add(&status, "--status-fd=");
    safe_text_add_i64(&status, pipe_fds[1]);
    pid =
        safe_clone_on(spawn_stack + SPAWN_STACK, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL, exec_writer, spawn);
    safe_close(pipe_fds[1]);
    if (pid < 0) {
        safe_close(pipe_fds[0]);
        return (int)pid;
    }
    if (spawn->exec_error < 0) {
        reap(job, (int)pid, true, deadline_ns);
        safe_close(pipe_fds[0]);
        job->trouble = "crumple-writer could not be started";
        job->spoke = false;
        return spawn->exec_error;
    }
    ended = wait_for_end(job, pipe_fds[0], deadline_ns);
    safe_close(pipe_fds[0]);
    return reap(job, (int)pid, ended, deadline_ns);
}

int safe_writer_run(struct safe_writer *job, uint64_t deadline_ns)
{
    struct spawn spawn = {.job = job};
    struct safe_text dir = safe_text_on(dir_option, sizeof dir_option);
    struct safe_text keep = safe_text_on(keep_option, sizeof keep_option);

    safe_text_add(&dir, "--dir=");
    safe_text_add(&dir, job->dir);
    safe_text_add(&keep, "--keep=");
    safe_text_add(&keep, crumple_config->keep_text);
    spawn.argv[0] = "crumple-writer";
    spawn.argv[1] = dir_option;
    spawn.argv[2] = stderr_option(job->silent || !safe_stderr_usable(crumple_config));
    spawn.argv[3] = status_option;
    spawn.argv[4] = keep_option;
    spawn.argv[5] = job->core;
    return start_and_wait(job, &spawn, deadline_ns);
}

void safe_writer_metrics(struct safe_writer *job, uint64_t deadline_ns)
{
    struct spawn spawn = {.job = job};
    spawn.argv[0] = "crumple-writer";
    spawn.argv[1] = "--metrics=."; /* exec_writer goes there */
    spawn.argv[2] = status_option;
    start_and_wait(job, &spawn, deadline_ns);
}

static int close_between(int first, int last)
{
    return first > last ? 0 : (int)safe_call(SYS_close_range, first, last, 0);
}

/* Old kernels do not have close_range, some container filters forbid it. */
static void close_one_by_one(int a, int b)
{
    static struct safe_tasks list; /* reads a directory of numbers, whatever they count */
    int fd;
    if (safe_tasks_open_path(&list, "/proc/self/fd") < 0)
        return;
    while ((fd = safe_tasks_next(&list)) > 0)
        if (fd > 2 && fd != a && fd != b && fd != list.fd)
            safe_close(fd);
    safe_tasks_close(&list);
}

void safe_writer_close_descriptors(void)
{
    const struct crumple_config *config = crumple_config;
    /* A file system that has hung once would hang again, be it only looked at. */
    bool is_usable = !safe_fault.skip_dir && safe_same_file(config->dir_fd, &config->dir_id);
    int a = is_usable ? config->dir_fd : 2;
    int b = safe_same_file(config->writer_fd, &config->writer_id) ? config->writer_fd : 2;
    int low = a < b ? a : b, high = a < b ? b : a, null, i;
    if (close_between(3, low - 1) < 0 || close_between(low + 1 > 3 ? low + 1 : 3, high - 1) < 0 ||
        close_between(high + 1, INT32_MAX) < 0)
        close_one_by_one(a, b);
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
