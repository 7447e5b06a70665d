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

#define STEP_MS 20  /* between looks at the child, once it has closed its stderr */
#define END_MS  500 /* for the writer's supervisor to kill and to end, before this program kills it */

/* In the child; returns only where it failed, with a negative errno. */
static int exec_writer(const struct collect_job *job, const char *shown_dir, int err)
{
    char *dir_option = NULL, *limit_option = NULL, *root_option = NULL, *nothing[] = {NULL};
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (asprintf(&dir_option, "--dir=%s", shown_dir) < 0 ||
        asprintf(&limit_option, "--supervise=%d", COLLECT_WRITER_SECONDS * 1000 - END_MS) < 0)
        return -ENOMEM;
    if (job->sysroot && asprintf(&root_option, "--sysroot=%s", job->sysroot) < 0)
        return -ENOMEM;
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
        dup2(err, STDERR_FILENO) < 0)
        return -errno;
    signal(SIGPIPE, SIG_DFL);
    int error = custody_become(job->dir, &job->writer_fd, 1);
    if (error < 0)
        return error;
    /* As its owner: the directory is the one that was judged, whatever its path leads to by now. */
    if (fchdir(job->dir->fd) < 0)
        return -errno;
    char *words[] = {(char *)"crumple-writer",
                     dir_option,
                     (char *)"--stderr=off",
                     (char *)"--sandbox",
                     limit_option,
                     root_option ? root_option : (char *)job->name,
                     root_option ? (char *)job->name : NULL,
                     NULL};
    fexecve(job->writer_fd, words, nothing);
    return -errno;
}

/* Takes what the writer says, as far as there is room. Returns false at the end of its stderr. */
static bool read_said(int fd, struct collect_writer_end *end)
{
    char piece[4096];
    size_t len = strlen(end->said), room = sizeof end->said - 1 - len;
    ssize_t n = read(fd, piece, sizeof piece);

    if (n > 0) {
        size_t taken = (size_t)n < room ? (size_t)n : room;
        memcpy(end->said + len, piece, taken);
        end->said[len + taken] = '\0';
    }
    return n > 0 || (n < 0 && errno == EINTR);
}

/* Takes what the writer says until it closes its stderr; then waits for it. Returns false where time is up. */
static bool follow(int err, pid_t child, int64_t deadline_us, struct collect_writer_end *end, int *ret_status)
{
    for (bool open = true;;) {
        struct pollfd polled = {.fd = open ? err : -1, .events = POLLIN};
        int64_t left_ms = (deadline_us - when_clock_us() + 999) / 1000;

        if (!open && waitpid(child, ret_status, WNOHANG) == child)
            return true;
        if (left_ms <= 0)
            return false;
        if (poll(&polled, 1, open ? (int)left_ms : STEP_MS) > 0)
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
    case CRUMPLE_WRITER_DIED:
        return "the writer died";
    default:
        return status > 128 ? "the writer was killed by a signal" : "the writer failed";
    }
}

static void wait_for(int err, pid_t child, int64_t deadline_us, struct collect_writer_end *end)
{
    int status = 0;
    bool has_ended = follow(err, child, deadline_us, end, &status);

    if (!has_ended) {
        kill(child, SIGKILL); /* its worker ends with it */
        while (waitpid(child, &status, 0) < 0 && errno == EINTR)
            ;
    }
    end->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    end->timed_out = !has_ended || end->status == CRUMPLE_WRITER_HUNG;
    end->meaning = meaning_of(end->status);
    make_one_line(end->said);
}

static void close_pair(const int *pair)
{
    close(pair[0]);
    close(pair[1]);
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
            return read(fd, &error, sizeof error) == (ssize_t)sizeof error ? error : 0;
    }
    return 0;
}

/* The directory part of a path. The caller frees it. */
static char *dir_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
}

/* Two pipes: the writer's stderr, and why it could not be started. */
static int start(const struct collect_job *job, const char *shown_dir, struct collect_writer_end *end)
{
    int64_t deadline_us = when_clock_us() + COLLECT_WRITER_SECONDS * INT64_C(1000000);
    int said[2], failure[2], error = 0;

    if (pipe2(said, O_CLOEXEC) < 0)
        return -errno;
    if (pipe2(failure, O_CLOEXEC) < 0) {
        error = -errno;
        close_pair(said);
        return error;
    }
    pid_t child = fork();
    if (child == 0) {
        error = exec_writer(job, shown_dir, said[1]);
        (void)!write(failure[1], &error, sizeof error); /* a successful exec has closed it */
        _exit(127);
    }
    if (child < 0)
        error = -errno;
    close(said[1]);
    close(failure[1]);
    if (child > 0) {
        error = read_exec_error(failure[0], deadline_us);
        wait_for(said[0], child, deadline_us, end);
    }
    close(said[0]);
    close(failure[0]);
    return error;
}

int collect_writer_run(const struct collect_job *job, struct collect_writer_end *ret_end)
{
    char *shown_dir = dir_of(job->path);

    *ret_end = (struct collect_writer_end){.meaning = ""};
    if (!shown_dir)
        return -ENOMEM;
    int error = start(job, shown_dir, ret_end);
    free(shown_dir);
    return error;
}
