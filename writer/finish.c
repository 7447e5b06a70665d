/* SPDX-License-Identifier: MIT */
#include "finish.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/stages.h"
#include "crumple_format.h"
#include "ledger/log.h"
#include "ledger/prune.h"
#include "ledger/upkeep.h"
#include "report/say.h"
#include "report/summary.h"
#include "verdict/judge.h"

#define UPKEEP_TRIES 20 /* times 2 ms, beside a dying server */
#define APART_FD     3
#define MARK         ".limits"
#define APART_S      60
#define HURRIED_S    2
#define FDS_MAX      1024        /* where close_range(2) is missing, or refused: more than a writer opens */
#define FIRST_PID_NS 0xEFFFFFFCu /* PROC_PID_INIT_INO of the kernel's include/linux/proc_ns.h */

void finish_report(const struct job *job, const char *word, const char *value)
{
    char line[300];
    if (job->options.status_fd < 0)
        return;
    int length = snprintf(line, sizeof line, "%s %s\n", word, value);
    ssize_t ignored = write(job->options.status_fd, line, (size_t)length);
    (void)ignored; /* the reader may be gone */
}

void finish_report_verdict(const struct job *job, const struct crash *crash)
{
    struct buffer text = {0};
    if (crash->verdict.refusal)
        buffer_format(&text, CRUMPLE_VERDICT " refuse %s", crash->verdict.refusal);
    else {
        buffer_add_text(&text, CRUMPLE_TITLE " ");
        buffer_add_clean(&text, crash->title, strlen(crash->title));
        buffer_format(&text, "\n" CRUMPLE_VERDICT " allow %s ", verdict_how_word(crash->verdict.how));
        buffer_add_clean(&text, crash->signature, strlen(crash->signature));
    }
    buffer_add_char(&text, '\n');
    if (text.size)
        (void)!write(job->options.status_fd, text.data, text.size);
    buffer_release(&text);
    stages_note(&stages_progress->has_verdict);
}

static void display_path(const struct job *job, const char *bundle, char *ret_path, size_t size)
{
    const char *path = job->options.core_path, *slash = strrchr(path, '/');
    if (job->options.display_directory)
        snprintf(ret_path, size, "%s/%s", job->options.display_directory, bundle);
    else
        snprintf(ret_path, size, "%.*s%s", slash ? (int)(slash - path + 1) : 0, path, bundle);
}

static void add_to_index(const struct job *job, const struct crash *crash, const char *bundle)
{
    if (!stage_begin(STAGE_INDEX) || (job->options.is_again && log_has(job->directory, crash->name)))
        return;
    int error = log_append_crash(job->directory, crash, bundle);
    if (error)
        say_line("'%s' has no line for %s: %s, ignoring", CRUMPLE_INDEX_NAME, crash->name, strerror(-error));
}

static void print_summary(const struct job *job, const struct crash *crash, const char *bundle)
{
    char path[4096 + 300];
    struct buffer text = {0};
    if (notes_is_logged(&crash->notes) && (crash->is_repeated || !bundle))
        return; /* the server's own line is in its log, too */
    if (bundle)
        display_path(job, bundle, path, sizeof path);
    summary_write(crash, job->options.summary, bundle ? path : NULL, &text);
    if (text.size)
        say_bytes(text.data, text.size);
    buffer_release(&text);
}

int finish_remove_core(const struct job *job)
{
    return job->options.core_fd < 0 ? unlinkat(job->directory, job->core_name, 0) : 0;
}

int finish_upkeep(int directory, int tries)
{
    int rotate_error, error = upkeep_run(directory, tries, &rotate_error);
    if (rotate_error)
        say_line("'%s' cannot be renamed to '%s': %s, ignoring; it grows beyond %d MiB", CRUMPLE_INDEX_NAME,
                 CRUMPLE_INDEX_OLDER, strerror(-rotate_error), (int)(CRUMPLE_INDEX_MAX >> 20));
    return error;
}

/* After the bundle, and what is told of it. */
static void limit(const struct job *job, int directory, const struct crash *crash, const char *bundle)
{
    int error = prune_to_limits(directory, &job->options.keep, crash, bundle);
    if (error && error != -EBUSY)
        say_line("older bundles cannot be deleted: %s, ignoring", strerror(-error));
    /* if another writer holds the lock, give up soon */
    (void)finish_upkeep(directory, UPKEEP_TRIES);
}

/* The end of a container's first process kills all others: nothing would ever be deleted there. */
static bool may_outlive_server(void)
{
    struct stat status;
    return stat("/proc/self/ns/pid", &status) == 0 && status.st_ino == FIRST_PID_NS;
}

/* It would get a child that it does not know, if it adopts orphans (PR_SET_CHILD_SUBREAPER). It does not wait for us, either. */
static bool goes_on(const struct crash *crash)
{
    return strcmp(crash->notes.event, "contained") == 0 || strcmp(crash->notes.event, "dump") == 0;
}

/* systemd asks what is left of a service to end, and starts the next one after that. */
static void hurry(int signal_number)
{
    (void)signal_number;
    (void)alarm(HURRIED_S);
}

/* Only the directory stays, as APART_FD. */
static bool leave_descriptors(int directory)
{
    const int null = open("/dev/null", O_RDWR);
    if (dup2(directory, APART_FD) < 0)
        return false;
    for (int fd = 0; fd < APART_FD; fd++)
        (void)dup2(null < 0 ? APART_FD : null,
                   fd); /* a chroot has none; nothing can be written to a directory */
    if (syscall(SYS_close_range, APART_FD + 1, ~0u, 0) < 0)
        for (int fd = APART_FD + 1; fd < FDS_MAX; fd++)
            (void)close(fd);
    return true;
}

/* Of one that was killed (systemd's KillMode=mixed, memory that is short) the mark is left: then the next writer does it itself, or every
 * one would leave it to one that is killed. */
static bool mark(int directory)
{
    const int fd = openat(directory, MARK, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd >= 0)
        (void)close(fd);
    return fd >= 0;
}

/* It works under this lock. */
static bool is_being_limited(int directory)
{
    const bool is_free = upkeep_lock(directory, 1);
    if (is_free)
        upkeep_unlock(directory);
    return !is_free;
}

/* A process of its own that nobody waits for: it holds nothing of the server's but the directory. Returns whether it goes on
 * with the rest. */
static bool limit_apart(const struct job *job, const struct crash *crash, const char *bundle)
{
    (void)signal(SIGTERM, hurry);
    (void)signal(SIGHUP, hurry);
    const pid_t child = fork();
    if (child != 0)
        return child > 0;
    (void)setsid();
    (void)alarm(APART_S);
    if (!leave_descriptors(job->directory))
        _exit(1);
    limit(job, APART_FD, crash, bundle);
    (void)unlinkat(APART_FD, MARK, 0);
    _exit(0);
}

void finish_run(const struct job *job, const struct crash *crash, const char *bundle)
{
    add_to_index(job, crash, bundle);
    if (finish_remove_core(job) < 0)
        say_line("'%s' cannot be removed: %s, ignoring; its bundle is finished", job->core_name,
                 strerror(errno));
    finish_report(job, "ok", bundle ? bundle : "suppressed");
    stages_note(&stages_progress->has_ok);
    (void)stage_begin(STAGE_AFTER);
    print_summary(job, crash, bundle);
    /* A process that dies waits for the end of this one. In its place, and in the sandbox, there is no other. */
    const bool is_alone = job->options.die_of.signal || job->options.is_sandboxed;
    const bool may_leave =
        !is_alone && !goes_on(crash) && may_outlive_server() && prune_takes_long(job->directory);
    if (may_leave) {
        (void)finish_upkeep(job->directory, UPKEEP_TRIES);
        if (mark(job->directory) ? limit_apart(job, crash, bundle) : is_being_limited(job->directory))
            return;
    }
    limit(job, job->directory, crash, bundle);
    (void)unlinkat(job->directory, MARK, 0);
}

void finish_say_failure(const struct job *job, const char *done, const char *why, size_t why_size)
{
    if (job->options.core_fd >= 0)
        say_line("'%s%s' cannot be %s: %.*s; no core is kept: " CRUMPLE_IN_MEMORY, job->name,
                 CRUMPLE_BUNDLE_SUFFIX, done, (int)why_size, why);
    else
        say_line("'%s%s' cannot be %s: %.*s; '%s' is kept: finish it with 'crumple collect'", job->name,
                 CRUMPLE_BUNDLE_SUFFIX, done, (int)why_size, why, job->core_name);
}
