/* SPDX-License-Identifier: MIT */
#include "program_quit.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "program_crash_dir.h"
#include "program_process.h"

#define LOOK_MS    10
#define BUNDLES_MS 5000 /* after the end */
#define PARENT     "crumple-run"

static int64_t now_ms(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Nothing but a Go program that has its handler: SIGQUIT would end any other without a word. */
static int judge(pid_t pid, struct program_process *ret, char *ret_words)
{
    int error = program_process_look(pid, ret, ret_words, PROGRAM_DUMP_WORDS);
    if (error)
        return error;
    if (!program_process_is_go(pid))
        snprintf(ret_words, PROGRAM_DUMP_WORDS,
                 "process %d runs no Go program, or may not be looked at; nothing was sent to it", (int)pid);
    else if (!(ret->caught >> (SIGQUIT - 1) & 1))
        snprintf(ret_words, PROGRAM_DUMP_WORDS, "process %d does not handle SIGQUIT; nothing was sent to it",
                 (int)pid);
    else
        return 0;
    return -ENOEXEC;
}

static int send_quit(pid_t pid, int process_fd, char *ret_words)
{
    if ((process_fd >= 0 ? syscall(SYS_pidfd_send_signal, process_fd, SIGQUIT, NULL, 0)
                         : kill(pid, SIGQUIT)) == 0)
        return 0;
    const int error = -errno;
    snprintf(ret_words, PROGRAM_DUMP_WORDS, "SIGQUIT cannot be sent to process %d: %s", (int)pid,
             strerror(errno));
    return error;
}

static bool has_ended(pid_t pid, int process_fd)
{
    struct pollfd poll_fd = {.fd = process_fd, .events = POLLIN};
    return process_fd >= 0 ? poll(&poll_fd, 1, 0) > 0 : kill(pid, 0) < 0 && errno == ESRCH;
}

/* crumple-run names the bundle by the time of the end. */
static int wait_for_bundle(const struct program_crash_dirs *dirs, int process_fd, int64_t since_ms,
                           int timeout_ms, char *ret_words)
{
    const struct timespec pause = {0, LOOK_MS * 1000000L};
    const int64_t from_ms = now_ms(CLOCK_MONOTONIC);
    int64_t ended_ms = 0;
    for (int64_t now = from_ms; now - from_ms < timeout_ms; now = now_ms(CLOCK_MONOTONIC)) {
        if (program_crash_dirs_find(dirs, since_ms * 1000, ret_words) == PROGRAM_CRASH_BUNDLE)
            return 0;
        if (!ended_ms && has_ended(dirs->pid, process_fd))
            ended_ms = now;
        if (ended_ms && now - ended_ms > BUNDLES_MS)
            break;
        (void)nanosleep(&pause, NULL);
    }
    snprintf(ret_words, PROGRAM_DUMP_WORDS,
             ended_ms ? "process %d has ended, but left no bundle in time; the stderr of crumple-run says why"
                      : "process %d was sent SIGQUIT, and goes on: it may handle the signal itself",
             (int)dirs->pid);
    return -ETIMEDOUT;
}

/* The root of a container is gone as soon as its PID 1, crumple-run, has ended. */
static void say_elsewhere(pid_t pid, const struct program_crash_dirs *dirs, char *ret_words)
{
    static const char sent[] =
        "SIGQUIT was sent to process %d, which prints its goroutines on its stderr and ends; ";
    const int used = snprintf(ret_words, PROGRAM_DUMP_WORDS, sent, (int)pid);
    if (dirs)
        snprintf(ret_words + used, PROGRAM_DUMP_WORDS - (size_t)used,
                 "its crumple-run leaves the bundle in its own root, in %s", dirs->path[1]);
    else
        snprintf(ret_words + used, PROGRAM_DUMP_WORDS - (size_t)used,
                 "its parent is not crumple-run, so there is no bundle");
}

static int quit(pid_t pid, int process_fd, int timeout_ms, char *ret_words)
{
    struct program_process process, parent;
    struct program_crash_dirs dirs = {.root = -1};
    int error = judge(pid, &process, ret_words);
    const bool is_below_run =
        !error && program_process_read(process.ppid, 0, &parent) == 0 && strcmp(parent.name, PARENT) == 0;
    if (is_below_run && (error = program_crash_dirs_open(pid, &process, &dirs)) != 0)
        error = program_process_unreadable(&process, pid, error, ret_words, PROGRAM_DUMP_WORDS);
    const int64_t since_ms = now_ms(CLOCK_REALTIME);
    if (!error)
        error = send_quit(pid, process_fd, ret_words);
    if (!error && timeout_ms && is_below_run && !dirs.prefix[0])
        error = wait_for_bundle(&dirs, process_fd, since_ms, timeout_ms, ret_words);
    else if (!error && timeout_ms)
        say_elsewhere(pid, is_below_run ? &dirs : NULL, ret_words);
    if (dirs.root >= 0)
        program_crash_dirs_close(&dirs);
    return error;
}

int program_quit(pid_t pid, int timeout_ms, char ret_words[PROGRAM_DUMP_WORDS])
{
    ret_words[0] = '\0';
    const int process_fd =
        (int)syscall(SYS_pidfd_open, pid, 0); /* before the look: it stays this process's */
    int error = quit(pid, process_fd, timeout_ms, ret_words);
    if (process_fd >= 0)
        (void)close(process_fd);
    return error;
}
