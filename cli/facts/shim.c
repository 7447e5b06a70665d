/* SPDX-License-Identifier: MIT */
#include "facts/shim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/text.h"
#include "facts/place.h"

#define OBJECT "libcrumple.so"
#define WRITER "crumple-writer"
#define TOPIC  "files"

bool shim_in_list(const char *list, char ret[PATH_MAX])
{
    for (const char *at = list ? list : ""; *at;) {
        at += strspn(at, " :\t\n");
        int n = (int)strcspn(at, " :\t\n");
        if (n >= (int)sizeof OBJECT - 1 && n < PATH_MAX) {
            snprintf(ret, PATH_MAX, "%.*s", n, at);
            if (strncmp(text_base_name(ret), OBJECT, sizeof OBJECT - 1) == 0)
                return true;
        }
        at += n;
    }
    return false;
}

/* Whether the user has these rights to the file; *ret_status is that of the file. */
static int try_file(int root, const struct user *user, const char *path, unsigned rights,
                    struct stat *ret_status, struct shim_facts *facts)
{
    char folder[PATH_MAX];
    int error = user_reaches(root, user, path, folder, sizeof folder);
    if (error == -EACCES)
        memcpy(facts->refuses, folder, sizeof folder);
    if (!error)
        error = place_stat(root, path, ret_status);
    return error ? error : user_may(user, ret_status, rights) ? 0 : -EACCES;
}

static void name_writer(struct shim_facts *facts, const char *between)
{
    const int folder = (int)(text_base_name(facts->object) - facts->object);
    if (snprintf(facts->writer, sizeof facts->writer, "%.*s%s" WRITER, folder, facts->object, between) >=
        (int)sizeof facts->writer)
        facts->writer[0] = '\0';
}

void shim_read(int root, const struct user *user, const char *writer, struct shim_facts *ret)
{
    struct stat object = {0}, status = {0};
    ret->object_error = try_file(root, user, ret->object, 4, &object, ret);
    int fd = place_open(root, ret->object, O_PATH);
    struct statvfs system;
    ret->is_no_exec = fd >= 0 && fstatvfs(fd, &system) == 0 && (system.f_flag & ST_NOEXEC);
    if (fd >= 0)
        (void)close(fd);
    if (*writer)
        snprintf(ret->writer, sizeof ret->writer, "%s", writer);
    else
        name_writer(ret, "");
    ret->writer_error = try_file(root, user, ret->writer, 1, &status, ret);
    if (ret->writer_error == -ENOENT && !*writer) {
        name_writer(ret, "../");
        ret->writer_error = try_file(root, user, ret->writer, 1, &status, ret);
        if (ret->writer_error == -ENOENT)
            name_writer(ret, ""); /* where it is expected first */
    }
    /* As preload/out/writer_exec.c. */
    ret->is_untrusted =
        !ret->writer_error &&
        ((status.st_uid != 0 && status.st_uid != user->uid && status.st_uid != object.st_uid) ||
         (status.st_mode & 002));
}

static void say_unreadable(const struct shim_facts *facts, const struct user *user, struct verdicts *ret)
{
    if (facts->object_error == -EACCES)
        verdicts_add(ret, VERDICT_FAIL, TOPIC, "user %u cannot read %s: the loader leaves it out",
                     (unsigned)user->uid, facts->object);
    else
        verdicts_add(ret, VERDICT_FAIL, TOPIC, "%s: %s", facts->object, strerror(-facts->object_error));
    if (facts->object_error == -EACCES && *facts->refuses)
        verdicts_advise(ret, "chmod o+x '%s', or 'crumple install' into a folder that everybody can enter",
                        facts->refuses);
    else
        verdicts_advise(ret, "crumple install DIR, then LD_PRELOAD=DIR/%s" OBJECT,
                        facts->is_for_musl ? "musl/" : "");
}

void shim_judge(const struct shim_facts *facts, const struct user *user, struct verdicts *ret)
{
    if (facts->is_relative) {
        verdicts_add(
            ret, VERDICT_FAIL, TOPIC,
            "LD_PRELOAD names '%s' without an absolute path: the loader looks for it in the folder in which "
            "each program starts",
            facts->object);
        verdicts_advise(ret, "LD_PRELOAD=/path/to/%s" OBJECT, facts->is_for_musl ? "musl/" : "");
    } else if (facts->object_error) {
        say_unreadable(facts, user, ret);
    } else if (facts->is_of_other_libc) {
        verdicts_add(ret, VERDICT_FAIL, TOPIC, "%s is for %s, and the program is of %s: it stays out",
                     facts->object, facts->is_for_musl ? "glibc" : "musl",
                     facts->is_for_musl ? "musl" : "glibc");
        verdicts_advise(ret,
                        "LD_PRELOAD=DIR/%s" OBJECT ", of what 'crumple install DIR' copies, or 'crumple run'",
                        facts->is_for_musl ? "musl/" : "");
    } else if (facts->is_no_exec) {
        verdicts_add(ret, VERDICT_FAIL, TOPIC,
                     "%s is on a file system that is mounted noexec: it cannot be loaded", facts->object);
        verdicts_advise(ret, "crumple install into a folder of another file system");
    } else if (facts->writer_error) {
        verdicts_add(ret, VERDICT_WARN, TOPIC,
                     "user %u cannot run %s (%s): a crash leaves a core for 'crumple collect'",
                     (unsigned)user->uid, facts->writer, strerror(-facts->writer_error));
        verdicts_advise(ret, "crumple install puts it beside " OBJECT);
    } else if (facts->is_untrusted) {
        verdicts_add(
            ret, VERDICT_WARN, TOPIC,
            "another user can change %s, so it is not run: a crash leaves a core for 'crumple collect'",
            facts->writer);
        verdicts_advise(ret, "chown root '%s'; chmod 755 '%s'", facts->writer, facts->writer);
    } else {
        verdicts_add(ret, VERDICT_OK, TOPIC, "%s, with crumple-writer; user %u can use both", facts->object,
                     (unsigned)user->uid);
    }
}
