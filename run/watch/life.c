/* SPDX-License-Identifier: MIT */
#include "watch/life.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "program_process.h"

#define MAGIC   "crumple"
#define VERSION 1

static uint64_t own_pid_namespace(void)
{
    struct stat st;
    return stat("/proc/self/ns/pid", &st) == 0 ? st.st_ino : 0;
}

/* 0: there is no such process, or a dead one that nobody has reaped. */
static uint64_t find_start_ticks(pid_t pid)
{
    struct program_process process;
    return program_process_read(pid, 0, &process) == 0 && !strchr("ZX", process.state) ? process.start : 0;
}

void life_set_argv(struct life_record *record, char *const *argv)
{
    record->argv_bytes = 0;
    for (; *argv; argv++) {
        size_t n = strlen(*argv) + 1;
        if (n > sizeof record->argv - record->argv_bytes)
            return;
        memcpy(record->argv + record->argv_bytes, *argv, n);
        record->argv_bytes += (uint32_t)n;
    }
}

static bool write_record(const struct life *life)
{
    const char *bytes =
        (const char *)life + offsetof(struct life, record); /* gcc takes &record for its first member */
    ssize_t put;
    do
        put = pwrite(life->fd, bytes, sizeof life->record, 0);
    while (put < 0 && errno == EINTR);
    return put == (ssize_t)sizeof life->record;
}

/* What is there by this name is of a keeper that was killed, or a trap. */
static int lock(int fd)
{
    struct stat st;
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid() || st.st_nlink != 1)
        return -EEXIST;
    return flock(fd, LOCK_EX | LOCK_NB) < 0 ? -errno : 0;
}

int life_begin(struct life *ret, int directory, const struct life_record *record)
{
    ret->directory = directory;
    ret->record = *record;
    memcpy(ret->record.magic, MAGIC, sizeof MAGIC);
    ret->record.version = VERSION;
    ret->record.bytes = sizeof ret->record;
    ret->record.pid_namespace = own_pid_namespace();
    ret->record.start_ticks = find_start_ticks(record->pid);
    ret->record.renewed_ns = clock_real_ns();
    snprintf(ret->name, sizeof ret->name, "crumple-run-%d-%" PRIu64 LIFE_SUFFIX, (int)ret->record.run,
             record->start_ns);
    ret->fd = openat(directory, ret->name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    if (ret->fd < 0)
        return -errno;
    int error = lock(ret->fd);
    if (error) { /* nobody's to remove */
        (void)close(ret->fd);
        ret->fd = -1;
    } else if (!write_record(ret)) {
        error = -ENOSPC;
        life_end(ret);
    }
    return error;
}

void life_renew(struct life *life)
{
    if (life->fd < 0)
        return;
    life->record.renewed_ns = clock_real_ns();
    (void)write_record(life);
}

void life_end(struct life *life)
{
    if (life->fd < 0)
        return;
    (void)unlinkat(life->directory, life->name, 0);
    (void)close(life->fd);
    life->fd = -1;
}

static bool is_whole(struct life_record *record, ssize_t got)
{
    if (got != (ssize_t)sizeof *record || memcmp(record->magic, MAGIC, sizeof MAGIC) != 0 ||
        record->version != VERSION || record->bytes != sizeof *record)
        return false;
    record->exe[sizeof record->exe - 1] = '\0';
    return record->pid > 0 && record->argv_bytes <= sizeof record->argv &&
           (!record->argv_bytes || !record->argv[record->argv_bytes - 1]) &&
           record->output_bytes[0] <= LIFE_OUTPUT_BYTES && record->output_bytes[1] <= LIFE_OUTPUT_BYTES;
}

/* crumple-run was killed alone: its server goes on, and a later start will find its end. */
static bool still_runs(const struct life_record *record)
{
    return record->pid_namespace && record->pid_namespace == own_pid_namespace() && record->start_ticks &&
           record->start_ticks == find_start_ticks(record->pid);
}

/* Between the opening and the lock, another process may have taken it. */
static bool is_there(int directory, const char *name, int fd)
{
    struct stat ours, named;
    return fstat(fd, &ours) == 0 && S_ISREG(ours.st_mode) && ours.st_uid == geteuid() &&
           fstatat(directory, name, &named, AT_SYMLINK_NOFOLLOW) == 0 && ours.st_ino == named.st_ino &&
           ours.st_dev == named.st_dev;
}

static void take(int directory, const char *name, void (*tell)(void *, const struct life_record *),
                 void *context)
{
    static struct life_record record;
    int fd = openat(directory, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && is_there(directory, name, fd)) {
        const bool whole = is_whole(&record, pread(fd, &record, sizeof record, 0));
        const bool runs = whole && still_runs(&record);
        if (whole && !runs)
            tell(context, &record);
        if (!runs)
            (void)unlinkat(directory, name, 0);
    }
    (void)close(fd);
}

void life_take(int directory, void (*tell)(void *context, const struct life_record *record), void *context)
{
    int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = copy < 0 ? NULL : fdopendir(copy);
    if (!folder && copy >= 0)
        (void)close(copy);
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        size_t n = strlen(entry->d_name), suffix = sizeof LIFE_SUFFIX - 1;
        if (n > suffix && strcmp(entry->d_name + n - suffix, LIFE_SUFFIX) == 0)
            take(directory, entry->d_name, tell, context);
    }
    if (folder)
        (void)closedir(folder);
}
