/* SPDX-License-Identifier: MIT */
/*
 * Locks on files: flock, fcntl (POSIX and open file description locks), lockf. They outlive a thread, so one
 * that holds some is not ended. Redirected, not exported.
 */
#include <fcntl.h>
#include <stdint.h>
#include <sys/file.h>
#include <unistd.h>

/* Where off_t has 64 bits anyway, a header may make one of both names. */
#undef fcntl64
#undef lockf64

#include "redirected/redirected.h"
#include "track/held_locks.h"
#include "track/sockets.h"

static struct {
    int (*flock)(int fd, int operation);
    int (*fcntl)(int fd, int command, ...);
    int (*fcntl64)(int fd, int command, ...);
    int (*lockf)(int fd, int command, off_t bytes);
    int (*lockf64)(int fd, int command, int64_t bytes);
} libc;

/* Tells ranges of a file apart, never 0: that is the whole file. */
static uint32_t range_of(int64_t start, int64_t bytes, int64_t whence)
{
    uint64_t mixed = ((uint64_t)start * 31 + (uint64_t)bytes) * 31 + (uint64_t)whence;
    mixed *= UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(mixed >> 40) | 1;
}

static int lock_flock(int fd, int operation)
{
    int error = libc.flock(fd, operation);
    if (error == 0 && (operation & LOCK_UN))
        safe_held_remove(safe_held_file(fd, 0));
    else if (error == 0)
        safe_held_add_file(fd, 0);
    return error;
}

static void note_range(int fd, const struct flock *lock)
{
    bool whole = !lock->l_start && !lock->l_len && lock->l_whence == SEEK_SET;
    uint32_t range = range_of(lock->l_start, lock->l_len, lock->l_whence);
    if (lock->l_type != F_UNLCK)
        safe_held_add_file(fd, range);
    else if (whole)
        safe_held_remove_files(fd);
    else
        safe_held_remove(safe_held_file(fd, range));
}

static void note_fcntl(int fd, int command, const void *argument, int error)
{
    switch (command) {
    case F_SETLK:
    case F_SETLKW:
    case F_OFD_SETLK:
    case F_OFD_SETLKW:
        note_range(fd, argument);
        break;
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
        safe_sockets_duplicated(fd, error);
        break;
    default:
        break;
    }
}

/* Without '...': a third argument is passed in the same register, given or not. */
static int lock_fcntl(int fd, int command, void *argument)
{
    int error = libc.fcntl(fd, command, argument);
    if (error >= 0)
        note_fcntl(fd, command, argument, error);
    return error;
}

static int lock_fcntl64(int fd, int command, void *argument)
{
    int error = libc.fcntl64(fd, command, argument);
    if (error >= 0)
        note_fcntl(fd, command, argument, error);
    return error;
}

/* From the current position on, which is where it is unlocked, too. */
static void note_lockf(int fd, int command, int64_t bytes)
{
    if (command == F_LOCK || command == F_TLOCK)
        safe_held_add_file(fd, range_of(0, bytes, SEEK_CUR));
    else if (command == F_ULOCK)
        safe_held_remove(safe_held_file(fd, range_of(0, bytes, SEEK_CUR)));
}

static int lock_lockf(int fd, int command, off_t bytes)
{
    int error = libc.lockf(fd, command, bytes);
    if (error == 0)
        note_lockf(fd, command, bytes);
    return error;
}

static int lock_lockf64(int fd, int command, int64_t bytes)
{
    int error = libc.lockf64(fd, command, bytes);
    if (error == 0)
        note_lockf(fd, command, bytes);
    return error;
}

static const struct redirect rows[] = {
    REDIRECTED(flock, lock_flock), REDIRECTED(fcntl, lock_fcntl),     REDIRECTED(fcntl64, lock_fcntl64),
    REDIRECTED(lockf, lock_lockf), REDIRECTED(lockf64, lock_lockf64),
};

REDIRECTED_FAMILY(redirected_files, rows);
