/* SPDX-License-Identifier: MIT */
#include "ends/end.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/say.h"
#include "crumple_format.h"
#include "crumple_options.h"
#include "directory/directory.h"
#include "directory/event.h"
#include "ends/core.h"
#include "ends/judge.h"
#include "ends/known.h"
#include "ends/left.h"
#include "rename_new.h"
#include "settings.h"

#define MARGIN_NS UINT64_C(50000000) /* for the writer to be the one that gives up */
/* A report is as old as the death was long: its timeout, and what the program's own handlers took. */
#define KNOWN_NS (UINT64_C(60) * 1000000000)
#define TRIES    16

enum { TOLD_NOTHING = 100, TOLD_TROUBLE = 101 }; /* statuses of the child; the writer has those below 10 */

struct telling {
    const struct end_facts *facts;
    enum end_kind kind;
    const struct crumple_settings *settings;
    uint64_t deadline_ns; /* CLOCK_MONOTONIC */
};

/* libcrumple.so in the server has said what is wrong with a variable. */
static void ignore_problem(void *context, const char *name, const char *value, const char *problem,
                           const char *consequence)
{
    (void)context, (void)name, (void)value, (void)problem, (void)consequence;
}

const struct crumple_settings *end_settings(void)
{
    static struct crumple_settings parsed;
    extern char **environ;
    settings_parse(&parsed, environ, ignore_problem, NULL);
    return &parsed;
}

bool end_is_wanted(const char *exe)
{
    const struct crumple_settings *given = end_settings();
    const char *slash = strrchr(exe, '/');
    return given->enabled && fnmatch(given->only, slash ? slash + 1 : exe, 0) == 0;
}

/* Takes the descriptor. Returns 0 or a negative errno. */
static int fill(int fd, const struct end_facts *facts, enum end_kind kind)
{
    FILE *to = fdopen(fd, "w");
    if (!to) {
        int error = -errno;
        (void)close(fd);
        return error;
    }
    int error = core_write(facts, kind, to);
    if (fclose(to) != 0 && !error)
        error = -errno;
    return error;
}

/* A file that is there is a whole one. *ret_name: NAME.core. Returns 0 or a negative errno. */
static int write_core(const struct end_facts *facts, enum end_kind kind, int directory,
                      char ret_name[CORE_NAME_BYTES + 8])
{
    char temporary[CORE_NAME_BYTES + 16], name[CORE_NAME_BYTES];
    core_name(facts, 0, name);
    snprintf(temporary, sizeof temporary, ".%s-%d" CRUMPLE_TEMP_SUFFIX, name, (int)getpid());
    int fd = openat(directory, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    int error = fill(fd, facts, kind);
    bool is_taken = !error;
    for (unsigned i = 0; i < TRIES && is_taken; i++) {
        core_name(facts, i, name);
        snprintf(ret_name, CORE_NAME_BYTES + 8, "%s" CRUMPLE_CORE_SUFFIX, name);
        error = rename_new(directory, temporary, ret_name);
        is_taken = error == -EEXIST;
    }
    if (error)
        (void)unlinkat(directory, temporary, 0);
    return error;
}

/* Becomes the writer. Returns a negative errno if it cannot. */
static int become_writer(const struct telling *telling, int directory, const char *name, const char *core)
{
    static const char *const modes[] = {
        [CRUMPLE_STDERR_TEXT] = "text", [CRUMPLE_STDERR_JSON] = "json", [CRUMPLE_STDERR_OFF] = "off"};
    static char *const no_environment[] = {NULL};
    const struct crumple_settings *given = telling->settings;
    char path[PATH_MAX], dir[PATH_MAX + 8], mode[20], limit[40], keep[SETTINGS_KEEP_BYTES + 8];
    const int error = event_writer_path(given, path);
    if (error)
        return error;
    const uint64_t now = (uint64_t)clock_us() * 1000 + MARGIN_NS;
    snprintf(dir, sizeof dir, "--dir=%s", name);
    snprintf(mode, sizeof mode, "--stderr=%s", modes[given->stderr_mode]);
    snprintf(limit, sizeof limit, "--supervise=%" PRIu64,
             (now < telling->deadline_ns ? telling->deadline_ns - now : 0) / 1000000 + 1);
    snprintf(keep, sizeof keep, "--keep=%s", given->keep_text);
    const char *const words[] = {"crumple-writer", dir, mode, limit, keep, "--", core, NULL};
    if (fchdir(directory) < 0)
        return -errno;
    (void)execve(path, (char *const *)words, no_environment);
    return -errno;
}

static const char *subject(enum end_kind kind)
{
    return kind == END_LOGGED ? "a logged error of" : "the end of";
}

void end_give_back_signals(void)
{
    sigset_t none;
    (void)sigemptyset(&none);
    for (int signo = 1; signo < SIGRTMIN; signo++)
        (void)signal(signo, SIG_DFL);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static int say_kept(int error, const char *directory, const char *core)
{
    say("crumple-writer cannot be started: %s; '%s/%s' is kept: finish it with 'crumple collect'",
        strerror(-error), directory, core);
    return TOLD_TROUBLE;
}

/* Becomes the writer of a core that libcrumple.so has left. Returns 0 if there is none. */
static int finish_left(const struct telling *telling, uint64_t since_ns)
{
    char name[PATH_MAX], core[CORE_NAME_BYTES + 8];
    int directory = directory_open(telling->settings->dir, name);
    if (directory < 0 || !left_take(telling->facts, directory, since_ns, core))
        return 0;
    return say_kept(become_writer(telling, directory, name, core), name, core);
}

/* In the child. Returns its status, unless it becomes the writer. */
static int tell(const struct telling *telling)
{
    const struct end_facts *facts = telling->facts;
    const uint64_t window = KNOWN_NS + telling->settings->timeout_ns;
    uint64_t since = facts->end_ns > window ? facts->end_ns - window : 0;
    char name[PATH_MAX], core[CORE_NAME_BYTES + 8];
    if (since < facts->start_ns && facts->start_ns <= facts->end_ns) /* else somebody has set the clock */
        since = facts->start_ns;
    if (left_is_possible(facts)) {
        const int error = finish_left(telling, since);
        if (error)
            return error;
    }
    if (telling->kind == END_QUIET)
        return TOLD_NOTHING;
    if (telling->kind != END_LOGGED && known_already(facts, telling->settings->dir, since))
        return TOLD_NOTHING;
    int directory = directory_open(telling->settings->dir, name);
    int error = directory < 0 ? directory : write_core(facts, telling->kind, directory, core);
    if (error) {
        say("%s %s leaves no report: '%s' cannot be written: %s", subject(telling->kind), facts->exe, name,
            strerror(-error));
        return TOLD_TROUBLE;
    }
    return say_kept(become_writer(telling, directory, name, core), name, core);
}

/* The pipe ends with the child, and with whatever works for it. False: it takes too long. */
static bool wait_for(int fd, uint64_t deadline_ns)
{
    for (uint64_t now = (uint64_t)clock_us() * 1000; now < deadline_ns; now = (uint64_t)clock_us() * 1000) {
        struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
        if (poll(&poll_fd, 1, (int)((deadline_ns - now) / 1000000) + 1) == 1)
            return true;
    }
    return false;
}

/* Returns true if the child ended as it should, and what its status says. */
static bool collect(pid_t child, int fd, const struct telling *telling, int *ret_status)
{
    int status = 0;
    const bool is_in_time = wait_for(fd, telling->deadline_ns);
    if (!is_in_time) {
        say("%s %s could not be told within CRUMPLE_TIMEOUT; 'crumple collect' finishes what is there",
            subject(telling->kind), telling->facts->exe);
        (void)kill(child, SIGKILL);
    }
    /* One that waits for a disk does not even die. */
    if (waitpid(child, &status, is_in_time ? 0 : WNOHANG) != child || !WIFEXITED(status))
        return false;
    *ret_status = WEXITSTATUS(status);
    return true;
}

bool end_tell(const struct end_facts *facts)
{
    struct telling telling = {.facts = facts, .kind = end_judge(facts), .settings = end_settings()};
    int ends[2], status = TOLD_TROUBLE;
    if ((telling.kind == END_QUIET && !left_is_possible(facts)) || !end_is_wanted(facts->exe) ||
        pipe2(ends, O_CLOEXEC) < 0)
        return false;
    telling.deadline_ns = facts->deadline_us ? (uint64_t)facts->deadline_us * 1000
                                             : (uint64_t)clock_us() * 1000 + telling.settings->timeout_ns;
    pid_t child = fork();
    if (child == 0) {
        (void)fcntl(ends[1], F_SETFD, 0);
        end_give_back_signals();
        _exit(tell(&telling));
    }
    (void)close(ends[1]);
    if (child < 0)
        say("%s %s leaves no report: no process can be started: %s", subject(telling.kind), facts->exe,
            strerror(errno));
    const bool is_told =
        child > 0 && collect(child, ends[0], &telling, &status) && status == CRUMPLE_WRITER_OK;
    (void)close(ends[0]);
    return is_told && telling.settings->stderr_mode != CRUMPLE_STDERR_OFF;
}
