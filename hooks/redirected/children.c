/* SPDX-License-Identifier: MIT */
/*
 * waitpid, wait3, wait4, waitid with __WALL or __WCLONE: they alone can find the keeper, once it has ended,
 * and an application would take it for a child of its own. It is reaped and not reported. Redirected, not
 * exported.
 */
#include <sys/resource.h>
#include <sys/wait.h>

#include "redirected/redirected.h"
#include "contain/keeper.h"

static struct {
    pid_t (*waitpid)(pid_t pid, int *status, int options);
    pid_t (*wait3)(int *status, int options, struct rusage *usage);
    pid_t (*wait4)(pid_t pid, int *status, int options, struct rusage *usage);
    int (*waitid)(idtype_t type, id_t id, siginfo_t *info, int options);
} libc;

static bool is_ours(pid_t pid, int options)
{
    return pid > 0 && (options & (int)(__WALL | __WCLONE)) && safe_keeper_collected(pid);
}

static pid_t wait_pid(pid_t pid, int *status, int options)
{
    pid_t found;
    do
        found = libc.waitpid(pid, status, options);
    while (is_ours(found, options));
    return found;
}

static pid_t wait_3(int *status, int options, struct rusage *usage)
{
    pid_t found;
    do
        found = libc.wait3(status, options, usage);
    while (is_ours(found, options));
    return found;
}

static pid_t wait_4(pid_t pid, int *status, int options, struct rusage *usage)
{
    pid_t found;
    do
        found = libc.wait4(pid, status, options, usage);
    while (is_ours(found, options));
    return found;
}

static int wait_id(idtype_t type, id_t id, siginfo_t *info, int options)
{
    int error;
    /* With WNOWAIT it is still there to be found again: then it is collected here. */
    do
        error = libc.waitid(type, id, info, options);
    while (error == 0 && info && is_ours(info->si_pid, options));
    return error;
}

static const struct redirect rows[] = {
    REDIRECTED(waitpid, wait_pid),
    REDIRECTED(wait3, wait_3),
    REDIRECTED(wait4, wait_4),
    REDIRECTED(waitid, wait_id),
};

REDIRECTED_FAMILY(redirected_children, rows);
