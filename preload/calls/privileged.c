/* SPDX-License-Identifier: MIT */
#include "calls/privileged.h"

#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "state/config.h"
#include "crumple_options.h"
#include "state/told.h"
#include "proc/try.h"
#include "out/say.h"
#include "base/sys.h"
#include "base/text.h"

#define VARIABLES_MAX 1024
#define NO_SUID       2 /* ST_NOSUID, f_flags of statfs(2) */

const char *privileged_reason(const struct privileged_facts *f)
{
    const bool is_setuid = (f->mode & S_ISUID) && !f->is_ignored;
    const bool is_setgid = (f->mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) && !f->is_ignored;
    if (is_setuid && f->owner != f->ruid)
        return "it is setuid";
    if (is_setgid && f->group != f->rgid)
        return "it is setgid";
    if (!is_setuid && f->euid != f->ruid)
        return "the effective user of this process is not its real user";
    if (!is_setgid && f->egid != f->rgid)
        return "the effective group of this process is not its real group";
    return f->has_capabilities && !f->is_ignored && f->ruid != 0 ? "it has file capabilities" : NULL;
}

/* Nothing that the kernel would have checked is read directly. Returns the length, or -1 if it is not readable or too
 * long. */
static long copy_string(char *to, const char *from, size_t size)
{
    for (size_t n = 0; n < size; n++) {
        if (!safe_try_read(to + n, from + n, 1))
            return -1;
        if (!to[n])
            return (long)n;
    }
    return -1;
}

/* A program that is started without the shim is not meant to have it. */
static bool is_preloaded(char *const *envp)
{
    static const char name[] = "LD_PRELOAD=";
    char text[512], *string;
    for (int i = 0; i < VARIABLES_MAX; i++) {
        if (!safe_try_read(&string, envp + i, sizeof string) || !string)
            return false;
        if (safe_try_read(text, string, sizeof name - 1) && memcmp(text, name, sizeof name - 1) == 0)
            return copy_string(text, string, sizeof text) > 0 && strstr(text, "libcrumple") != NULL;
    }
    return false;
}

/* False: nothing will be executed. */
static bool find_file(const char *path, struct privileged_facts *f)
{
    struct statfs system;
    struct stat status;
    if (safe_call(SYS_newfstatat, AT_FDCWD, path, &status, 0) < 0 || !S_ISREG(status.st_mode) ||
        !(status.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)))
        return false;
    f->owner = status.st_uid;
    f->group = status.st_gid;
    f->mode = status.st_mode;
    f->has_capabilities = f->ruid != 0 && safe_call(SYS_getxattr, path, "security.capability", NULL, 0) > 0;
    if (privileged_reason(f))
        f->is_ignored = safe_call(SYS_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ||
                        (safe_call(SYS_statfs, path, &system) == 0 && (system.f_flags & NO_SUID));
    return true;
}

char *const *privileged_environ(void)
{
    char *const *envp = NULL;
    if (crumple_config && crumple_config->environ_variable)
        (void)safe_try_read(&envp, (const void *)crumple_config->environ_variable, sizeof envp);
    return envp;
}

static void say(const char *name, const char *reason)
{
    char buffer[CONFIG_PATH_BYTES + 192];
    struct safe_text t = safe_text_on(buffer, sizeof buffer);
    safe_text_add(&t, "crumple: '");
    safe_text_add_clean(&t, name, strlen(name));
    safe_text_add(&t,
                  "' runs without crumple, which will not report its crashes: the loader ignores LD_PRELOAD "
                  "(AT_SECURE), because ");
    safe_text_add(&t, reason);
    safe_text_add(&t, "\n");
    safe_say_text(&t);
}

void privileged_warn(const char *path, char *const *envp, bool is_searched)
{
    char name[CONFIG_PATH_BYTES];
    if (!crumple_config || crumple_config->stderr_mode == CRUMPLE_STDERR_OFF || !is_preloaded(envp) ||
        copy_string(name, path, sizeof name) <= 0)
        return;
    /* A filter that kills may know the calls of this process, and not these. */
    if (safe_call(SYS_prctl, PR_GET_SECCOMP, 0, 0, 0, 0) != 0)
        return;
    struct privileged_facts facts = {
        .ruid = (uint32_t)safe_call(SYS_getuid),
        .euid = (uint32_t)safe_call(SYS_geteuid),
        .rgid = (uint32_t)safe_call(SYS_getgid),
        .egid = (uint32_t)safe_call(SYS_getegid),
    };
    /* Of a name that libc will look for the file is not known: as if it had no bits. */
    if ((!is_searched || strchr(name, '/')) && !find_file(name, &facts))
        return;
    const char *reason = privileged_reason(&facts);
    if (reason && safe_say_wanted() && safe_told_first(name, 0))
        say(name, reason);
}
