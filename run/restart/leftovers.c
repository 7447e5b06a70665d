/* SPDX-License-Identifier: MIT */
#include "restart/leftovers.h"

#include <dirent.h>
#include <fcntl.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crumple_run_options.h"
#include "program_process.h"

#define OWN_NAME "crumple-" /* what crumple's processes are called */
#define BUNDLE_MEMBER                                                                                        \
    "CRUMPLE_BUNDLE" /* in the environment of commands of --on-bundle, and of what they start */

#define LIST_BYTES 8192 /* of processes; the others are found when these are gone */

/* Without it, crumple-run need not look. */
static bool has_children(void)
{
    siginfo_t info;
    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/* In the server's own session; or, in another one, it has not shown that it is somebody else's: a server may overwrite its environment
 * (setproctitle). */
static bool is_of_server(const struct leftovers_of *of, pid_t pid, pid_t session)
{
    char value[4096];
    if (program_process_environment(pid, BUNDLE_MEMBER, value, sizeof value))
        return false;
    if (session == getsid(0) || session == of->server)
        return true;
    if (program_process_environment(pid, CRUMPLE_RUN_ID_VARIABLE, value, sizeof value))
        return strcmp(value, of->run_id) == 0;
    return !program_process_environment(pid, "PATH", value, sizeof value);
}

static bool look(const struct leftovers_of *of, pid_t pid, struct leftover *ret)
{
    struct program_process process;
    if (program_process_read(pid, 0, &process) < 0 || process.ppid != of->self || strchr("ZX", process.state))
        return false;
    *ret = (struct leftover){pid, getsid(pid), process.start};
    if ((of->is_other && of->is_other(of->context, ret)) ||
        strncmp(process.name, OWN_NAME, sizeof OWN_NAME - 1) == 0)
        return false;
    return is_of_server(of, pid, ret->session);
}

/* The kernel's own list (proc(5): CONFIG_PROC_CHILDREN), which is quick on a host with thousands of processes. It may leave out one while
 * others end: who finds none looks twice. -1: there is no list. */
static long find_in_list(const struct leftovers_of *of, struct leftover *ret, size_t max)
{
    char path[64], text[LIST_BYTES];
    size_t count = 0;
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)of->self, (int)of->self);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t size = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
    if (fd >= 0)
        (void)close(fd);
    if (size < 0)
        return -1;
    text[size] = '\0';
    char *rest = text;
    for (char *word; count < max && (word = strsep(&rest, " "));)
        if (*word && look(of, (pid_t)strtol(word, NULL, 10), &ret[count]))
            count++;
    return (long)count;
}

static size_t find_in_proc(const struct leftovers_of *of, struct leftover *ret, size_t max)
{
    size_t count = 0;
    DIR *folder = opendir("/proc");
    for (struct dirent *entry; folder && count < max && (entry = readdir(folder));) {
        const pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (pid > 0 && look(of, pid, &ret[count]))
            count++;
    }
    if (folder)
        (void)closedir(folder);
    return count;
}

size_t leftovers_find(const struct leftovers_of *of, struct leftover *ret, size_t max)
{
    if (!has_children())
        return 0;
    long count = find_in_list(of, ret, max);
    if (count == 0)
        count = find_in_list(of, ret, max);
    return count < 0 ? find_in_proc(of, ret, max) : (size_t)count;
}

const struct leftover *leftovers_daemon(const struct leftover *all, size_t count, pid_t session)
{
    const struct leftover *found = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct leftover *one = &all[i];
        if (one->session == session)
            continue;
        const bool leads = one->pid == one->session, found_leads = found && found->pid == found->session;
        if (!found || (leads && !found_leads) || (leads == found_leads && one->start < found->start))
            found = one;
    }
    return found;
}

int leftovers_signal(const char *name)
{
    static const struct {
        const char *name;
        int signal;
    } graceful[] = {{"nginx", SIGQUIT},
                    {"php-fpm", SIGQUIT},
                    {"postgres", SIGQUIT},
                    {"apache2", SIGUSR1},
                    {"httpd", SIGUSR1}};
    for (size_t i = 0; i < sizeof graceful / sizeof graceful[0]; i++)
        if (strncmp(name, graceful[i].name, strlen(graceful[i].name)) == 0) /* php-fpm8.2 */
            return graceful[i].signal;
    return SIGTERM;
}
