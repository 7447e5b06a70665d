/* SPDX-License-Identifier: MIT */
/* Running crumple-writer: see collect_writer.h. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collect_writer.h"
#include "crumple_format.h"
#include "when.h"

#define STEP_MS 20 /* between looks at the child, once it has closed its stderr */

/* Become the owner of the directory, where this is root and the directory is not root's. */
static int drop_to_owner(const char *dir)
{
    struct stat st;

    if (stat(dir, &st) < 0)
        return -errno;
    if (geteuid() != 0 || st.st_uid == 0)
        return 0;
    if (setgroups(0, NULL) < 0 || setresgid(st.st_gid, st.st_gid, st.st_gid) < 0 ||
        setresuid(st.st_uid, st.st_uid, st.st_uid) < 0)
        return -errno;
    return 0;
}

/* In the child; returns only where it failed. report_error is closed by a successful exec. */
static void run_child(const char *writer, const char *dir, const char *core, int err, int report_error)
{
    char *dir_option = NULL;
    int null = open("/dev/null", O_RDWR | O_CLOEXEC), r;

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_DFL);
    r = drop_to_owner(dir);
    if (r == 0 && asprintf(&dir_option, "--dir=%s", dir) < 0)
        r = -ENOMEM;
    if (r == 0 && (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
                   dup2(err, STDERR_FILENO) < 0))
        r = -errno;
    if (r == 0) {
        char *const words[] = {(char *)"crumple-writer", dir_option, (char *)"--stderr=off", (char *)core,
                               NULL};

        execv(writer, words);
        r = -errno;
    }
    (void)!write(report_error, &r, sizeof(r));
}

/* Take what the writer says until it closes its stderr; then wait for it. Returns false where time is up. */
static bool follow(int err, pid_t child, struct collect_writer_end *end, int *ret_status)
{
    int64_t deadline_us = when_now_us() + COLLECT_WRITER_SECONDS * INT64_C(1000000);
    size_t len = 0;
    bool open = true;

    for (;;) {
        struct pollfd poll_err = {.fd = open ? err : -1, .events = POLLIN};
        int64_t left_ms = (deadline_us - when_now_us()) / 1000;
        char piece[4096];
        ssize_t n;

        if (!open && waitpid(child, ret_status, WNOHANG) == child)
            return true;
        if (left_ms <= 0)
            return false;
        if (poll(&poll_err, 1, open ? (int)left_ms : STEP_MS) <= 0 || !open)
            continue;
        n = read(err, piece, sizeof(piece));
        open = n > 0 || (n < 0 && errno == EINTR);
        if (n > 0 && len < sizeof(end->said) - 1) {
            size_t take = (size_t)n < sizeof(end->said) - 1 - len ? (size_t)n : sizeof(end->said) - 1 - len;

            memcpy(end->said + len, piece, take);
            len += take;
            end->said[len] = '\0';
        }
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
    case CRUMPLE_WRITER_IO:
        return "the bundle cannot be written";
    default:
        return status > 128 ? "the writer was ended by a signal" : "the writer failed";
    }
}

static void wait_for(int err, pid_t child, struct collect_writer_end *end)
{
    int status = 0;

    if (!follow(err, child, end, &status)) {
        end->timed_out = true;
        kill(child, SIGKILL);
        while (waitpid(child, &status, 0) < 0 && errno == EINTR)
            ;
    }
    end->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    end->meaning = meaning_of(end->status);
    make_one_line(end->said);
}

static int start(const char *writer, const char *dir, const char *core, struct collect_writer_end *ret_end)
{
    int err[2], problem[2], error = 0;
    pid_t child;

    if (pipe2(err, O_CLOEXEC) < 0)
        return -errno;
    if (pipe2(problem, O_CLOEXEC) < 0) {
        error = -errno;
        close(err[0]);
        close(err[1]);
        return error;
    }
    child = fork();
    if (child == 0) {
        run_child(writer, dir, core, err[1], problem[1]);
        _exit(127);
    }
    close(err[1]);
    close(problem[1]);
    if (child < 0)
        error = -errno;
    else if (read(problem[0], &error, sizeof(error)) != (ssize_t)sizeof(error))
        error = 0;
    if (child > 0)
        wait_for(err[0], child, ret_end);
    close(err[0]);
    close(problem[0]);
    return error;
}

int collect_writer_run(const char *writer, const char *core, struct collect_writer_end *ret_end)
{
    const char *slash = strrchr(core, '/');
    char *dir = slash ? strndup(core, slash == core ? 1 : (size_t)(slash - core)) : strdup(".");
    int r;

    *ret_end = (struct collect_writer_end){.meaning = ""};
    if (!dir)
        return -ENOMEM;
    r = start(writer, dir, core, ret_end);
    free(dir);
    return r;
}
