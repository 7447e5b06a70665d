/* SPDX-License-Identifier: MIT */
/* The place of the index: see rows/index_file.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "rows/index_file.h"

#define FOLDER       "crumple"
#define FOLDER_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)
#define FILE_PREFIX  "rows-"
#define LOCK_TRIES   25 /* times 2 ms: who holds it copies some megabytes */
#define UNUSED_S     (90 * 86400)

/* Root does not use, let alone make, files in the home of another user (sudo keeps HOME on some systems). */
static bool is_own(int fd, mode_t forbidden)
{
    struct stat st;
    return fstat(fd, &st) == 0 && st.st_uid == geteuid() && !(st.st_mode & forbidden);
}

/* Closes above. Returns a descriptor or -1. */
static int step_into(int above, const char *name, int flags, mode_t forbidden)
{
    int fd = openat(above, name, FOLDER_FLAGS | flags);

    if (fd < 0 && errno == ENOENT && mkdirat(above, name, 0700) == 0)
        fd = openat(above, name, FOLDER_FLAGS | flags);
    close(above);
    if (fd >= 0 && !is_own(fd, forbidden)) {
        close(fd);
        return -1;
    }
    return fd;
}

static int open_folder(void)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    const bool is_named = cache && *cache == '/';
    const char *base = is_named ? cache : home && *home == '/' ? home : NULL;
    int fd = base ? open(base, FOLDER_FLAGS) : -1;

    if (fd >= 0 && !is_own(fd, S_IWOTH)) {
        close(fd);
        fd = -1;
    }
    if (fd >= 0 && !is_named)
        fd = step_into(fd, ".cache", 0, S_IWOTH);
    return fd < 0 ? -1 : step_into(fd, FOLDER, O_NOFOLLOW, S_IRWXG | S_IRWXO);
}

/* Directories go; what was known of them would stay for ever. Closes nothing. */
static void remove_unused(int folder)
{
    int fd = openat(folder, ".", FOLDER_FLAGS);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    struct stat st;

    for (const struct dirent *file; dir && (file = readdir(dir));)
        if (strncmp(file->d_name, FILE_PREFIX, sizeof FILE_PREFIX - 1) == 0 &&
            fstatat(folder, file->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
            time(NULL) - st.st_mtime > UNUSED_S)
            (void)unlinkat(folder, file->d_name, 0);
    if (dir)
        closedir(dir);
    else if (fd >= 0)
        close(fd);
}

static bool lock(int fd, int how)
{
    const struct timespec pause = {.tv_nsec = 2000000};

    for (int i = 0; i < LOCK_TRIES; i++) {
        if (flock(fd, how | LOCK_NB) == 0)
            return true;
        if (errno != EWOULDBLOCK)
            return false;
        nanosleep(&pause, NULL);
    }
    return false;
}

static int open_file(int folder, int dir_fd)
{
    char name[64];
    struct stat st;

    if (fstat(dir_fd, &st) < 0)
        return -errno;
    snprintf(name, sizeof name, FILE_PREFIX "%llx-%llx", (unsigned long long)st.st_dev,
             (unsigned long long)st.st_ino);
    const int flags = O_RDWR | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
    int fd = openat(folder, name, flags);
    if (fd < 0 && errno == ENOENT) {
        remove_unused(folder);
        fd = openat(folder, name, flags | O_CREAT, 0600);
    }
    if (fd < 0)
        return -errno;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1 && is_own(fd, S_IRWXG | S_IRWXO))
        return fd;
    close(fd);
    return -EPERM;
}

/* Not mapped: somebody may make the file shorter. */
static int read_whole(struct index_file *file)
{
    struct stat st;
    ssize_t part = 1;

    if (fstat(file->fd, &st) < 0)
        return -errno;
    if (st.st_size > (off_t)INDEX_FILE_MIB_MAX << 20)
        return 0;
    const size_t room = (size_t)st.st_size;
    file->text = malloc(room + 1);
    while (file->text && file->size < room && part > 0) {
        part = pread(file->fd, file->text + file->size, room - file->size, (off_t)file->size);
        file->size += part > 0 ? (size_t)part : 0;
    }
    if (file->text)
        file->text[file->size] = '\0'; /* a number at its end ends */
    return !file->text ? -ENOMEM : part < 0 ? -errno : 0;
}

int index_file_open(int dir_fd, struct index_file *ret_file)
{
    struct index_file file = {.fd = -1};
    int folder = open_folder();

    if (folder < 0)
        return -ENOENT;
    file.fd = open_file(folder, dir_fd);
    close(folder);
    if (file.fd < 0)
        return file.fd;
    int error = lock(file.fd, LOCK_SH) ? read_whole(&file) : -EWOULDBLOCK;
    (void)flock(file.fd, LOCK_UN);
    if (error < 0)
        index_file_close(&file);
    else
        *ret_file = file;
    return error;
}

static int write_all(int fd, const char *bytes, size_t size)
{
    for (ssize_t part; size > 0; bytes += part, size -= (size_t)part) {
        part = write(fd, bytes, size);
        if (part <= 0)
            return part < 0 ? -errno : -ENOSPC;
    }
    return 0;
}

/* Who was killed here has left a part of a line: it must not become the beginning of the next one. */
static int write_behind(int fd, const char *lines, size_t size, off_t before)
{
    char last = '\n';
    int error = before > 0 && pread(fd, &last, 1, before - 1) < 0 ? -errno : 0;

    if (error == 0 && last != '\n')
        error = write_all(fd, "\n", 1);
    return error ? error : write_all(fd, lines, size);
}

int index_file_write(const struct index_file *file, const char *lines, size_t size, bool replace)
{
    struct stat st;
    int error = 0;

    (void)signal(SIGXFSZ, SIG_IGN); /* a limit of file size is no reason to die */
    if (!lock(file->fd, LOCK_EX))
        return -EWOULDBLOCK;
    if (replace && ftruncate(file->fd, 0) < 0)
        error = -errno;
    if (!error && fstat(file->fd, &st) < 0)
        error = -errno;
    if (!error && st.st_size + (off_t)size <= (off_t)INDEX_FILE_MIB_MAX << 20) {
        error = write_behind(file->fd, lines, size, st.st_size);
        if (error)
            (void)!ftruncate(file->fd, st.st_size);
    }
    (void)flock(file->fd, LOCK_UN);
    return error;
}

void index_file_close(struct index_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    free(file->text);
    *file = (struct index_file){.fd = -1};
}
