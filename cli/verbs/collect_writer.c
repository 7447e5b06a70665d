/* SPDX-License-Identifier: MIT */
/* Running crumple-writer: see verbs/collect_writer.h. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "verbs/collect_writer.h"
#include "crumple_format.h"
#include "base/time.h"

#define STEP_MS        20 /* between looks at the child, once it has closed its stderr */
#define STAGE_LEAST_US 500000

/* One run of the writer, and what came of it. */
struct attempt {
    const struct collect_job *job;
    const char *shown_dir; /* how people call the directory */
    const char *without;   /* stages to leave out, as --without has them */
    char stage[24];        /* that it told last; "": none */
    bool is_hung;
    int status; /* of wait */
};

/* In the child; returns only where it failed, with a negative errno. */
static int exec_writer(const struct attempt *attempt, int err, int told)
{
    const int keep[] = {told, attempt->job->writer_fd};
    char *dir_option = NULL, *without_option = NULL, *fd_option = NULL;
    char *words[8] = {(char *)"crumple-writer"}, *nothing[] = {NULL};
    int null = open("/dev/null", O_RDWR | O_CLOEXEC), r;

    if (asprintf(&dir_option, "--dir=%s", attempt->shown_dir) < 0 ||
        asprintf(&without_option, "--without=%s", attempt->without) < 0 ||
        asprintf(&fd_option, "--stages-fd=%d", told) < 0)
        return -ENOMEM;
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
        dup2(err, STDERR_FILENO) < 0)
        return -errno;
    signal(SIGPIPE, SIG_DFL);
    r = custody_become(attempt->job->dir, keep, 2);
    if (r < 0)
        return r;
    /* As its owner: the directory is the one that was judged, whatever its path leads to by now. */
    if (fchdir(attempt->job->dir->fd) < 0)
        return -errno;
    words[1] = dir_option;
    words[2] = (char *)"--stderr=off";
    words[3] = (char *)"--sandbox";
    words[4] = fd_option;
    words[5] = attempt->without[0] ? without_option : (char *)attempt->job->name;
    words[6] = attempt->without[0] ? (char *)attempt->job->name : NULL;
    fexecve(attempt->job->writer_fd, words, nothing);
    return -errno;
}

/* In the child. report_error is closed by a successful exec. */
static void run_child(const struct attempt *attempt, int err, int told, int report_error)
{
    int r = exec_writer(attempt, err, told);

    (void)!write(report_error, &r, sizeof(r));
}

/* Adds a piece of what the writer wrote to stderr, as far as there is room. */
static void add_said(struct collect_writer_end *end, const char *piece, size_t n)
{
    size_t len = strlen(end->said), room = sizeof(end->said) - 1 - len;

    memcpy(end->said + len, piece, n < room ? n : room);
    end->said[len + (n < room ? n : room)] = '\0';
}

/* The pipe of stages: lines, a few bytes each. */
struct told {
    int fd; /* -1: closed */
    char line[64];
    size_t len;
};

/* Reads lines. Returns whether one of them was that of a stage. */
static bool read_told(struct told *told, char *stage, size_t stage_bytes)
{
    char piece[512];
    ssize_t n = read(told->fd, piece, sizeof(piece));
    bool found = false;

    if (n == 0 || (n < 0 && errno != EINTR))
        told->fd = -1;
    for (ssize_t i = 0; i < n; i++) {
        if (piece[i] != '\n') {
            if (told->len + 1 < sizeof(told->line))
                told->line[told->len++] = piece[i];
            continue;
        }
        told->line[told->len] = '\0';
        told->len = 0;
        if (strncmp(told->line, CRUMPLE_STAGE " ", sizeof(CRUMPLE_STAGE)) != 0)
            continue;
        snprintf(stage, stage_bytes, "%s", told->line + sizeof(CRUMPLE_STAGE));
        found = true;
    }
    return found;
}

static bool read_said(int fd, struct collect_writer_end *end)
{
    char piece[4096];
    ssize_t n = read(fd, piece, sizeof(piece));

    if (n > 0)
        add_said(end, piece, (size_t)n);
    return n > 0 || (n < 0 && errno == EINTR);
}

/* Half of what is left for a stage, so that there is time for another writer without it. */
static int64_t stage_end(int64_t deadline_us)
{
    int64_t now_us = when_clock_us(), left_us = deadline_us - now_us;

    return now_us + (left_us > STAGE_LEAST_US ? left_us / 2 : left_us);
}

/* Take what the writer says until it closes its stderr; then wait for it. Returns false where time is up. */
static bool follow(int err, int told_fd, pid_t child, int64_t deadline_us, struct attempt *attempt,
                   struct collect_writer_end *end)
{
    struct told told = {.fd = told_fd};
    int64_t until_us = stage_end(deadline_us);
    bool open = true;

    for (;;) {
        struct pollfd polled[] = {{.fd = open ? err : -1, .events = POLLIN},
                                  {.fd = told.fd, .events = POLLIN}};
        int64_t left_ms = (until_us - when_clock_us() + 999) / 1000;

        if (!open && waitpid(child, &attempt->status, WNOHANG) == child)
            return true;
        if (left_ms <= 0)
            return false;
        if (poll(polled, 2, open ? (int)left_ms : STEP_MS) <= 0)
            continue;
        if (polled[1].revents && read_told(&told, attempt->stage, sizeof(attempt->stage)))
            until_us = stage_end(deadline_us);
        if (polled[0].revents)
            open = read_said(err, end);
    }
}

static void make_one_line(char *said)
{
    size_t len = strlen(said);

    while (len > 0 && strchr(" \t\n", said[len - 1]))
        said[--len] = '\0';
    for (; *said; said++)
        if (*said == '\n')
            *said = ' ';
}

static const char *meaning_of(int status)
{
    switch (status) {
    case CRUMPLE_WRITER_OK:
        return "";
    case CRUMPLE_WRITER_USAGE:
        return "the writer does not understand this crumple";
    case CRUMPLE_WRITER_DAMAGED:
        return "the core cannot be read";
    case CRUMPLE_WRITER_MEMORY:
        return "out of memory";
    case CRUMPLE_WRITER_IO:
        return "the bundle cannot be written";
    default:
        return status > 128 ? "the writer was killed by a signal" : "the writer failed";
    }
}

static void wait_for(int err, int told, pid_t child, int64_t deadline_us, struct attempt *attempt,
                     struct collect_writer_end *end)
{
    *end = (struct collect_writer_end){.meaning = ""};
    if (!follow(err, told, child, deadline_us, attempt, end)) {
        attempt->is_hung = true;
        kill(child, SIGKILL);
        while (waitpid(child, &attempt->status, 0) < 0 && errno == EINTR)
            ;
    }
    end->timed_out = attempt->is_hung;
    end->status =
        WIFSIGNALED(attempt->status) ? 128 + WTERMSIG(attempt->status) : WEXITSTATUS(attempt->status);
    end->meaning = meaning_of(end->status);
    make_one_line(end->said);
}

static void close_pair(const int *pair)
{
    close(pair[0]);
    close(pair[1]);
}

/* Three pipes: the writer's stderr, its stages, and why it could not be started. */
static int open_pipes(int pipes[3][2])
{
    for (int i = 0; i < 3; i++) {
        if (pipe2(pipes[i], O_CLOEXEC) == 0)
            continue;
        int error = -errno;

        while (i > 0)
            close_pair(pipes[--i]);
        return error;
    }
    return 0;
}

/* Why the child could not execute the writer; 0: it could, or time is up: the directory's owner may stop the
 * child as soon as it has become that owner. */
static int read_exec_error(int fd, int64_t deadline_us)
{
    struct pollfd polled = {.fd = fd, .events = POLLIN};
    int64_t left_ms;
    int error = 0;

    while ((left_ms = (deadline_us - when_clock_us() + 999) / 1000) > 0) {
        if (poll(&polled, 1, (int)left_ms) > 0)
            return read(fd, &error, sizeof(error)) == (ssize_t)sizeof(error) ? error : 0;
    }
    return 0;
}

static int start(struct attempt *attempt, int64_t deadline_us, struct collect_writer_end *ret_end)
{
    int pipes[3][2], error = open_pipes(pipes);
    pid_t child;

    if (error < 0)
        return error;
    child = fork();
    if (child == 0) {
        run_child(attempt, pipes[0][1], pipes[1][1], pipes[2][1]);
        _exit(127);
    }
    if (child < 0)
        error = -errno;
    for (int i = 0; i < 3; i++)
        close(pipes[i][1]);
    if (child > 0) {
        error = read_exec_error(pipes[2][0], deadline_us);
        wait_for(pipes[0][0], pipes[1][0], child, deadline_us, attempt, ret_end);
    }
    for (int i = 0; i < 3; i++)
        close(pipes[i][0]);
    return error;
}

/* Why the writer ended in its stage, as --without takes it. Returns false where it is another trouble. */
static bool reason_of(const struct attempt *attempt, char *ret_why, size_t bytes)
{
    int status = attempt->status;

    if (attempt->is_hung)
        snprintf(ret_why, bytes, "hang");
    else if (WIFSIGNALED(status))
        snprintf(ret_why, bytes, "%d", WTERMSIG(status));
    else if (WEXITSTATUS(status) == CRUMPLE_WRITER_MEMORY)
        snprintf(ret_why, bytes, "memory");
    else if (WEXITSTATUS(status) == CRUMPLE_WRITER_OK) /* and yet the core is there */
        snprintf(ret_why, bytes, "exit");
    else
        return false;
    return true;
}

/* Whether the list has an entry of that stage. */
static bool is_left_out(const char *list, const char *stage)
{
    size_t len = strlen(stage);

    for (; *list; list += strcspn(list, ","), list += *list == ',')
        if (strncmp(list, stage, len) == 0 && strchr(":,", list[len]))
            return true;
    return false;
}

/* Has the list of stages grow by the one in which the writer ended. Returns false where that helps nothing.
 */
static bool leave_out(const struct attempt *attempt, char *list, size_t bytes)
{
    size_t len = strlen(list);
    char why[16];
    int n;

    if (!attempt->stage[0] || !reason_of(attempt, why, sizeof(why)) || is_left_out(list, attempt->stage))
        return false;
    n = snprintf(list + len, bytes - len, "%s%s:%s", len ? "," : "", attempt->stage, why);
    return n > 0 && (size_t)n < bytes - len;
}

/* The directory part of a path. The caller frees it. */
static char *dir_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
}

int collect_writer_run(const struct collect_job *job, struct collect_writer_end *ret_end)
{
    char *dir = dir_of(job->path);
    int64_t deadline_us = when_clock_us() + COLLECT_WRITER_SECONDS * INT64_C(1000000);
    char without[512] = "";
    int r;

    *ret_end = (struct collect_writer_end){.meaning = ""};
    if (!dir)
        return -ENOMEM;
    for (bool repeated = false;;) {
        struct attempt attempt = {.job = job, .shown_dir = dir, .without = without};

        r = start(&attempt, deadline_us, ret_end);
        if (r < 0 || when_clock_us() >= deadline_us ||
            faccessat(job->dir->fd, job->name, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
            break;
        /* SIGKILL comes from outside: it need not be the stage's fault. */
        if (!repeated && !attempt.is_hung && WIFSIGNALED(attempt.status) &&
            WTERMSIG(attempt.status) == SIGKILL)
            repeated = true;
        else if (!leave_out(&attempt, without, sizeof(without)))
            break;
    }
    free(dir);
    return r;
}
