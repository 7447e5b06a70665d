/* SPDX-License-Identifier: MIT */
/* Safe file: runs in a child of the helper or keeper, and in the faulting thread. See out/writer_exec.h. */
#include "out/writer_exec.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "state/config.h"
#include "base/io.h"
#include "proc/held_descriptors.h"
#include "base/sys.h"

/* Whoever owns this library can do all that a writer could. */
static bool is_trusted(const struct stat *st)
{
    return (st->st_uid == 0 || st->st_uid == (uint32_t)safe_call(SYS_geteuid) ||
            st->st_uid == crumple_config->own_uid) &&
           !(st->st_mode & 002);
}

bool safe_writer_path_is_trusted(void)
{
    struct stat st;
    return crumple_config->writer[0] && safe_call(SYS_newfstatat, -1, crumple_config->writer, &st, 0) == 0 &&
           is_trusted(&st);
}

static int held_writer(void)
{
    struct stat st;
    int fd = safe_roots_fd(SAFE_ROOT_WRITER);
    return fd >= 0 && safe_fstat(fd, &st) == 0 && is_trusted(&st) ? fd : -1;
}

/* Below another root the same path may be another's file, and we may be root. */
static bool may_exec_path(void)
{
    const struct crumple_config *config = crumple_config;
    struct safe_identity now = {0, 0};
    if (!safe_writer_path_is_trusted())
        return false;
    return safe_roots_unchanged() || (safe_identify_path(config->writer, &now) == 0 &&
                                      now.dev == config->writer_id.dev && now.ino == config->writer_id.ino);
}

/* What a server limits for itself is too small for another program: up to what it may. */
void safe_writer_raise_limits(void)
{
    static const int limits[] = {RLIMIT_AS, RLIMIT_DATA, RLIMIT_STACK};
    struct rlimit limit;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (safe_call(SYS_prlimit64, 0, limits[i], NULL, &limit) == 0 && limit.rlim_cur != limit.rlim_max) {
            limit.rlim_cur = limit.rlim_max;
            safe_call(SYS_prlimit64, 0, limits[i], &limit, NULL);
        }
}

int safe_writer_exec(int dirfd, const char *const argv[], uint64_t mask)
{
    const char *const envp[1] = {NULL};
    safe_call(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, 8);
    long error = safe_call(SYS_fchdir, dirfd);
    if (error < 0)
        return (int)error;
    int held = held_writer();
    error = -ENOENT;
    if (held >= 0)
        error = safe_call(SYS_execveat, held, "", argv, envp, AT_EMPTY_PATH);
    if (may_exec_path()) {
        error = safe_call(SYS_execve, crumple_config->writer, argv, envp);
        if (safe_is_refused(error)) { /* a filter of programs by path may not know the other call */
            held = safe_open(-1, crumple_config->writer, O_PATH, 0);
            error = safe_call(SYS_execveat, held, "", argv, envp, AT_EMPTY_PATH);
        }
    }
    return (int)error;
}

int safe_writer_open(void)
{
    int held = held_writer();
    if (held >= 0)
        return (int)safe_call(SYS_fcntl, held, F_DUPFD_CLOEXEC, 0);
    return may_exec_path() ? safe_open(-1, crumple_config->writer, O_RDONLY, 0) : -ENOENT;
}
