/* SPDX-License-Identifier: MIT */
#include "facts/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "facts/place.h"

#define TOPIC       "directory"
#define DEFAULT_DIR "/var/crash/crumple" /* preload/start/start.c */

/* statfs(2), f_type. */
enum {
    NFS = 0x6969,
    CIFS = 0xff534d42,
    SMB2 = 0xfe534d42,
    FUSE = 0x65735546,
    CEPH = 0x00c36400,
    TMPFS = 0x01021994,
    OVERLAY = 0x794c7630
};

static struct directory_entry look(int root, const char *path)
{
    struct directory_entry entry = {0};
    entry.error = place_stat(root, path, &entry.status);
    return entry;
}

/* What is known of the file system that the path is, or will be, on. */
static void read_system(int root, const char *path, struct directory_facts *ret)
{
    int fd = place_open(root, path, O_PATH);
    struct statfs system;
    if (fd >= 0 && fstatfs(fd, &system) == 0) {
        const uint32_t type = (uint32_t)system.f_type;
        ret->is_read_only = system.f_flags & ST_RDONLY;
        ret->is_remote =
            type == NFS || type == (uint32_t)CIFS || type == (uint32_t)SMB2 || type == FUSE || type == CEPH;
        ret->is_memory = type == TMPFS;
        ret->is_layer = type == OVERLAY;
        ret->free_percent = system.f_blocks ? (unsigned)(100 * system.f_bavail / system.f_blocks) : 100;
    }
    if (fd >= 0)
        (void)close(fd);
}

void directory_read(int root, const struct user *user, const char *dir, const char *tmpdir,
                    struct directory_facts *ret)
{
    char path[DIRECTORY_PATH_BYTES + 32];
    *ret = (struct directory_facts){.is_asked = *dir, .free_percent = 100};
    snprintf(ret->base, sizeof ret->base, "%s", *dir ? dir : DEFAULT_DIR);
    snprintf(ret->fallback, sizeof ret->fallback, "%s", tmpdir && *tmpdir == '/' ? tmpdir : "/tmp");
    ret->entry = look(root, ret->base);
    snprintf(path, sizeof path, "%s", ret->base);
    ret->above = ret->entry;
    for (char *slash; ret->above.error == -ENOENT && (slash = strrchr(path, '/'));) {
        slash[slash == path] = '\0';
        ret->above = look(root, path);
        if (slash == path)
            break;
    }
    read_system(root, path, ret);
    const size_t n = strlen(path);
    memcpy(path + n, "/", 2);
    if (user_reaches(root, user, path, ret->refuses, sizeof ret->refuses) != -EACCES)
        ret->refuses[0] = '\0';
    snprintf(path, sizeof path, "%s/%u", ret->base, (unsigned)user->uid);
    ret->own = look(root, path);
    ret->temporary = look(root, ret->fallback);
    snprintf(path, sizeof path, "%s/crumple-%u", ret->fallback, (unsigned)user->uid);
    ret->temporary_own = look(root, path);
}

static bool is_private(const struct directory_entry *entry, const struct user *user)
{
    return !entry->error && S_ISDIR(entry->status.st_mode) && entry->status.st_uid == user->uid &&
           !(entry->status.st_mode & 022);
}

enum directory_answer directory_answer(const struct directory_facts *facts, const struct user *user)
{
    const struct stat *status = &facts->entry.status;
    if (facts->refuses[0])
        return DIRECTORY_NO_SEARCH;
    if (facts->is_read_only)
        return DIRECTORY_READ_ONLY;
    if (facts->entry.error == -ENOENT)
        return user_may(user, &facts->above.status, 3) && S_ISDIR(facts->above.status.st_mode)
                   ? DIRECTORY_READY
                   : DIRECTORY_NO_WRITE;
    if (facts->entry.error || !S_ISDIR(status->st_mode))
        return DIRECTORY_NO_FOLDER;
    if (status->st_uid != 0 && status->st_uid != user->uid)
        return DIRECTORY_FOREIGN;
    if ((status->st_mode & 022) && !(status->st_mode & S_ISVTX))
        return DIRECTORY_OPEN;
    if (facts->own.error == -ENOENT)
        return user_may(user, status, 3) ? DIRECTORY_READY : DIRECTORY_NO_WRITE;
    return is_private(&facts->own, user) ? DIRECTORY_READY : DIRECTORY_OWN_BAD;
}

static bool has_fallback(const struct directory_facts *facts, const struct user *user)
{
    if (facts->temporary_own.error == -ENOENT)
        return !facts->temporary.error && S_ISDIR(facts->temporary.status.st_mode) &&
               user_may(user, &facts->temporary.status, 3);
    return is_private(&facts->temporary_own, user);
}

static void say_refusal(enum directory_answer answer, const struct directory_facts *facts,
                        const struct user *user, const char *rest, enum verdict_level level,
                        struct verdicts *ret)
{
    const char *base = facts->base;
    const unsigned uid = user->uid;
    switch (answer) {
    case DIRECTORY_NO_SEARCH:
        verdicts_add(ret, level, TOPIC, "%s: user %u may not enter %s%s", base, uid, facts->refuses, rest);
        verdicts_advise(ret, "chmod o+x '%s', or choose another CRUMPLE_DIR", facts->refuses);
        return;
    case DIRECTORY_READ_ONLY:
        verdicts_add(ret, level, TOPIC, "%s: its file system is read-only%s", base, rest);
        verdicts_advise(ret, "mount a volume there, or choose another CRUMPLE_DIR");
        return;
    case DIRECTORY_NO_FOLDER:
        verdicts_add(ret, level, TOPIC, "%s: no directory, or it cannot be looked at%s", base, rest);
        verdicts_advise(ret, "choose another CRUMPLE_DIR");
        return;
    case DIRECTORY_FOREIGN:
        verdicts_add(ret, level, TOPIC, "%s belongs to user %u, who could replace directories in it%s", base,
                     (unsigned)facts->entry.status.st_uid, rest);
        verdicts_advise(ret, "chown root '%s', or CRUMPLE_DIR='%s/%u' if user %u may create that", base, base,
                        uid, uid);
        return;
    case DIRECTORY_OPEN:
        verdicts_add(ret, level, TOPIC, "%s: others could replace directories in it (mode %03o)%s", base,
                     (unsigned)facts->entry.status.st_mode & 07777, rest);
        verdicts_advise(ret, "chmod go-w '%s', or chmod +t '%s'", base, base);
        return;
    default:
        verdicts_add(ret, level, TOPIC,
                     answer == DIRECTORY_OWN_BAD
                         ? "%s/%u belongs to another user, or others can write to it%s"
                         : "%s: user %u cannot create a directory there%s",
                     base, uid, rest);
        verdicts_advise(ret, "install -d -m 711 '%s'; install -d -m 700 -o %u '%s/%u'", base, uid, base, uid);
    }
}

static void judge_system(const struct directory_facts *facts, struct verdicts *ret)
{
    if (facts->is_remote) {
        verdicts_add(
            ret, VERDICT_WARN, TOPIC,
            "%s is on a network or user file system: when that hangs, the start of the server hangs with it",
            facts->base);
        verdicts_advise(ret, "choose a local directory, and copy bundles from there");
    }
    if (facts->is_memory)
        verdicts_add(ret, VERDICT_NOTE, TOPIC,
                     "%s is in memory (tmpfs): bundles are gone after a restart of the machine or container",
                     facts->base);
    if (facts->is_layer) {
        verdicts_add(ret, VERDICT_NOTE, TOPIC,
                     "%s is in a container's own layer: bundles are gone with the container", facts->base);
        verdicts_advise(ret, "mount a volume there");
    }
    if (facts->free_percent < facts->keep_free_percent) {
        verdicts_add(
            ret, VERDICT_WARN, TOPIC,
            "%u%% of the space is free, less than the %u%% that CRUMPLE_KEEP leaves: old bundles are deleted at the next crash",
            facts->free_percent, facts->keep_free_percent);
        verdicts_advise(ret, "free space, or set CRUMPLE_KEEP=free=%u%%", facts->free_percent / 2);
    }
}

void directory_judge(const struct directory_facts *facts, const struct user *user, struct verdicts *ret)
{
    enum directory_answer answer = directory_answer(facts, user);
    char rest[DIRECTORY_PATH_BYTES + 80];
    if (answer == DIRECTORY_READY) {
        verdicts_add(ret, VERDICT_OK, TOPIC, "bundles of user %u%s%s%s go to %s/%u%s", (unsigned)user->uid,
                     *user->name ? " (" : "", user->name, *user->name ? ")" : "", facts->base,
                     (unsigned)user->uid, facts->own.error ? ", which is made" : "");
        judge_system(facts, ret);
        return;
    }
    const bool falls_back = has_fallback(facts, user);
    if (falls_back)
        snprintf(rest, sizeof rest, "; bundles go to %s/crumple-%u", facts->fallback, (unsigned)user->uid);
    else
        snprintf(rest, sizeof rest, "; nor can %s be used: a crash leaves no bundle", facts->fallback);
    say_refusal(answer, facts, user, rest,
                !falls_back       ? VERDICT_FAIL
                : facts->is_asked ? VERDICT_WARN
                                  : VERDICT_NOTE,
                ret);
}
