/* SPDX-License-Identifier: MIT */
/* Debug files from servers: see lookup/fetch.h. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/confine.h"
#include "base/time.h"
#include "lookup/child.h"
#include "lookup/fetch.h"
#include "lookup/modules.h"
#include "read/bundle.h"
#include "read/report.h"
#include "screen/out.h"

#define SECONDS_MAX 90
#define REAP_MS     10
#define COPY_MAX    (INT64_C(1) << 30)
#define NO_PROGRAM  127
#define ROUNDS      2 /* a debug file may need one of common parts, which is only known then */

/* --- what is wanted -------------------------------------------------------------------------------------- */

struct wanted {
    int fd;
    const struct sources *sources;
    char ids[SOURCES_FETCHED_MAX][ELF_ID_BYTES];
    size_t count;
};

static void ask_frames(FILE *to, struct modules *modules, const json_t *frames)
{
    static struct modules_answer answer;
    const json_t *frame;
    size_t i;

    json_array_foreach(frames, i, frame)
    {
        const char *path = report_string(frame, "module");

        if (!path || path[0] != '/' || report_is_true(frame, "runtime"))
            continue;
        modules_ask(modules, path, report_string(frame, "build_id"), &answer);
        if (answer.wanted[0])
            fprintf(to, "%s\n", answer.wanted);
    }
}

static void ask_threads(FILE *to, struct modules *modules, const json_t *report)
{
    const json_t *thread;
    size_t i;

    json_array_foreach(json_object_get(report, "threads"), i, thread)
    {
        ask_frames(to, modules, json_object_get(thread, "frames"));
    }
}

/* In the child: a line for each build-id that is missing, perhaps several times. */
static void list_wanted(FILE *to, void *context)
{
    const struct wanted *wanted = context;
    const char *paths[SOURCES_PATHS_MAX], *text;
    char reason[REPORT_REASON_BYTES];
    struct bundle_reader *reader = NULL;
    json_t *report = NULL;
    size_t len;
    bool complete;

    confine_to_showing(true, NULL, paths, sources_paths(wanted->sources, paths));
    struct modules *modules = modules_new(wanted->sources);
    if (modules && bundle_open(wanted->fd, &reader) == 0 &&
        bundle_read_report(reader, SIZE_MAX, &text, &len, &complete) == 0 &&
        report_parse(text, len, &report, reason) == 0)
        ask_threads(to, modules, report);
    json_decref(report);
    bundle_close(reader);
    modules_free(modules);
}

/* A word of a program's command line: nothing but what a build-id can be. */
static bool is_id(const char *text, size_t len)
{
    return len >= 8 && len < ELF_ID_BYTES && strspn(text, "0123456789abcdef") == len;
}

static int take_id(const char *line, size_t len, void *context)
{
    struct wanted *wanted = context;
    char id[ELF_ID_BYTES];

    snprintf(id, sizeof id, "%.*s", (int)(len < sizeof id ? len : sizeof id - 1), line);
    if (!is_id(id, len))
        return -EBADMSG;
    for (size_t i = 0; i < wanted->count; i++)
        if (strcmp(wanted->ids[i], id) == 0)
            return 0;
    if (wanted->count < SOURCES_FETCHED_MAX)
        memcpy(wanted->ids[wanted->count++], id, sizeof id);
    return 0;
}

/* --- debuginfod-find ------------------------------------------------------------------------------------- */

__attribute__((noreturn)) static void run_program(const char *id, int out)
{
    int null = open("/dev/null", O_RDWR);

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0 ||
        dup2(out, STDOUT_FILENO) < 0)
        _exit(1);
    signal(SIGPIPE, SIG_DFL);
    execlp("debuginfod-find", "debuginfod-find", "debuginfo", id, (char *)NULL);
    _exit(NO_PROGRAM);
}

/* What the program prints: a line with a path. Returns its length without the end, 0 if there is none in time. */
static size_t read_path(int from, int64_t deadline_us, char *path, size_t size)
{
    size_t len = 0;

    while (len < size - 1) {
        struct pollfd poll_from = {.fd = from, .events = POLLIN};
        int64_t left_ms = (deadline_us - when_clock_us()) / 1000;
        int ready = left_ms > 0 ? poll(&poll_from, 1, (int)left_ms) : 0;

        if (ready < 0 && errno == EINTR)
            continue;
        ssize_t n = ready > 0 ? read(from, path + len, size - 1 - len) : -1;
        if (n < 0)
            return 0;
        if (n == 0)
            break;
        len += (size_t)n;
    }
    path[len] = '\0';
    return strcspn(path, "\n");
}

/* It may go on after it has closed its output. */
static void reap(pid_t child, int64_t deadline_us, int *ret_status)
{
    while (waitpid(child, ret_status, WNOHANG) == 0) {
        if (when_clock_us() >= deadline_us)
            (void)kill(child, SIGKILL);
        (void)poll(NULL, 0, REAP_MS);
    }
}

/* Asks for one file. Returns the status of the program, or -1 if it was killed, and a path, which the caller frees, or NULL. */
static int find_file(const char *id, int64_t deadline_us, char **ret_path)
{
    char path[4096];
    int ends[2], status = 0;
    pid_t child = -1;

    *ret_path = NULL;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -1;
    child = fork();
    if (child == 0)
        run_program(id, ends[1]);
    close(ends[1]);
    size_t len = child > 0 ? read_path(ends[0], deadline_us, path, sizeof path) : 0;
    close(ends[0]);
    if (child < 0)
        return -1;
    reap(child, deadline_us, &status);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && len > 0 && path[0] == '/')
        *ret_path = strndup(path, len);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Fetches those from the first on. Returns false if no more can be. */
static bool fetch(const struct wanted *wanted, size_t first, int64_t deadline_us, struct sources *sources)
{
    for (size_t i = first; i < wanted->count; i++) {
        char *path;

        if (find_file(wanted->ids[i], deadline_us, &path) == NO_PROGRAM) {
            say("debuginfod: the program debuginfod-find is missing (Debian: package debuginfod)");
            return false;
        }
        if (!path && when_clock_us() >= deadline_us) {
            say("debuginfod: %d s are over; debug files are missing", SECONDS_MAX);
            return false;
        }
        if (path)
            sources->fetched.paths[sources->fetched.count++] = path;
    }
    return true;
}

void fetch_debug_files(int fd, struct sources *sources)
{
    const char *urls = getenv("DEBUGINFOD_URLS"), *reason;
    struct wanted *wanted = calloc(1, sizeof *wanted);
    int64_t deadline_us = when_clock_us() + SECONDS_MAX * INT64_C(1000000);
    bool goes_on = wanted != NULL;

    if (!urls || !*urls) {
        say("debuginfod: DEBUGINFOD_URLS is not set (Debian: https://debuginfod.debian.net); no server was asked");
        goes_on = false;
    }
    for (int round = 0; goes_on && round < ROUNDS && when_clock_us() < deadline_us; round++) {
        const size_t first = wanted->count;

        wanted->fd = fd;
        wanted->sources = sources;
        if (lookup_child_run(list_wanted, wanted, take_id, wanted, &reason) < 0)
            say("debuginfod: cannot tell what is missing: %s", reason);
        goes_on = lseek(fd, 0, SEEK_SET) == 0 && wanted->count > first;
        if (goes_on && round == 0)
            say("debuginfod: asking the servers of DEBUGINFOD_URLS for %zu debug file%s", wanted->count,
                wanted->count == 1 ? "" : "s");
        goes_on = goes_on && fetch(wanted, first, deadline_us, sources);
    }
    if (wanted && wanted->count > 0)
        say("debuginfod: got %zu of %zu", sources->fetched.count, wanted->count);
    free(wanted);
}

/* --- a bundle that comes through a pipe ------------------------------------------------------------------ */

int fetch_rewindable(int fd)
{
    char block[65536];
    int64_t total = 0;
    ssize_t n;

    if (lseek(fd, 0, SEEK_CUR) >= 0)
        return fd;
    int copy = memfd_create("crumple-bundle", MFD_CLOEXEC), error = copy < 0 ? -errno : 0;
    while (!error && (n = read(fd, block, sizeof block)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        total += n;
        if (n < 0 || write(copy, block, (size_t)n) != n)
            error = errno ? -errno : -EIO;
        else if (total > COPY_MAX)
            error = -EFBIG;
    }
    if (!error && lseek(copy, 0, SEEK_SET) == 0) {
        close(fd);
        return copy;
    }
    if (copy >= 0)
        close(copy);
    return error ? error : -EIO;
}
