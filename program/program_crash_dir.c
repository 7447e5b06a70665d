/* SPDX-License-Identifier: MIT */
#include "program_crash_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "crumple_format.h"
#include "program_root.h"

#define DEFAULT_DIR "/var/crash/crumple"

/* The rights of the process's user, for files only, until give_up(). Nothing changes for who is not root. */
static void take_on(const struct program_crash_dirs *dirs)
{
    (void)setfsgid(dirs->process.egid);
    (void)setfsuid(dirs->process.euid);
}

static void give_up(void)
{
    (void)setfsuid(geteuid());
    (void)setfsgid(getegid());
}

static int open_below(const struct program_crash_dirs *dirs, const char *path)
{
    take_on(dirs);
    int fd = program_root_open(dirs->root, path, O_RDONLY | O_DIRECTORY);
    if ((fd == -ENOSYS || fd == -EPERM) && !dirs->prefix[0]) { /* before Linux 5.6, and in its own root */
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        fd = fd < 0 ? -errno : fd;
    }
    give_up();
    return fd;
}

static bool is_same_root(pid_t pid)
{
    struct stat own, its, own_mounts, its_mounts;
    char root[48], mounts[48];
    snprintf(root, sizeof root, "/proc/%d/root", (int)pid);
    snprintf(mounts, sizeof mounts, "/proc/%d/ns/mnt", (int)pid);
    return stat("/", &own) == 0 && stat(root, &its) == 0 && own.st_dev == its.st_dev &&
           own.st_ino == its.st_ino && stat("/proc/self/ns/mnt", &own_mounts) == 0 &&
           stat(mounts, &its_mounts) == 0 && own_mounts.st_ino == its_mounts.st_ino;
}

int program_crash_dirs_open(pid_t pid, const struct program_process *process, struct program_crash_dirs *ret)
{
    char dir[PATH_MAX - 32], root[48];
    const unsigned uid = program_process_uid_inside(pid, process->euid);
    *ret = (struct program_crash_dirs){.pid = pid, .process = *process};
    snprintf(root, sizeof root, "/proc/%d/root", (int)pid);
    ret->root = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (ret->root < 0)
        return errno == ENOENT ? -ESRCH : -errno;
    if (!is_same_root(pid))
        snprintf(ret->prefix, sizeof ret->prefix, "/proc/%d/root", (int)pid);
    if (!program_process_environment(pid, "CRUMPLE_DIR", dir, sizeof dir) || dir[0] != '/')
        snprintf(dir, sizeof dir, "%s", DEFAULT_DIR);
    snprintf(ret->path[1], PATH_MAX, "%s/%u", dir, uid);
    if (!program_process_environment(pid, "TMPDIR", dir, sizeof dir) || dir[0] != '/')
        snprintf(dir, sizeof dir, "/tmp");
    snprintf(ret->path[2], PATH_MAX, "%s/crumple-%u", dir, uid);
    return 0;
}

/* Seen from the process's root: the kernel shows the path from this process's. */
bool program_crash_dirs_learn(struct program_crash_dirs *dirs, pid_t helper)
{
    char link[48], root[PATH_MAX], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/%d/cwd", (int)helper);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n <= 0 || path[0] != '/')
        return false;
    path[n] = '\0';
    snprintf(link, sizeof link, "/proc/%d/root", (int)dirs->pid);
    n = readlink(link, root, sizeof root - 1);
    const size_t cut = n > 1 && strncmp(path, root, (size_t)n) == 0 && path[n] == '/' ? (size_t)n : 0;
    memmove(dirs->path[0], path + cut, strlen(path + cut) + 1);
    return true;
}

void program_crash_dirs_close(struct program_crash_dirs *dirs)
{
    (void)close(dirs->root);
}

/* Names begin with the time and end with the pid, so they can be compared. */
static enum program_crash_found judge(const char *name, const char *since, const char *pid)
{
    const size_t n = strlen(name);
    static const char *const endings[] = {
        [PROGRAM_CRASH_CORE] = CRUMPLE_CORE_SUFFIX, [PROGRAM_CRASH_BUNDLE] = CRUMPLE_BUNDLE_SUFFIX};
    if (strcmp(name, since) < 0 || name[0] < '0' || name[0] > '9')
        return PROGRAM_CRASH_NONE;
    for (int kind = PROGRAM_CRASH_CORE; kind <= PROGRAM_CRASH_BUNDLE; kind++) {
        char ending[40];
        const int bytes = snprintf(ending, sizeof ending, "-%s%s", pid, endings[kind]);
        if (n > (size_t)bytes && strcmp(name + n - (size_t)bytes, ending) == 0)
            return (enum program_crash_found)kind;
    }
    return PROGRAM_CRASH_NONE;
}

static void format_time(int64_t us, char *text, size_t size)
{
    const time_t seconds = (time_t)(us / 1000000);
    struct tm tm;
    char date[24];
    (void)gmtime_r(&seconds, &tm);
    (void)strftime(date, sizeof date, "%Y%m%dT%H%M%S", &tm);
    snprintf(text, size, "%s.%06dZ", date, (int)(us % 1000000));
}

int program_crash_dirs_find(const struct program_crash_dirs *dirs, int64_t since_us, char ret_path[PATH_MAX])
{
    char since[40], pid[16];
    int found = PROGRAM_CRASH_NONE;
    format_time(since_us, since, sizeof since);
    snprintf(pid, sizeof pid, "%d", (int)dirs->process.own_pid);
    for (int i = 0; i < PROGRAM_CRASH_DIRS && found != PROGRAM_CRASH_BUNDLE; i++) {
        int fd = dirs->path[i][0] ? open_below(dirs, dirs->path[i]) : -ENOENT;
        DIR *dir = fd < 0 ? NULL : fdopendir(fd);
        if (fd < 0 && fd != -ENOENT && i == 0)
            return fd;
        for (const struct dirent *entry; dir && found != PROGRAM_CRASH_BUNDLE && (entry = readdir(dir));) {
            int kind = judge(entry->d_name, since, pid);
            found = kind > found ? kind : found;
            if (kind == PROGRAM_CRASH_BUNDLE && snprintf(ret_path, PATH_MAX, "%s%s/%s", dirs->prefix,
                                                         dirs->path[i], entry->d_name) >= PATH_MAX)
                return -ENAMETOOLONG;
        }
        if (dir)
            (void)closedir(dir);
    }
    return found;
}

static int put(int dir, const char *name, const char *text)
{
    if (!text)
        return unlinkat(dir, name, 0) < 0 ? -errno : 0;
    int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    const ssize_t bytes = write(fd, text, strlen(text));
    int error = bytes < 0 ? -errno : bytes == (ssize_t)strlen(text) ? 0 : -EIO;
    (void)close(fd);
    return error;
}

int program_crash_dirs_put(const struct program_crash_dirs *dirs, const char *name, const char *text)
{
    int fd = -ENOENT;
    for (int i = 0; i < PROGRAM_CRASH_DIRS && fd < 0; i++)
        fd = dirs->path[i][0] ? open_below(dirs, dirs->path[i]) : -ENOENT;
    if (fd < 0)
        return fd;
    take_on(dirs);
    int error = put(fd, name, text);
    give_up();
    (void)close(fd);
    return error;
}
