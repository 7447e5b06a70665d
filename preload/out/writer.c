/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper process and in the keeper. */
#include "out/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "state/config.h"
#include "crumple_format.h"
#include "crumple_options.h"
#include "base/io.h"
#include "out/stderr.h"
#include "proc/proc.h"
#include "out/say.h"
#include "out/writer_exec.h"
#include "base/sys.h"
#include "base/text.h"

#define MARGIN_NS     UINT64_C(100000000) /* before the deadline, to say so and go */
#define SUPERVISOR_NS UINT64_C(30000000)  /* for the supervisor to start, and to kill a worker */
#define COLLECT_TRIES 5000                /* times 0.2 ms */
#define COLLECT_LATE  100                 /* so many of them after the end */
#define SPAWN_STACK   8192

static char spawn_stack[SPAWN_STACK] __attribute__((aligned(16)));
static char dir_option[CONFIG_PATH_BYTES + 16], status_option[32], keep_option[SETTINGS_KEEP_BYTES + 8];
static char supervise_option[40], core_option[32], exe_option[32], peek_option[40];

struct spawn {
    const struct safe_writer *job;
    const char *argv[14];
    int exe_fd;     /* for the writer alone; or a negative errno */
    int exec_error; /* shared memory: the child tells its parent */
};

static const char *stderr_option(bool quiet)
{
    if (quiet || crumple_config->stderr_mode == CRUMPLE_STDERR_OFF)
        return "--stderr=off";
    return crumple_config->stderr_mode == CRUMPLE_STDERR_JSON ? "--stderr=json" : "--stderr=text";
}

/* In the vforked child. Handlers are already the default ones. */
static int exec_writer(void *arg)
{
    struct spawn *spawn = arg;
    safe_writer_raise_limits();
    spawn->exec_error = safe_writer_exec(spawn->job->dirfd, spawn->argv, 0);
    return 127;
}

/* Takes the writer's words, and answers its questions, until their pipe ends: the kernel closes it when the writer ends. False: it hangs. */
static bool wait_for_end(struct safe_writer *job, int pipe_fd, uint64_t end_ns)
{
    for (;;) {
        uint64_t now = safe_clock_ns(CLOCK_MONOTONIC);
        char text[512];
        bool has_words;
        if (now >= end_ns || !safe_peek_wait(&job->peek, pipe_fd, (end_ns - now) / 1000000 + 1, &has_words))
            return false;
        if (has_words) {
            long n = safe_call(SYS_read, pipe_fd, text, sizeof text);
            if (n <= 0)
                return true;
            size_t room = sizeof job->said - 1 - job->said_bytes;
            size_t taken = (size_t)n < room ? (size_t)n : room;
            safe_copy(job->said + job->said_bytes, text, taken);
            job->said_bytes += taken;
        }
    }
}

/* Collects the writer, after killing it if it hangs. Returns false if even SIGKILL does not end it in time: it
 * waits for a disk. */
static bool collect(int pid, bool has_ended, uint64_t end_ns, int *ret_status)
{
    const struct {
        int64_t sec, nsec;
    } pause = {0, 200000};
    long error = -EINTR;
    if (!has_ended)
        safe_call(SYS_kill, pid, SIGKILL);
    for (int i = 0; i < COLLECT_TRIES && (error == 0 || error == -EINTR); i++) {
        error = safe_call(SYS_wait4, pid, ret_status, WNOHANG, NULL);
        if (error == 0 && i >= COLLECT_LATE && safe_clock_ns(CLOCK_MONOTONIC) > end_ns)
            break;
        if (error == 0)
            safe_call(SYS_nanosleep, &pause, NULL);
    }
    return error != 0;
}

bool safe_writer_said(const struct safe_writer *job, const char *words, char *to, size_t size)
{
    for (const char *line = job->said; *line; line += *line == '\n') {
        if (safe_starts(line, words)) {
            struct safe_text t = safe_text_on(to, size);
            const char *at = line + safe_strlen(words);
            size_t n = 0;
            while (at[n] && at[n] != '\n')
                n++;
            safe_text_add_clean(&t, at, n);
            return true;
        }
        while (*line && *line != '\n')
            line++;
    }
    return false;
}

/* The writer ended, or hangs. Returns what safe_writer_run() returns. */
static int conclude(struct safe_writer *job, int pid, bool has_ended, uint64_t end_ns)
{
    char name[8];
    int status = 0, code = CRUMPLE_WRITER_HUNG;
    bool is_collected = collect(pid, has_ended, end_ns, &status);
    if (is_collected && has_ended)
        code = WIFEXITED(status) ? WEXITSTATUS(status) : CRUMPLE_WRITER_DIED;
    if (safe_writer_said(job, "ok ", name, sizeof name))
        return 0;
    job->was_killed = is_collected && has_ended && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    job->spoke = code >= CRUMPLE_WRITER_USAGE && code <= CRUMPLE_WRITER_REFUSED;
    job->trouble = code == CRUMPLE_WRITER_HUNG ? "crumple-writer hangs; it was sent SIGKILL"
                                               : "crumple-writer died without a bundle";
    return code ? code : CRUMPLE_WRITER_DIED;
}

/*
 * The file of the executable, also where it was replaced or its path leads nowhere (after chroot, a memory file). By
 * this process's own link: the writer may not follow that of a process that is not dumpable (proc(5)).
 */
static void add_executable(struct spawn *spawn, size_t *n)
{
    struct safe_text option = safe_text_on(exe_option, sizeof exe_option);
    spawn->exe_fd = safe_proc_open("/proc/self/exe", O_RDONLY | O_NONBLOCK);
    if (spawn->exe_fd < 0)
        return;
    safe_call(SYS_fcntl, spawn->exe_fd, F_SETFD, 0);
    safe_text_add(&option, "--exe-fd=");
    safe_text_add_i64(&option, spawn->exe_fd);
    spawn->argv[(*n)++] = exe_option;
}

/* Starts the writer with spawn->argv, of which status_option is filled in, and waits for it. */
static int start_and_wait(struct safe_writer *job, struct spawn *spawn, uint64_t end_ns)
{
    struct safe_text option = safe_text_on(status_option, sizeof status_option);
    int pipe_fds[2], nothing;

    job->trouble = "crumple-writer could not be started";
    job->spoke = job->was_killed = false;
    safe_zero(job->said, sizeof job->said);
    job->said_bytes = 0;
    /* Not close-on-exec: the writer's end is inherited. The reading end is closed by nobody else's exec. */
    long error = safe_call(SYS_pipe2, pipe_fds, 0);
    if (error < 0) {
        safe_close(spawn->exe_fd);
        safe_peek_close(&job->peek);
        return (int)error;
    }
    safe_call(SYS_fcntl, pipe_fds[0], F_SETFD, FD_CLOEXEC);
    safe_text_add(&option, job->awaits_verdict ? "--status-fd=" : "--result-fd=");
    safe_text_add_i64(&option, pipe_fds[1]);
    long pid =
        safe_clone_on(spawn_stack + SPAWN_STACK, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL, exec_writer, spawn);
    safe_close(pipe_fds[1]);
    safe_close(spawn->exe_fd);
    safe_peek_give(&job->peek);
    bool has_ended = true;
    if (pid > 0 && spawn->exec_error == 0)
        has_ended = wait_for_end(job, pipe_fds[0], end_ns);
    safe_close(pipe_fds[0]);
    safe_peek_close(&job->peek);
    if (pid < 0)
        return (int)pid;
    if (spawn->exec_error == 0)
        return conclude(job, (int)pid, has_ended, end_ns);
    collect((int)pid, true, end_ns, &nothing);
    return spawn->exec_error;
}

/* The supervisor's time is shorter than ours, so that it is the one that kills. */
static void prepare(struct safe_writer *job, struct spawn *spawn, uint64_t end_ns, bool again)
{
    struct safe_text dir = safe_text_on(dir_option, sizeof dir_option);
    struct safe_text keep = safe_text_on(keep_option, sizeof keep_option);
    struct safe_text supervise = safe_text_on(supervise_option, sizeof supervise_option);
    struct safe_text core = safe_text_on(core_option, sizeof core_option);
    struct safe_text peek = safe_text_on(peek_option, sizeof peek_option);
    uint64_t now = safe_clock_ns(CLOCK_MONOTONIC) + SUPERVISOR_NS;
    size_t n = 6;

    safe_text_add(&dir, "--dir=");
    safe_text_add(&dir, job->dir);
    safe_text_add(&keep, "--keep=");
    safe_text_add(&keep, crumple_config->keep_text);
    safe_text_add(&supervise, "--supervise=");
    safe_text_add_u64(&supervise, now < end_ns ? (end_ns - now) / 1000000 + 1 : 1);
    *spawn = (struct spawn){
        .job = job,
        .argv = {"crumple-writer", dir_option,
                 stderr_option(job->silent || !safe_stderr_usable(crumple_config)), status_option,
                 keep_option, supervise_option},
    };
    if (job->core_fd >= 0) {
        safe_text_add(&core, "--core-fd=");
        safe_text_add_i64(&core, job->core_fd);
        spawn->argv[n++] = core_option;
    }
    add_executable(spawn, &n);
    if (job->may_peek && safe_peek_open(&job->peek) == 0) {
        safe_text_add(&peek, "--peek=");
        safe_text_add_i64(&peek, job->peek.writers_from);
        safe_text_add(&peek, ",");
        safe_text_add_i64(&peek, job->peek.writers_to);
        spawn->argv[n++] = peek_option;
    }
    if (again)
        spawn->argv[n++] = "--again";
    spawn->argv[n++] = "--";
    spawn->argv[n] = job->core;
}

int safe_writer_run(struct safe_writer *job, uint64_t deadline_ns)
{
    struct spawn spawn;
    uint64_t end_ns = deadline_ns - MARGIN_NS;

    prepare(job, &spawn, end_ns, false);
    int error = start_and_wait(job, &spawn, end_ns);
    /* SIGKILL of the supervisor itself comes from outside. */
    if (job->was_killed && !job->awaits_verdict) {
        prepare(job, &spawn, end_ns, true);
        error = start_and_wait(job, &spawn, end_ns);
    }
    return error;
}

long safe_writer_start(struct safe_writer *job, uint64_t ns)
{
    struct spawn spawn;
    prepare(job, &spawn, safe_clock_ns(CLOCK_MONOTONIC) + ns, false);
    spawn.argv[3] = spawn.argv[2]; /* nobody asks for a status */
    job->trouble = "crumple-writer could not be started";
    long pid =
        safe_clone_on(spawn_stack + SPAWN_STACK, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL, exec_writer, &spawn);
    safe_close(spawn.exe_fd);
    safe_peek_give(&job->peek);
    return pid > 0 && spawn.exec_error < 0 ? spawn.exec_error : pid;
}

void safe_writer_serve(struct safe_writer *job, uint64_t ns)
{
    const uint64_t end_ns = safe_clock_ns(CLOCK_MONOTONIC) + ns;
    bool nothing = false;
    while (safe_peek_is_open(&job->peek) && !nothing && safe_clock_ns(CLOCK_MONOTONIC) < end_ns)
        nothing = !safe_peek_wait(&job->peek, -1, 1000, &nothing) || nothing;
    safe_peek_close(&job->peek);
}

const char *const *safe_writer_arguments(struct safe_writer *job, const char *option)
{
    static struct spawn spawn;
    prepare(job, &spawn, UINT64_MAX, true);
    spawn.argv[5] = spawn.argv[1]; /* in place of --supervise: there is no process for it */
    spawn.argv[1] = option;        /* first: whatever is wrong with the others, this is known */
    spawn.argv[3] =
        stderr_option(job->silent || !safe_stderr_usable(crumple_config)); /* nobody asks for a status */
    return spawn.argv;
}

void safe_writer_metrics(struct safe_writer *job, uint64_t deadline_ns)
{
    safe_peek_init(&job->peek);
    struct spawn spawn = {
        .job = job, .exe_fd = -1, .argv = {"crumple-writer", "--metrics=." /* exec_writer goes there */}};
    start_and_wait(job, &spawn, deadline_ns);
}
