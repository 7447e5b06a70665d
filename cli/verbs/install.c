/* SPDX-License-Identifier: MIT */
/*
 * crumple install: copies crumple into a directory, each file under a temporary name that is then renamed. A
 * file that running servers have mapped must never be written over: cp and rsync --inplace do that, and a
 * server loses the pages it has not touched yet, then dies.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/self.h"
#include "base/text.h"
#include "screen/out.h"
#include "verbs/verbs.h"

#define NAME_BYTES  64
#define MUSL_FOLDER "musl"

/* In this order: a shim must find its writer, beside it or in the folder above. */
static const char *const names[] = {"crumple-writer", "libcrumple.so", MUSL_FOLDER "/libcrumple.so",
                                    "crumple",        "crumple-drill", "crumple-run"};
enum { NAMES = sizeof names / sizeof names[0] };

struct settings {
    char unused;
};

struct place {
    int from, to; /* directories */
    const char *path;
    bool has_made;                     /* the folder for musl */
    char temporary[NAMES][NAME_BYTES]; /* empty: none */
};

/* The directory of the running program. */
static int open_own_directory(void)
{
    char *path = self_beside("");
    int fd = path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1, error = -errno;

    free(path);
    return fd < 0 ? error : fd;
}

/* Root preloads the library, so no other user may be able to change it. */
static bool is_safe(const struct stat *to, const char *path, const char *folder)
{
    if (to->st_uid != 0 && to->st_uid != geteuid()) {
        say("'%s%s' belongs to user %u, who could replace the preloaded library; nothing was installed", path,
            folder, (unsigned)to->st_uid);
        return false;
    }
    if (to->st_mode & (S_IWGRP | S_IWOTH)) {
        say("'%s%s' is writable for others than its owner (mode %04o), who could replace the preloaded library; nothing was installed",
            path, folder, (unsigned)(to->st_mode & 07777));
        return false;
    }
    return true;
}

static bool is_right_directory(const struct place *place)
{
    struct stat from, to;

    if (fstat(place->from, &from) < 0 || fstat(place->to, &to) < 0) {
        say("cannot inspect '%s': %s; nothing was installed", place->path, strerror(errno));
        return false;
    }
    if (from.st_dev == to.st_dev && from.st_ino == to.st_ino) {
        say("'%s' is the directory of this crumple; nothing was installed", place->path);
        return false;
    }
    return is_safe(&to, place->path, "");
}

static bool make_musl_folder(struct place *place)
{
    struct stat folder;

    place->has_made = mkdirat(place->to, MUSL_FOLDER, 0755) == 0;
    if ((!place->has_made && errno != EEXIST) ||
        fstatat(place->to, MUSL_FOLDER, &folder, AT_SYMLINK_NOFOLLOW) < 0) {
        say("cannot make '%s/" MUSL_FOLDER "': %s; nothing was installed", place->path, strerror(errno));
        return false;
    }
    if (!S_ISDIR(folder.st_mode)) {
        say("'%s/" MUSL_FOLDER "' is no directory; nothing was installed", place->path);
        return false;
    }
    return is_safe(&folder, place->path, "/" MUSL_FOLDER);
}

static bool open_place(const char *path, struct place *ret)
{
    ret->path = path;
    ret->to = -1;
    ret->from = open_own_directory();
    if (ret->from < 0) {
        say("cannot find this program's own directory: %s; nothing was installed", strerror(-ret->from));
        return false;
    }
    if (mkdir(path, 0755) < 0 && errno != EEXIST) {
        say("cannot make '%s': %s; nothing was installed", path, strerror(errno));
        return false;
    }
    ret->to = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (ret->to < 0) {
        say("cannot open '%s': %s; nothing was installed", path, strerror(errno));
        return false;
    }
    return is_right_directory(ret) && make_musl_folder(ret);
}

static int copy_bytes(int from, int to)
{
    static char buffer[1 << 16];
    ssize_t n;

    while ((n = read(from, buffer, sizeof buffer)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        for (ssize_t done = 0, written; done < n; done += written) {
            written = write(to, buffer + done, (size_t)(n - done));
            if (written < 0 && errno == EINTR)
                written = 0;
            if (written < 0)
                return -errno;
        }
    }
    return 0;
}

/* Into a new file under the temporary name, on the disk when this returns 0. */
static int copy_one(struct place *place, int i)
{
    struct stat st;
    int from = openat(place->from, names[i], O_RDONLY | O_CLOEXEC);

    if (from < 0)
        return -errno;
    if (fstatat(place->to, names[i], &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(st.st_mode)) {
        close(from);
        return -EEXIST;
    }
    const char *base = text_base_name(names[i]);
    snprintf(place->temporary[i], NAME_BYTES, "%.*s.%s.%ld.tmp", (int)(base - names[i]), names[i], base,
             (long)getpid());
    int to = openat(place->to, place->temporary[i], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int error = to < 0 ? -errno : copy_bytes(from, to);
    if (error == 0 && (fchmod(to, 0755) < 0 || fsync(to) < 0))
        error = -errno;
    if (to < 0)
        place->temporary[i][0] = '\0';
    else if (close(to) < 0 && error == 0)
        error = -errno;
    close(from);
    return error;
}

static void sync_folder(int at, const char *name, const char *path)
{
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0 || fsync(fd) < 0)
        say("cannot sync '%s' to the disk: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
}

/* All are copied before the first is renamed: most trouble comes while nothing has changed yet. */
static int install(struct place *place)
{
    for (int i = 0; i < NAMES; i++) {
        int error = copy_one(place, i);

        if (error < 0) {
            say("cannot install '%s/%s': %s; nothing was installed", place->path, names[i],
                error == -EEXIST ? "an object of that name exists and is not a plain file"
                                 : strerror(-error));
            return VERB_DAMAGED;
        }
    }
    for (int i = 0; i < NAMES; i++) {
        if (renameat(place->to, place->temporary[i], place->to, names[i]) < 0) {
            say("cannot rename '%s/%s' to '%s': %s; the installed files are now of different versions",
                place->path, place->temporary[i], names[i], strerror(errno));
            return VERB_DAMAGED;
        }
        place->temporary[i][0] = '\0';
        printf("installed %s/%s\n", place->path, names[i]);
    }
    sync_folder(place->to, ".", place->path);
    sync_folder(place->to, MUSL_FOLDER, place->path);
    return VERB_OK;
}

static int run(const void *settings, const struct options_operands *operands)
{
    struct place place = {.from = -1, .to = -1};
    int status = VERB_DAMAGED;

    (void)settings;
    if (operands->count == 0) {
        say("which directory? see 'crumple install --help'");
        return VERB_USAGE;
    }
    if (open_place(operands->words[0], &place))
        status = install(&place);
    for (int i = 0; i < NAMES; i++)
        if (place.temporary[i][0])
            unlinkat(place.to, place.temporary[i], 0);
    if (place.from >= 0)
        close(place.from);
    if (status != VERB_OK && place.has_made)
        (void)unlinkat(place.to, MUSL_FOLDER, AT_REMOVEDIR);
    if (place.to >= 0)
        close(place.to);
    return status;
}

static const struct options_row options[] = {{0, NULL, NULL, NULL, NULL, 0}};

const struct verb verbs_install_verb = {
    .name = "install",
    .operands = "DIR",
    .summary = "install crumple into a directory, even while servers use it",
    .about =
        "Copies libcrumple.so (for glibc), musl/libcrumple.so (for musl, as in Alpine), crumple-writer, crumple, crumple-drill and crumple-run from the directory of this program into DIR, which is created if its parent exists. "
        "Each file gets a temporary name and is then renamed, so a server that runs with an older version keeps that version until it restarts. "
        "Never write over libcrumple.so (cp, rsync --inplace): servers that run with it die.",
    .examples =
        (const struct verb_example[]){
            {"build/crumple install /opt/crumple", "for LD_PRELOAD=/opt/crumple/libcrumple.so"},
            {NULL, NULL},
        },
    .options = options,
    .exits =
        (const struct verb_exit_text[]){
            {VERB_OK, "All six files are installed."},
            {VERB_USAGE, "Wrong usage."},
            {VERB_DAMAGED, "The installation failed; stderr says what was done."},
            {0, NULL},
        },
    .settings_size = sizeof(struct settings),
    .operands_max = 1,
    .run = run,
};
