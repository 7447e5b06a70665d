/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper process and in the keeper. See capture/save.h. */
#include "capture/save.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "state/config.h"
#include "capture/core.h"
#include "crumple_options.h"
#include "out/dir.h"
#include "state/dumpable.h"
#include "base/io.h"
#include "out/say.h"
#include "capture/guarded.h"
#include "base/text.h"
#include "date.h"
#include "rename_new.h"

/* YYYYMMDDThhmmss.uuuuuuZ-EXE-PID */
static void make_name(struct safe_text *t, int try)
{
    char date[DATE_BYTES];
    date_format(safe_fault.time_ns / 1000 + (uint64_t)try, date);
    for (const char *at = date; *at; at++)
        if (*at != '-' && *at != ':')
            safe_text_add_n(t, at, 1);
    safe_text_add(t, "-");
    safe_text_add(t, crumple_config->exe_name);
    safe_text_add(t, "-");
    safe_text_add_i64(t, safe_fault.pid);
}

/* A file without a name until it is whole: nothing is left of it if we are killed meanwhile. */
static int write_unnamed(struct safe_capture *capture, int dirfd, const char *core_name)
{
    char path[64];
    int fd = safe_open(dirfd, ".", O_RDWR | O_TMPFILE, 0600);
    struct safe_text t = safe_text_on(path, sizeof path);
    if (fd < 0)
        return -EOPNOTSUPP;
    safe_text_add(&t, "/proc/self/fd/");
    safe_text_add_i64(&t, fd);
    int error = safe_core_write(capture, fd);
    if (error == 0) {
        error = (int)safe_call(SYS_linkat, AT_FDCWD, path, dirfd, core_name, AT_SYMLINK_FOLLOW);
        if (error < 0 && error != -EEXIST)
            error = -EOPNOTSUPP;
    }
    safe_close(fd);
    return error;
}

/* Where the file system has no unnamed files, or there is no /proc. */
static int write_temporary(struct safe_capture *capture, int dirfd, const char *core_name)
{
    char temporary[192];
    struct safe_text t = safe_text_on(temporary, sizeof temporary);
    safe_text_add(&t, ".");
    safe_text_add(&t, core_name);
    safe_text_add(&t, CRUMPLE_TEMP_SUFFIX);
    int fd = safe_open(dirfd, temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    if (fd < 0)
        return fd;
    int error = safe_core_write(capture, fd);
    safe_close(fd);
    if (error == 0)
        error = rename_new(dirfd, temporary, core_name);
    if (error < 0)
        safe_call(SYS_unlinkat, dirfd, temporary, 0);
    return error;
}

/* Writes the core; it gets its name when it is whole. Returns 0 or a negative errno. */
static int write_core(struct safe_capture *capture, int dirfd, char *core_name, size_t size)
{
    int error = -EEXIST;
    for (int try = 0; try < 16 && error == -EEXIST; try++) {
        struct safe_text t = safe_text_on(core_name, size);
        make_name(&t, try);
        safe_text_add(&t, CRUMPLE_CORE_SUFFIX);
        error = write_unnamed(capture, dirfd, core_name);
        if (error == -EOPNOTSUPP)
            error = write_temporary(capture, dirfd, core_name);
    }
    return error;
}

/*
 * Memory that no file system holds. Not close-on-exec: the writer inherits it. vm.memfd_noexec=2 refuses one
 * without the seal, kernels before 6.3 do not know the seal (memfd_create(2)).
 */
static int make_memory(void)
{
    long fd = safe_call(SYS_memfd_create, "crumple", 8 /* MFD_NOEXEC_SEAL */);
    return (int)(fd == -EINVAL ? safe_call(SYS_memfd_create, "crumple", 0) : fd);
}

/* The core into job->core_fd, if the directory seems to take a bundle. Returns 0 or a negative errno. */
static int write_memory(struct safe_capture *capture, int dirfd, struct safe_writer *job)
{
    struct safe_text t = safe_text_on(job->core, sizeof job->core);
    int error = safe_open(dirfd, ".", O_RDWR | O_TMPFILE, 0600);
    if (error == -EROFS || error == -EACCES || error == -ENOSPC || error == -EDQUOT)
        return error;
    if (error >= 0)
        safe_close(error);
    make_name(&t, 0);
    safe_call(SYS_lseek, job->core_fd, 0, SEEK_SET); /* another directory was tried before */
    return safe_core_write(capture, job->core_fd);
}

/* Not -1, which has no directory, if a filter refuses one of the calls. */
static uint32_t effective_uid(void)
{
    long uid = safe_call(SYS_geteuid);
    return (uint32_t)(safe_is_refused(uid) ? safe_call(SYS_getuid) : uid);
}

struct saving {
    struct safe_capture *capture;
    struct safe_writer *job;
    int kind; /* enum safe_dir_kind */
    int fd;   /* of the directory, or a negative errno */
    bool is_opened;
};

static void save_there(void *saving)
{
    struct saving *s = saving;
    uint32_t uid = effective_uid();
    int fd = s->fd = safe_dir_open(s->kind, uid, s->job->dir, sizeof s->job->dir);
    s->is_opened = fd >= 0;
    if (fd < 0)
        return;
    s->fd = -EINTR;
    int error = s->job->core_fd >= 0 ? write_memory(s->capture, fd, s->job)
                                     : write_core(s->capture, fd, s->job->core, sizeof s->job->core);
    s->fd = error == 0 ? fd : error;
    if (error < 0)
        safe_close(fd);
}

static int save_in_directory(struct safe_capture *capture, struct safe_writer *job, bool quiet)
{
    int fd = -ENOENT;
    struct saving s = {.capture = capture, .job = job, .kind = safe_fault.skip_dir ? SAFE_DIR_FALLBACK : 0};
    for (; s.kind < SAFE_DIR_KINDS; s.kind++) {
        safe_text_copy(job->dir, sizeof job->dir,
                       s.kind == SAFE_DIR_FALLBACK ? crumple_config->fallback_dir : crumple_config->dir);
        if (!safe_guarded_run(SAFE_GUARDED_WRITE, save_there, &s, 2, NULL))
            s.fd = safe_equal(safe_guarded_trouble(), "faulted") ? -EFAULT : -ETIMEDOUT;
        /* The held descriptor and the path are two ways to one directory: it is named once. */
        if (!s.is_opened &&
            (s.fd == -ESTALE || (s.kind == SAFE_DIR_PATH && s.fd == -ENOENT && !crumple_config->dir[0])))
            continue;
        fd = s.fd;
        job->is_fallback = s.kind == SAFE_DIR_FALLBACK;
        if (fd >= 0)
            return fd;
        if (!quiet && (s.kind != SAFE_DIR_HELD || fd == -ENOSPC || fd == -ETIMEDOUT))
            safe_say_cannot_write(job->dir, fd, s.kind == SAFE_DIR_FALLBACK);
        if (fd == -ETIMEDOUT && s.kind < SAFE_DIR_FALLBACK)
            s.kind = SAFE_DIR_FALLBACK - 1; /* the path leads to the same directory */
    }
    return fd;
}

/* The writer's questions for memory are answered from what may leave the process. After the core was made: then hidden memory is known. */
static bool may_peek(const struct safe_capture *capture, struct safe_peek *peek)
{
    const struct safe_segments *list = &capture->segments;
    /* With 'scrubbed', too: a value that was asked for by its name is meant to be in the report. */
    const bool is_allowed = !safe_dumpable_refused() && crumple_config->stack_mode != CRUMPLE_STACK_NONE;
    bool may = crumple_config->watch[0] && is_allowed && !safe_fault.in_process && !capture->only_stacks &&
               !list->hidden_overflow;
    safe_peek_init(peek);
    for (uint32_t i = 0; may && i < list->hidden_count; i++)
        may = safe_peek_hide(peek, list->hidden[i].start, list->hidden[i].end);
    return may;
}

int safe_save_core(struct safe_capture *capture, struct safe_writer *job, bool quiet)
{
    job->core_fd = -1;
    safe_fault.no_core = safe_dumpable_refused() || crumple_config->stack_mode != CRUMPLE_STACK_FULL;
    job->may_peek = may_peek(capture, &job->peek);
    if (!safe_fault.no_core)
        return save_in_directory(capture, job, quiet);
    /* In the process itself no writer would ever read it. */
    job->core_fd = safe_fault.in_process ? -EAGAIN : make_memory();
    if (job->core_fd < 0) {
        if (!quiet)
            safe_say_failure(safe_fault.in_process
                                 ? "no process could be started to make the bundle"
                                 : "no memory file could be created for the bundle (memfd_create)",
                             job->core_fd, safe_say_no_core());
        return job->core_fd;
    }
    int fd = save_in_directory(capture, job, quiet);
    if (fd < 0) {
        safe_close(job->core_fd);
        job->core_fd = -1;
        if (!quiet)
            safe_say_line(safe_say_no_core());
    }
    return fd;
}
