/* SPDX-License-Identifier: MIT */
/* One directory: see verbs/prune_dir.h. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "amounts.h"
#include "base/text.h"
#include "base/time.h"
#include "ndjson.h"
#include "retain.h"
#include "retain_disk.h"
#include "screen/out.h"
#include "screen/verb.h"
#include "verbs/prune_dir.h"
#include "verbs/prune_rows.h"

/* A death waits for a writer, so a writer waits for half a second. Who prunes by hand or by a timer has time. */
#define LOCK_SECONDS   60
#define OTHERS_SECONDS 300 /* 100,000 bundles that no index knows are read within one */
#define STEP_NS        5000000

/* What was found, and what becomes of it. */
struct sums {
    size_t gone, stay;
    uint64_t bytes;
};

static int64_t now_us(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static bool lock(int directory)
{
    const int64_t deadline_us = when_clock_us() + LOCK_SECONDS * INT64_C(1000000);

    do {
        if (flock(directory, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
            return true; /* some file systems cannot lock directories */
        (void)nanosleep(&(struct timespec){.tv_nsec = STEP_NS}, NULL);
    } while (when_clock_us() < deadline_us);
    return false;
}

/* As crumple-writer names what it deletes. */
static int name_files(int directory, const struct retain_file *items, size_t count, void *context)
{
    char time[WHEN_TEXT_BYTES], *lines = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&lines, &size);

    (void)context;
    when_format(now_us(), time);
    for (size_t i = 0; to && i < count; i++) {
        char *name = items[i].reason ? text_to_utf8(items[i].name) : NULL;
        json_t *line = name ? json_pack("{s:s, s:s, s:i, s:s, s:s, s:I, s:s}", "event", "pruned", "exe",
                                        "crumple", "pid", (int)getpid(), "time", time, "path", name, "bytes",
                                        (json_int_t)items[i].bytes, "reason", items[i].reason)
                            : NULL;
        if (line && json_dumpf(line, to, JSON_COMPACT) == 0)
            (void)fputc('\n', to);
        json_decref(line);
        free(name);
    }
    int error = to && fclose(to) == 0 ? ndjson_append(directory, lines, size) : -ENOMEM;
    free(lines);
    return error;
}

static uint64_t bytes_gained(const struct retain_files *files)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < files->count; i++)
        bytes += files->items[i].reason ? files->items[i].disk_bytes : 0;
    return bytes;
}

static int choose(const struct prune_job *job, int directory, const char *path, struct retain_files *files)
{
    const uint64_t missing = retain_missing(directory, &job->rules);
    int error = 0;

    if (job->has_filter || missing || retain_needs_signatures(files, &job->rules))
        error = prune_rows_mark(directory, &job->filter, job->has_filter, files);
    if (error == 0)
        error = retain_to_limits(files, &job->rules, now_us(), SIZE_MAX);
    const uint64_t gained = bytes_gained(files);
    if (error || missing <= gained)
        return error;
    error = retain_for_space(files, missing - gained);
    if (error == -ENOSPC) {
        say("'%s': free space is below %s, and deleting all would not be enough; nothing is deleted for it",
            path, job->rules.free_text);
        for (size_t i = 0; i < files->count; i++)
            if (files->items[i].reason && strcmp(files->items[i].reason, "free space") == 0)
                files->items[i].reason = NULL;
        error = 0;
    }
    return error;
}

/* The rule that a file breaks, for people. */
static void describe(const struct prune_job *job, const char *reason, char *ret_text, size_t size)
{
    char amount[AMOUNT_BYTES];

    if (strcmp(reason, "count") == 0)
        snprintf(ret_text, size, "more than %llu bundles", (unsigned long long)job->rules.count);
    else if (strcmp(reason, "bytes") == 0)
        amount_bytes(job->rules.bytes, amount), snprintf(ret_text, size, "more than %s", amount);
    else if (strcmp(reason, "age") == 0)
        amount_time((uint64_t)job->rules.age_us / 1000, amount),
            snprintf(ret_text, size, "older than %s", amount);
    else if (strcmp(reason, "signature") == 0)
        snprintf(ret_text, size, "more than %llu of its signature", (unsigned long long)job->rules.signature);
    else if (strcmp(reason, "free space") == 0)
        snprintf(ret_text, size, "free space below %s", job->rules.free_text);
    else
        snprintf(ret_text, size, "%s by a writer that was killed", reason);
}

static void print_file(const struct prune_job *job, const char *path, const struct retain_file *file)
{
    char *full, amount[AMOUNT_BYTES], why[80];

    if (asprintf(&full, "%s%s%s", path, path[0] && path[strlen(path) - 1] == '/' ? "" : "/", file->name) < 0)
        return;
    if (job->json) {
        char *valid = text_to_utf8(full);
        json_t *json = json_pack("{s:s?, s:I, s:s, s:b}", "path", valid, "bytes", (json_int_t)file->bytes,
                                 "reason", file->reason, "deleted", file->is_gone);
        out_json(json, 0);
        json_decref(json);
        free(valid);
    } else {
        amount_bytes(file->bytes, amount);
        describe(job, file->reason, why, sizeof why);
        printf("%10s  %-30s  ", amount, why);
        text_put(stdout, full);
        putchar('\n');
    }
    free(full);
}

static struct sums print_files(const struct prune_job *job, const char *path,
                               const struct retain_files *files)
{
    struct sums sums = {0};

    for (size_t i = 0; i < files->count; i++) {
        const struct retain_file *file = &files->items[i];
        const bool goes = file->reason && (file->is_gone || job->dry_run);
        sums.stay += !goes;
        sums.gone += goes;
        sums.bytes += goes ? file->bytes : 0;
        if (file->reason)
            print_file(job, path, file);
    }
    return sums;
}

static void conclude(const struct prune_job *job, const char *path, const struct retain_files *files)
{
    char amount[AMOUNT_BYTES];
    const struct sums sums = print_files(job, path, files);

    amount_bytes(sums.bytes, amount);
    if (sums.gone + sums.stay > 0)
        say("'%s': %s %zu file%s (%s); %zu stay%s", path, job->dry_run ? "would delete" : "deleted",
            sums.gone, sums.gone == 1 ? "" : "s", amount, sums.stay, sums.stay == 1 ? "s" : "");
}

static int prune_locked(const struct prune_job *job, int directory, const char *path)
{
    struct retain_files files = {0};
    int error = retain_scan(directory, &files);

    if (error == 0)
        error = choose(job, directory, path, &files);
    if (error) {
        say("cannot read '%s': %s; nothing is deleted", path, strerror(-error));
    } else {
        if (!job->dry_run)
            error = retain_delete(directory, &files, name_files, NULL);
        conclude(job, path, &files);
        if (error)
            say("not everything in '%s' could be deleted: %s", path, strerror(-error));
    }
    retain_release(&files);
    return error ? VERB_DAMAGED : VERB_OK;
}

static int prune_as_owner(const struct prune_job *job, const struct custody_dir *dir, const char *path)
{
    int error = custody_become(dir, NULL, 0);

    if (error < 0) {
        say("cannot become user %u: %s; '%s' is left as it is", (unsigned)dir->uid, strerror(-error), path);
        return VERB_DAMAGED;
    }
    if (!job->dry_run && !lock(dir->fd)) {
        say("another process has been pruning '%s' for %d s; it is left as it is", path, LOCK_SECONDS);
        return VERB_DAMAGED;
    }
    return prune_locked(job, dir->fd, path);
}

/* The owner of the directory may stop the child, or have a file system that never answers: those of others must not wait for that
 * (as in collect). Returns a wait status, or -1. */
static int wait_for_other(pid_t child, const char *path)
{
    const int64_t deadline_us = when_clock_us() + OTHERS_SECONDS * INT64_C(1000000);
    int status;

    for (;;) {
        const pid_t ended = waitpid(child, &status, WNOHANG | WUNTRACED);
        const bool is_stopped = ended == child && WIFSTOPPED(status);
        if (ended == child && !is_stopped)
            return status;
        if (is_stopped || when_clock_us() > deadline_us)
            break;
        (void)nanosleep(&(struct timespec){.tv_nsec = STEP_NS}, NULL);
    }
    kill(child, SIGKILL);
    (void)waitpid(child, &status, 0);
    say("'%s': its owner has stopped the work, or it took more than %d s; the rest is left as it is", path,
        OTHERS_SECONDS);
    return -1;
}

int prune_dir(const struct prune_job *job, const struct custody_dir *dir, const char *path)
{
    int status = -1;

    out_flush();
    const pid_t child = fork();
    if (child == 0) {
        status = prune_as_owner(job, dir, path);
        out_flush();
        _exit(status);
    }
    if (child > 0 && dir->uid != geteuid())
        status = wait_for_other(child, path);
    else
        while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
            ;
    if (child < 0 || (status != -1 && WIFSIGNALED(status)))
        say("'%s': the work ended with '%s'; the rest is left as it is", path,
            child < 0 ? strerror(errno) : strsignal(WTERMSIG(status)));
    return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : VERB_DAMAGED;
}
