/* SPDX-License-Identifier: MIT */
/*
 * Finishing one pending core: see verbs/collect_core.h. Two writers may be at work on the same core: the one
 * that the crashing process started, and that of another collect. A writer holds a lock on the core (flock)
 * as long as it works; one that is only about to start does not yet, which is why young cores are left alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "verbs/collect_core.h"
#include "verbs/collect_writer.h"
#include "base/self.h"
#include "base/time.h"

#define YOUNG_SECONDS 30
#define WRITER_NAME   "crumple-writer"

const char *collect_result_name(enum collect_result result)
{
    static const char *const names[] = {"finished", "skipped", "failed"};

    return names[result];
}

static bool is_program(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* Keep the path, which may be NULL, if it is that of a program; else free it. */
static int take_program(char *path, char **ret_path)
{
    if (path && is_program(path)) {
        *ret_path = path;
        return 0;
    }
    free(path);
    return -ENOENT;
}

int collect_find_writer(const char *wanted, char **ret_path)
{
    const char *named = wanted ? wanted : getenv("CRUMPLE_WRITER"), *path = getenv("PATH");

    if (named && *named) {
        *ret_path = strdup(named);
        return !*ret_path ? -ENOMEM : is_program(named) ? 0 : -ENOENT;
    }
    *ret_path = NULL;
    int error = take_program(self_beside(WRITER_NAME), ret_path);
    while (error == -ENOENT && path && *path) {
        size_t length = strcspn(path, ":");
        char *found = NULL;

        if (length > 0 && asprintf(&found, "%.*s/" WRITER_NAME, (int)length, path) < 0)
            return -ENOMEM;
        error = take_program(found, ret_path);
        path += length + (path[length] == ':');
    }
    return error;
}

__attribute__((format(printf, 3, 4))) static void
conclude(struct collect_outcome *outcome, enum collect_result result, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    outcome->result = result;
    vsnprintf(outcome->reason, sizeof outcome->reason, format, args);
    va_end(args);
}

/* Whether the core's name is still that of the file that fd is. */
static bool is_same_file(int fd, const struct collect_job *job)
{
    struct stat a, b;

    return fstat(fd, &a) == 0 && fstatat(job->dir->fd, job->name, &b, AT_SYMLINK_NOFOLLOW) == 0 &&
           a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static bool is_young(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && when_now_us() / 1000000 - st.st_mtim.tv_sec < YOUNG_SECONDS;
}

/* Whether another writer has the core, or has finished it: then that is the outcome. */
static bool is_taken(int fd, const struct collect_job *job, struct collect_outcome *outcome)
{
    if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK) {
        conclude(outcome, COLLECT_SKIPPED, "another writer is working on it");
        return true;
    }
    flock(fd, LOCK_UN); /* the writer takes it itself */
    if (is_same_file(fd, job))
        return false;
    conclude(outcome, COLLECT_SKIPPED, "a writer has finished it in the meantime");
    return true;
}

static void run_writer(const struct collect_job *job, int fd, struct collect_outcome *outcome)
{
    struct collect_writer_end end;
    int error = collect_writer_run(job, &end);

    outcome->timed_out = end.timed_out;
    if (error < 0)
        conclude(outcome, COLLECT_FAILED, "cannot run '%s': %s", job->writer, strerror(-error));
    else if (end.timed_out)
        conclude(outcome, COLLECT_FAILED,
                 "the writer hung and was killed (limit: %d s, and per stage half of the time left)",
                 COLLECT_WRITER_SECONDS);
    else if (end.status != 0 && is_taken(fd, job, outcome))
        return; /* lost the race for the lock */
    else if (end.status != 0)
        conclude(outcome, COLLECT_FAILED, "%s%s%s", end.meaning, end.said[0] ? ": " : "", end.said);
    else if (is_same_file(fd, job))
        conclude(outcome, COLLECT_FAILED, "the writer succeeded, but left the core%s%s",
                 end.said[0] ? ": " : "", end.said);
    else
        conclude(outcome, COLLECT_FINISHED, "%s", "");
}

void collect_core(const struct collect_job *job, struct collect_outcome *ret_outcome)
{
    char reason[CUSTODY_REASON_BYTES];
    int fd = custody_open_file(job->dir, job->name, reason);

    if (fd == -ENOENT) {
        conclude(ret_outcome, COLLECT_SKIPPED, "a writer has finished it in the meantime");
        return;
    }
    if (fd < 0) {
        conclude(ret_outcome, COLLECT_FAILED, "%s", reason);
        return;
    }
    if (!job->force && is_young(fd))
        conclude(ret_outcome, COLLECT_SKIPPED,
                 "it is younger than %d s: its own writer may still be at work (--force takes it)",
                 YOUNG_SECONDS);
    else if (!is_taken(fd, job, ret_outcome))
        run_writer(job, fd, ret_outcome);
    close(fd);
}
