/* SPDX-License-Identifier: MIT */
/* Directories of other users: see read/custody.h. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "read/custody.h"

#define NO_GROUP        65534
#define DESCRIPTORS_MAX 65536 /* where close_range(2) is missing (before Linux 5.9) */

static int refuse(char *ret_reason, int error, const char *reason)
{
    snprintf(ret_reason, CUSTODY_REASON_BYTES, "%s", reason);
    return error;
}

static int refuse_owner(char *ret_reason, uid_t uid, const char *advice)
{
    snprintf(ret_reason, CUSTODY_REASON_BYTES, "it belongs to user %u, %s", (unsigned)uid, advice);
    return -EPERM;
}

/* Takes fd over: it is the result's, or is closed. */
static int judge(int fd, struct custody_dir *ret_dir, char *ret_reason)
{
    struct stat st;
    int error = 0;

    if (fd < 0 || fstat(fd, &st) < 0)
        error = refuse(ret_reason, -errno, strerror(errno));
    else if (geteuid() != 0 && st.st_uid != 0 && st.st_uid != geteuid())
        error = refuse_owner(ret_reason, st.st_uid, "run this as that user or as root");
    else if (geteuid() == 0 && (st.st_mode & 022) && !(st.st_mode & S_ISVTX)) {
        snprintf(ret_reason, CUSTODY_REASON_BYTES, "others can replace files in it (mode %04o): chmod go-w",
                 (unsigned)st.st_mode & 07777);
        error = -EPERM;
    }
    if (error < 0) {
        if (fd >= 0)
            close(fd);
        return error;
    }
    *ret_dir = (struct custody_dir){fd, st.st_uid};
    return 0;
}

int custody_open(const char *path, struct custody_dir *ret_dir, char *ret_reason)
{
    ret_dir->fd = -1;
    return judge(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), ret_dir, ret_reason);
}

int custody_open_below(const struct custody_dir *above, const char *name, struct custody_dir *ret_dir,
                       char *ret_reason)
{
    int fd = openat(above->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    ret_dir->fd = -1;
    if (fd < 0 && (errno == ELOOP || errno == ENOTDIR))
        return refuse(ret_reason, -errno, "it is a link or a file, not a directory");
    int error = judge(fd, ret_dir, ret_reason);
    if (error == 0 && above->uid != 0 && ret_dir->uid != above->uid) {
        error = refuse_owner(ret_reason, ret_dir->uid, "not to the owner of the directory above");
        custody_close(ret_dir);
    }
    return error;
}

int custody_open_file(const struct custody_dir *dir, const char *name, char *ret_reason)
{
    struct stat st;
    int fd, held = openat(dir->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

    if (held < 0)
        return refuse(ret_reason, -errno, strerror(errno));
    if (fstat(held, &st) < 0 || !S_ISREG(st.st_mode)) {
        close(held);
        return refuse(ret_reason, -EINVAL, "it is not a regular file");
    }
    close(held);
    /* What has come there since is judged again: O_NONBLOCK keeps a pipe from waiting. */
    fd = openat(dir->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return refuse(ret_reason, -errno, strerror(errno));
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == dir->uid)
        return fd;
    close(fd);
    if (!S_ISREG(st.st_mode))
        return refuse(ret_reason, -EINVAL, "it is not a regular file");
    return refuse_owner(ret_reason, st.st_uid, "not to the owner of its directory");
}

void custody_close(struct custody_dir *dir)
{
    if (dir->fd >= 0)
        close(dir->fd);
    dir->fd = -1;
}

/* All descriptors from 3 on go with exec, but these. */
static int close_others(const int *keep, size_t keep_count)
{
    if (syscall(SYS_close_range, 3, ~0u, CLOSE_RANGE_CLOEXEC) < 0)
        for (int fd = 3; fd < DESCRIPTORS_MAX; fd++)
            (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    for (size_t i = 0; i < keep_count; i++)
        if (fcntl(keep[i], F_SETFD, 0) < 0)
            return -errno;
    return 0;
}

int custody_become(const struct custody_dir *dir, const int *keep, size_t keep_count)
{
    int error = close_others(keep, keep_count);

    if (error < 0)
        return error;
    /* The terminal: who may trace this process could otherwise type into it (TIOCSTI). */
    (void)setsid();
    /* Keys of the session's keyring are open to every process that possesses it, whatever its user. */
    (void)syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
    /* Not the directory's group: one made below a setgid directory has a group its owner is no member of. */
    if (geteuid() == 0 && dir->uid != 0 &&
        (setgroups(0, NULL) < 0 || setresgid(NO_GROUP, NO_GROUP, NO_GROUP) < 0 ||
         setresuid(dir->uid, dir->uid, dir->uid) < 0))
        return -errno;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -errno;
    umask(077);
    /* After the change of user, which clears it. */
    return prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ? -errno : 0;
}

int custody_open_program(const char *path, char *ret_reason)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat st, own;

    if (fd < 0)
        return refuse(ret_reason, -errno, strerror(errno));
    if (stat("/proc/self/exe", &own) < 0)
        own.st_uid = 0;
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || !(st.st_mode & 0111))
        refuse(ret_reason, -EACCES, "it is not a program");
    else if (st.st_uid != 0 && st.st_uid != geteuid() && st.st_uid != own.st_uid)
        refuse_owner(ret_reason, st.st_uid, "who could replace it");
    else if (st.st_mode & 002)
        refuse(ret_reason, -EPERM, "everyone can write to it: chmod o-w");
    else
        return fd;
    close(fd);
    return -EPERM;
}
