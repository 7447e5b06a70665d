/* SPDX-License-Identifier: MIT */
/* See supervise.h. */
#include "supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "base/stages.h"
#include "crumple_format.h"

#define SHARE_MIN_MS  200  /* a stage with less than that gets all that is left */
#define RUN_MIN_MS    50   /* with less than that no other worker is started */
#define LOOK_MS       20   /* between two looks whether the verdict is given */
#define UPKEEP_MS     2000 /* for what follows the bundle */
#define COLLECT_TRIES 5000 /* times COLLECT_US */
#define COLLECT_LATE  100  /* so many of them after the end */
#define COLLECT_US    200

/* The server's filter of system calls may trap one of those made here (SECCOMP_RET_TRAP): the call fails. */
static void fail_call(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)info;
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_RAX] = -ENOSYS;
}

/* The shared memory and the signals. Returns false if there is no such memory. */
static bool prepare(void)
{
    const struct sigaction action = {.sa_sigaction = fail_call, .sa_flags = SA_SIGINFO};
    void *shared =
        mmap(NULL, sizeof *stages_progress, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return false;
    stages_progress = shared;
    (void)sigaction(SIGSYS, &action, NULL);
    (void)signal(SIGCHLD, SIG_DFL); /* ignored, it would take away the worker's status */
    return true;
}

/* Forks. The worker holds one end of a pipe, which the kernel closes when the worker ends; *ret_end_fd is the
 * supervisor's end. Returns like fork(). */
static pid_t start(int *ret_end_fd)
{
    int pipe_fds[2];
    if (pipe2(pipe_fds, O_CLOEXEC) < 0)
        return -1;
    stages_progress->stage = -1;
    stages_progress->begun_ms = stages_now_ms();
    const pid_t worker = fork();
    if (worker == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        return 0;
    }
    (void)close(pipe_fds[1]);
    *ret_end_fd = pipe_fds[0];
    return worker;
}

/*
 * When the worker counts as hung: after half of what was left when it began its stage, so that there is time for
 * another one. Once the bundle is complete only the upkeep of the directory remains.
 */
static int64_t stage_end(bool is_asked, int64_t end_ms)
{
    const int64_t now = stages_now_ms(), told = stages_progress->begun_ms, begun = told < now ? told : now;
    int64_t share = begun < end_ms ? (end_ms - begun) / 2 : 0;
    if (stages_progress->has_ok)
        share = share < UPKEEP_MS ? share : UPKEEP_MS;
    else if (share < SHARE_MIN_MS || (is_asked && !stages_progress->has_verdict))
        share *= 2; /* there will be no other one: too late, or before the verdict */
    return begun + share;
}

/* Returns false if the worker hangs. */
static bool wait_for_end(int end_fd, bool is_asked, int64_t end_ms)
{
    struct pollfd polled = {.fd = end_fd, .events = POLLIN};
    int ready = 0;
    char byte;
    do {
        const int64_t left = stage_end(is_asked, end_ms) - stages_now_ms();
        if (left <= 0)
            return false;
        /* The verdict shortens the time: it is looked for. */
        const bool is_open = is_asked && !stages_progress->has_verdict;
        ready = poll(&polled, 1, is_open && left > LOOK_MS ? LOOK_MS : (int)left);
    } while (ready == 0 || (ready < 0 && errno == EINTR));
    (void)!read(end_fd, &byte, 1); /* where poll() is refused, the parent keeps the time */
    return true;
}

/* Collects the worker, after killing it if it hangs. Returns its wait status, or -1 if even SIGKILL does not end
 * it in time: it waits for a disk. If an ended worker does, the parent keeps the time. */
static int collect(pid_t worker, bool has_ended, int64_t end_ms)
{
    const struct timespec pause = {0, COLLECT_US * 1000};
    if (!has_ended)
        (void)kill(worker, SIGKILL);
    for (int i = 0; i < COLLECT_TRIES && (i < COLLECT_LATE || stages_now_ms() <= end_ms); i++) {
        int status;
        const pid_t collected = waitpid(worker, &status, has_ended ? 0 : WNOHANG);
        if (collected != 0)
            return collected == worker ? status : -1;
        (void)nanosleep(&pause, NULL);
    }
    return -1;
}

/* What became of a worker: the exit code if it was the last one. Sets *ret_why, as stage_leave_out() takes it,
 * where another worker may do better, else to 0. */
static int conclude(int status, bool has_ended, int *ret_why)
{
    const int code = status >= 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    *ret_why = 0;
    if (stages_progress->has_ok)
        return CRUMPLE_WRITER_OK;
    if (status < 0)
        return CRUMPLE_WRITER_HUNG;
    if (code >= CRUMPLE_WRITER_USAGE && code <= CRUMPLE_WRITER_REFUSED)
        return code;
    *ret_why = !has_ended                      ? STAGE_HUNG
               : code < 0                      ? WTERMSIG(status)
               : code == CRUMPLE_WRITER_MEMORY ? STAGE_SHORT
                                               : STAGE_LEFT;
    return has_ended ? CRUMPLE_WRITER_DIED : CRUMPLE_WRITER_HUNG;
}

/* Leaves out the stage in which the worker ended. A worker that was in no stage, or was killed from outside
 * (SIGKILL), is repeated once as it was. Returns false if another worker would not get further. */
static bool leave_out(int why)
{
    static bool is_repeated;
    const int stage = stages_progress->stage;
    const bool is_known = stage >= 0 && stage < STAGE_COUNT;
    if (!is_repeated && (!is_known || why == SIGKILL))
        return is_repeated = true;
    if (!is_known || stage_is_left_out((enum stage)stage))
        return false;
    stage_leave_out((enum stage)stage, why);
    return true;
}

int supervise(struct options *options)
{
    const int64_t end_ms = stages_now_ms() + options->limit_ms;
    const bool is_asked = options->is_asked;
    if (!prepare())
        return SUPERVISE_WORK;
    stages_progress->end_ms = end_ms;
    for (;;) {
        int end_fd, why;
        const pid_t worker = start(&end_fd);
        if (worker <= 0)
            return SUPERVISE_WORK;
        const bool has_ended = wait_for_end(end_fd, is_asked, end_ms);
        const int code = conclude(collect(worker, has_ended, end_ms), has_ended, &why);
        (void)close(end_fd);
        if (!why || (is_asked && !stages_progress->has_verdict) || stages_now_ms() + RUN_MIN_MS > end_ms ||
            !leave_out(why))
            return code;
        options->is_asked = false; /* its verdict is given, or it asks for none */
        options->is_again = true;
    }
}
