/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the keeper. See contain/keeper_work.h. */
#include "contain/keeper_work.h"

#include <errno.h>
#include <time.h>

#include "state/config.h"
#include "state/recovery.h"
#include "state/altstack.h"
#include "capture/core.h"
#include "out/dir.h"
#include "out/events.h"
#include "out/happenings.h"
#include "base/io.h"
#include "proc/proc.h"
#include "capture/save.h"
#include "proc/lock_words.h"
#include "state/fault.h"
#include "base/text.h"
#include "contain/watch.h"
#include "out/writer.h"

#define METRICS_EVERY_NS UINT64_C(1000000000)
#define METRICS_MAX_NS   UINT64_C(1000000000)
#define LAST             "the last thread of the process"
#define UNSEEN           "a lock is held that was not recorded"
#define HANDED_OVER      "its creator holds a lock"
#define SMALL_TID        255 /* in a container the creator is thread 1, a number that stands everywhere */
#define MOMENT_NS        2000000
#define SCAN_BYTES       (UINT64_C(64) << 20)

struct safe_found safe_found;
static struct safe_writer job;
static bool metrics_stale;
static uint64_t metrics_ns;

/* --- the verdict ------------------------------------------------------------------------------------- */

/* Reads what the writer said. True: it allows the ending. */
static bool understand(void)
{
    char *signature = safe_found.signature;
    size_t size = sizeof safe_found.signature;
    (void)safe_writer_said(&job, CRUMPLE_TITLE " ", safe_found.title, sizeof safe_found.title);
    safe_found.jump = safe_writer_said(&job, "verdict allow jump ", signature, size);
    safe_found.must_unwind =
        !safe_found.jump && safe_writer_said(&job, "verdict allow unwind-only ", signature, size);
    return safe_found.jump || safe_found.must_unwind ||
           safe_writer_said(&job, "verdict allow unwind ", signature, size);
}

/* --- the capture -------------------------------------------------------------------------------------- */

/*
 * Looked for where memory is small enough: a lock taken past the redirected functions, and one that the thread's creator
 * has taken: that one may be the thread's to release, unless the thread has released such a lock before (atftpd's main takes
 * it, creates the thread, and waits for it at the next request). NULL: none.
 */
static const char *find_unseen_lock(const struct safe_maps *maps, const struct safe_scan_skip *own)
{
    extern const char __ehdr_start[] __attribute__((visibility("hidden")));
    extern const char _end[] __attribute__((visibility("hidden")));
    struct safe_altstack_around around;
    struct safe_scan_skip skip[5] = {{(uint64_t)__ehdr_start, (uint64_t)_end},
                                     {(uint64_t)safe_state, (uint64_t)(safe_state + 1)}};
    bool complete;
    safe_altstack_around(safe_recovery.record, &around);
    skip[2] = (struct safe_scan_skip){around.stacks_start, around.stacks_end};
    skip[4] = (struct safe_scan_skip){around.entries_start, around.entries_end};
    skip[3] = *own;
    const struct safe_thread *t = safe_recovery.record;
    const bool may_owe = t && !(t->role & SAFE_ROLE_UNLOCKED) && t->creator_tid > SMALL_TID;
    const int tids[LIBC_LOCK_TIDS] = {safe_fault.tid, may_owe ? t->creator_tid : 0};
    const struct timespec pause = {0, MOMENT_NS};
    int owner;
    (void)safe_scan_owned(maps, tids, skip, 5, SCAN_BYTES, &owner, &complete);
    if (owner && owner != safe_fault.tid) {
        safe_call(SYS_nanosleep, &pause, NULL); /* the creator may be about to release it */
        (void)safe_scan_owned(maps, tids, skip, 5, SCAN_BYTES, &owner, &complete);
    }
    return owner == safe_fault.tid ? UNSEEN : owner ? HANDED_OVER : NULL;
}

/*
 * Main has called pthread_exit, and no other thread is left: ending this one would end the process, with
 * status 0. In /proc/PID/stat the state is the first field behind the name, the number of threads the
 * eighteenth.
 */
static bool is_last_thread(void)
{
    char path[64], text[1024];
    long n = safe_proc_read(safe_proc_path(path, safe_fault.pid, "stat"), text, sizeof text - 1);
    int field = 0;
    if (n <= 0)
        return false;
    text[n] = '\0';
    long i = n;
    for (; i > 0 && text[i] != ')'; i--)
        ;
    if (text[i] != ')' || text[i + 2] != 'Z')
        return false;
    for (i += 2; i < n && field < 17; i++)
        field += text[i] == ' ';
    return text[i] >= '0' && text[i] <= '2' && text[i + 1] == ' ';
}

/* Facts from the maps: a call of a wrong address, and unrecorded locks. False: the thread must not end. */
static bool look_at_memory(const struct safe_maps *maps, const struct safe_scan_skip *own)
{
    uint64_t pc = (uint64_t)safe_fault.context->uc_mcontext.gregs[REG_RIP];
    const struct safe_map *map = safe_maps_find(maps, pc);
    safe_found.called = !map || !map->executable;
    if (is_last_thread()) {
        safe_found.reason = LAST;
        return false;
    }
    const char *lock = find_unseen_lock(maps, own);
    if (lock)
        safe_found.reason = lock;
    return !lock;
}

/* The core on disk. Returns 0, a negative errno, or 1 when memory speaks against the ending. */
static int save(const struct safe_scan_skip *own)
{
    static struct safe_capture capture;
    safe_zero(&capture, sizeof capture);
    int error = safe_core_collect(&capture);
    if (error == 0 && capture.failed)
        error = -EFAULT; /* what is known in part is no ground for a verdict */
    if (error == 0 && !look_at_memory(&capture.maps, own))
        error = 1;
    if (error == 0) {
        job.dirfd = safe_save_core(&capture, &job, true);
        error = job.dirfd < 0 ? job.dirfd : 0;
    }
    safe_scratch_close(&capture.scratch);
    return error;
}

static enum safe_answer run_writer(void)
{
    job.silent = job.awaits_verdict = true;
    int error = safe_writer_run(&job, safe_fault.mono_ns + crumple_config->timeout_ns / 2);
    if (error == CRUMPLE_WRITER_REFUSED &&
        safe_writer_said(&job, "verdict refuse ", safe_found.said, sizeof safe_found.said)) {
        safe_found.reason = safe_found.said;
        return SAFE_ANSWER_REFUSED;
    }
    if (error != 0 || !understand()) {
        safe_call(SYS_unlinkat, job.dirfd, job.core, 0);
        safe_found.reason = error < 0 ? "crumple-writer could not be started" : "it could not be reported";
        return SAFE_ANSWER_REFUSED;
    }
    safe_text_copy(safe_found.dir, sizeof safe_found.dir, job.dir);
    if (!safe_writer_said(&job, "ok ", safe_found.bundle, sizeof safe_found.bundle) ||
        safe_equal(safe_found.bundle, "suppressed")) {
        safe_found.bundle[0] = '\0';
        safe_found.suppressed = true;
    }
    return SAFE_ANSWER_ALLOWED;
}

enum safe_answer safe_keeper_work_capture(const struct safe_scan_skip *own)
{
    safe_zero(&safe_found, sizeof safe_found);
    int error = save(own);
    if (error > 0)
        return SAFE_ANSWER_REFUSED;
    if (error < 0) {
        safe_found.reason = "its report could not be written";
        return SAFE_ANSWER_REFUSED;
    }
    enum safe_answer a = run_writer();
    safe_close(job.dirfd);
    if (job.core_fd >= 0)
        safe_close(job.core_fd);
    metrics_stale = true; /* the writer has made it, but others may have been at it */
    return a;
}

/* --- lines and metrics -------------------------------------------------------------------------------- */

/* The user's crash directory; the caller closes it. */
static int open_dir(void)
{
    uint32_t uid = (uint32_t)safe_call(SYS_geteuid);
    int fd = -ENOENT;
    for (int kind = 0; kind < SAFE_DIR_KINDS && fd < 0; kind++)
        fd = safe_dir_open(kind, uid, job.dir, sizeof job.dir);
    return fd;
}

/* The verdict on a stack is remembered, what the thread holds is not, nor how many others there are. */
static bool has_changed(const struct safe_scan_skip *own)
{
    static struct safe_scratch scratch;
    static struct safe_maps maps;
    if (is_last_thread()) {
        safe_found.reason = LAST;
        return true;
    }
    safe_scratch_open(&scratch);
    const char *lock =
        safe_maps_read(&maps, safe_fault.pid, &scratch) == 0 ? find_unseen_lock(&maps, own) : NULL;
    safe_scratch_close(&scratch);
    if (lock)
        safe_found.reason = lock;
    return lock != NULL;
}

enum safe_answer safe_keeper_work_count(const struct safe_scan_skip *own)
{
    char peer[48];
    struct safe_event e = {
        .kind = SAFE_EVENT_CONTAINED,
        .tags = crumple_config->tags,
        .signo = safe_fault.signo,
        .pid = safe_fault.pid,
        .time_ns = safe_fault.time_ns,
        .exe = crumple_config->exe,
        .signature = safe_recovery.signature,
        .action = safe_recovery.action == SAFE_ACTION_RESTART ? "restart" : "contain",
        .routine = safe_recovery.routine && safe_recovery.routine[0] ? safe_recovery.routine : NULL,
        .peer = peer,
        .sockets = safe_recovery.sockets,
        .count = 1,
    };
    if (safe_recovery.record && has_changed(own))
        return SAFE_ANSWER_REFUSED;
    int fd = open_dir();
    safe_peer_text(&safe_recovery.peer, peer, sizeof peer);
    if (!peer[0])
        e.peer = NULL;
    int error = fd < 0 ? fd : safe_event_append(fd, &e);
    safe_close(fd);
    metrics_stale = true;
    if (error < 0) {
        safe_found.reason = "it could not be counted";
        return SAFE_ANSWER_REFUSED;
    }
    return SAFE_ANSWER_ALLOWED;
}

static void refresh_metrics(uint64_t now)
{
    job.dirfd = open_dir();
    if (job.dirfd >= 0) {
        safe_writer_metrics(&job, now + METRICS_MAX_NS);
        safe_close(job.dirfd);
    }
    metrics_stale = false;
    metrics_ns = safe_clock_ns(CLOCK_MONOTONIC);
}

void safe_keeper_work_do(uint64_t now, int host)
{
    safe_watch_look(now, host);
    metrics_stale |= safe_happenings_write(open_dir, false);
    if (metrics_stale && now - metrics_ns > METRICS_EVERY_NS)
        refresh_metrics(now);
}

void safe_keeper_work_last(void)
{
    metrics_stale |= safe_happenings_write(open_dir, true);
    if (metrics_stale)
        refresh_metrics(safe_clock_ns(CLOCK_MONOTONIC));
}

bool safe_keeper_work_pending(void)
{
    return safe_watch_any() || metrics_stale || safe_happenings_pending();
}
