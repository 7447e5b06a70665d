/* SPDX-License-Identifier: MIT */
/*
 * crumple-writer: makes the bundle of one core and removes the core. It runs alone, as a clean child of a
 * dying server (which waits for it: every millisecond counts) or of 'crumple collect', and reads nothing of
 * the dead process but the core. In this order:
 *
 *   main.c               parses options, opens the core and locks it in its directory
 *   crash/crash.c        reads what the core holds (core/core_file.c, core/notes.c)
 *   bundle/core_image.c  lays out the archive from the core on, as memory
 *   bundle/pack.c        begins to compress it, in threads of its own, which touch nothing but that memory
 *   analyse.c            meanwhile: address space, stacks, names, verdict, title, signature
 *   bundle/bundle.c      writes the bundle: reports, then the packed rest; syncs and renames it
 *   finish.c             adds the line to crashes.ndjson, removes the core, answers the waiting process, prints the
 *                        summary, deletes old bundles, refreshes crumple.prom
 *
 * Each part is a stage (base/stages.h): when it ends or stops this process, another one does without it.
 * Whatever fails, the core stays and can be finished later.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyse.h"
#include "base/stages.h"
#include "bundle/bundle.h"
#include "bundle/core_image.h"
#include "bundle/same_bundle.h"
#include "context/logs.h"
#include "core/module_files.h"
#include "core/modules.h"
#include "crash/crash.h"
#include "crumple_format.h"
#include "explain/dump.h"
#include "finish.h"
#include "options.h"
#include "report/say.h"
#include "sandbox.h"
#include "supervise.h"
#include "verdict/verdict.h"

#define METRICS_TRIES 500

#define SANDBOX_PROCESSOR_S 120 /* 'collect' waits 60 s, and the writer has threads */

/* The kernel may kill this process before any other. */
static void spare_others(void)
{
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
        ssize_t ignored = write(fd, "1000", 4);
        (void)ignored;
        (void)close(fd);
    }
}

/* Splits the path of the core into a directory descriptor and NAME. Returns 0 or a negative errno. */
static int open_directory(struct job *job)
{
    const char *path = job->options.core_path, *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    const char *ending = job->options.core_fd < 0 ? CRUMPLE_CORE_SUFFIX : "";
    size_t length = strlen(base), suffix = strlen(ending);
    if (length <= suffix || strcmp(base + length - suffix, ending) != 0 || base[0] == '.')
        return -EINVAL;
    if (length >= sizeof job->core_name)
        return -ENAMETOOLONG;
    snprintf(job->core_name, sizeof job->core_name, "%s", base);
    snprintf(job->name, sizeof job->name, "%.*s", (int)(length - suffix), base);
    char *directory = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
    if (!directory)
        return -ENOMEM;
    job->directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int error = job->directory < 0 ? -errno : 0;
    free(directory);
    return error;
}

/* Opens the core and locks it against a second writer. Returns 0 or a negative errno; -EALREADY: it is being
 * finished. */
static int open_core(struct job *job)
{
    struct stat status;
    job->core = job->options.core_fd;
    if (job->core >= 0)
        return fcntl(job->core, F_SETFD, FD_CLOEXEC) < 0 ? -errno : 0; /* nobody else has it */
    job->core = openat(job->directory, job->core_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (job->core < 0)
        return -errno;
    if (flock(job->core, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
        return -EALREADY;
    /* The other writer may have finished between open and lock. */
    return fstat(job->core, &status) == 0 && status.st_nlink == 0 ? -ENOENT : 0;
}

/* Where the values of tags are in the core, secret ones, too: the bundle's has none. */
static struct image_span secrets_of(const struct crash *crash)
{
    const struct core_span tags = crash->notes.tags;
    return (struct image_span){tags.size ? (size_t)(tags.bytes - crash->core.base) : 0, tags.size};
}

/* The part of the archive that needs no analysis. */
static int make_image(const struct job *job, const struct crash *crash, struct core_image *ret_image)
{
    struct notes notes = crash->notes;
    if (!stage_begin(STAGE_MEMBERS))
        notes.maps = notes.status = notes.limits = notes.cgroup = notes.environ = notes.go_dump =
            (struct core_span){0};
    return core_image_make(job->core, crash->no_core ? 0 : crash->core.size, &notes, secrets_of(crash),
                           crash->scrub, ret_image);
}

static int analyse(struct crash *crash)
{
    const int error = analyse_crash(crash);
    if (!error && crash->has_verdict)
        analyse_context(crash);
    return error;
}

/* The core is packed while its stacks are walked; but if a thread waits for a verdict, that came first. */
static int pack_bundle(const struct job *job, struct crash *crash, bool is_analysed)
{
    struct core_image image = {0};
    struct pack pack = {0};
    char bundle[300];
    int error = make_image(job, crash, &image);
    if (!error)
        error = pack_start(&pack, image.bytes, image.size,
                           (struct pack_prepare){crash->scrub ? core_image_prepare : NULL, &image});
    if (!error && !is_analysed)
        error = analyse(crash);
    if (!error && stage_begin(STAGE_KEEP))
        keep_admit(job->directory, &job->options.keep, crash);
    if (!error && !crash->suppressed[0] && stage_begin(STAGE_LOGS))
        logs_read(crash, !job->options.is_sandboxed);
    if (!error && !crash->suppressed[0])
        error = bundle_write(job->directory, crash, &pack, bundle, sizeof bundle);
    if (!error)
        finish_run(job, crash, crash->suppressed[0] ? NULL : bundle);
    pack_release(&pack);
    core_image_release(&image);
    return error;
}

/* An earlier writer has come as far as the bundle. One without a core, or with a scrubbed one, has nothing to be compared by,
 * but its name tells process and microsecond. */
static bool is_made(const struct job *job, const struct crash *crash, const char *bundle)
{
    if (crash->no_core || crash->scrub)
        return (job->options.is_again || notes_is_from_outside(&crash->notes)) &&
               faccessat(job->directory, bundle, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
    const struct image_span secrets = secrets_of(crash);
    return same_bundle(job->directory, bundle, crash->core.base, crash->core.size, secrets.at, secrets.size);
}

/* Returns 0, a negative errno, or CRUMPLE_WRITER_REFUSED. */
static int write_bundle(const struct job *job, struct crash *crash)
{
    const struct options *options = &job->options;
    const bool is_asked = options->status_fd >= 0 && options->is_asked && verdict_is_asked(crash);
    char bundle[300];
    snprintf(bundle, sizeof bundle, "%s%s", job->name, CRUMPLE_BUNDLE_SUFFIX);
    if (is_asked) {
        int error = analyse_crash(crash);
        if (error)
            return error;
        finish_report_verdict(job, crash);
        if (crash->verdict.refusal) {
            (void)finish_remove_core(job); /* the whole process's follows */
            return CRUMPLE_WRITER_REFUSED;
        }
        analyse_context(crash);
    } else if (is_made(job, crash, bundle)) {
        int error = analyse(crash);
        if (!error)
            finish_run(job, crash, bundle);
        return error;
    }
    return pack_bundle(job, crash, is_asked);
}

/* An earlier writer was killed in a stage that cannot be left out. */
static bool is_possible(const struct job *job)
{
    struct buffer why = {0};
    enum stage needed = stages_needed();
    if (needed == STAGE_COUNT)
        return true;
    stage_explain(needed, &why);
    finish_say_failure(job, "made", why.data ? why.data : "", why.size);
    buffer_release(&why);
    return false;
}

static int make_bundle(const struct job *job)
{
    struct crash crash;
    struct core_damage damage = {""};
    if (!is_possible(job))
        return CRUMPLE_WRITER_IO;
    (void)stage_begin(STAGE_NOTES);
    int error = crash_open(job->core, job->name, &crash, &damage);
    if (error == -EBADMSG) {
        say_line("'%s' is not a crumple core: %s; %s", job->core_name, damage.text,
                 job->options.core_fd < 0 ? "left in place" : "no core is kept");
        return CRUMPLE_WRITER_DAMAGED;
    }
    if (!error)
        crash_limit_memory(&crash, job->options.core_fd >= 0);
    if (!error) {
        crash.exe_fd = job->options.exe_fd;
        peek_open(job->options.peek_from, job->options.peek_to, &crash.peek);
        crash.is_beside = !job->options.is_sandboxed && crash_is_recent(&crash);
        say_of(crash.notes.exe, crash.notes.pid, job->name);
        die_of_compose();
        dump_take_reason(&crash, job->directory);
        error = write_bundle(job, &crash);
        say_of(NULL, 0, job->name);
        crash_release(&crash);
    }
    if (error == CRUMPLE_WRITER_REFUSED)
        return error;
    /* Without the stage it may go: the supervisor sees to that. */
    const bool is_short = error == -ENOMEM || error == -E2BIG;
    if (error && !(is_short && job->options.limit_ms))
        finish_say_failure(job, "written", strerror(-error), strlen(strerror(-error)));
    return is_short ? CRUMPLE_WRITER_MEMORY : error ? CRUMPLE_WRITER_IO : CRUMPLE_WRITER_OK;
}

/* --sysroot. The root of a process (/proc/PID/root) is a link that nobody can follow inside the sandbox. */
static void open_root(struct job *job)
{
    static char held[32];
    const char *path = job->options.sysroot;
    job->root = path ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
    if (job->root >= 0 && strncmp(path, "/proc/", strlen("/proc/")) == 0) {
        snprintf(held, sizeof held, "/proc/self/fd/%d", job->root);
        path = held;
    }
    module_files_below(path);
}

/* For 'crumple collect' (decision 35). An uncompressed bundle is larger than the core. */
static void enter_sandbox(const struct job *job)
{
    const struct sandbox sandbox = {.read_fds = &job->root,
                                    .read_count = 1,
                                    .write_fd = job->directory,
                                    .writes = true,
                                    .modules = true,
                                    .memory_bytes = UINT64_C(6) << 30,
                                    .file_bytes = CRUMPLE_MAX_CORE + 2 * CRUMPLE_MAX_REPORT,
                                    .processor_s = SANDBOX_PROCESSOR_S};
    (void)sandbox_enter(&sandbox);
}

static int run(struct job *job)
{
    int error = open_directory(job);
    if (!error)
        say_of(NULL, 0, job->name);
    if (!error)
        error = open_core(job);
    if (error == -EINVAL) {
        say_line("'%s' is not the name of a core: the name must end in '%s'", job->options.core_path,
                 CRUMPLE_CORE_SUFFIX);
        return CRUMPLE_WRITER_USAGE;
    }
    if (error == -EALREADY) {
        say_line("'%s': another crumple-writer is finishing it; nothing was done", job->options.core_path);
        return CRUMPLE_WRITER_IO;
    }
    if (error) {
        say_line("'%s' cannot be opened: %s", job->options.core_path, strerror(-error));
        return CRUMPLE_WRITER_IO;
    }
    open_root(job);
    if (job->options.is_sandboxed)
        enter_sandbox(job);
    return make_bundle(job);
}

/* --metrics */
static int run_upkeep(const char *path)
{
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int error = directory < 0 ? -errno : finish_upkeep(directory, METRICS_TRIES);
    if (!error)
        return CRUMPLE_WRITER_OK;
    say_line("'%s/%s' cannot be written: %s; the old file stays", path, CRUMPLE_METRICS_NAME,
             strerror(-error));
    return CRUMPLE_WRITER_IO;
}

static int work(struct job *job)
{
    if (!job->options.die_of.signal)
        spare_others();
    if (job->options.metrics_directory)
        return run_upkeep(job->options.metrics_directory);
    if (!job->options.die_of.signal)
        stages_tell_deaths();
    int result = run(job);
    if (result != CRUMPLE_WRITER_OK) {
        char code[12];
        snprintf(code, sizeof code, "%d", result);
        finish_report(job, "fail", code);
    }
    return result;
}

int main(int argc, char **argv)
{
    struct job job = {.directory = -1, .core = -1, .root = -1};
    /* A full disk, or a reader that is gone, is an error and no signal. */
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN);
    int result = options_parse(argc, argv, &job.options);
    if (job.options.die_of.signal)
        die_of_prepare(&job.options.die_of, job.options.summary == SUMMARY_OFF);
    /* Nobody traces this process or reads its memory: under collect it was started by root and runs as a user
     * who might try; with a core in memory it holds what its program did not want to be dumped. Not beside
     * any other server: its filter may kill who calls prctl, and the report with it. */
    if (job.options.is_sandboxed || job.options.core_fd >= 0)
        (void)prctl(PR_SET_DUMPABLE, 0);
    say_mode(job.options.summary);
    if (result != 0)
        return result < 0 ? CRUMPLE_WRITER_USAGE : CRUMPLE_WRITER_OK;
    result = job.options.limit_ms ? supervise(&job.options) : SUPERVISE_WORK;
    return result == SUPERVISE_WORK ? work(&job) : result;
}
