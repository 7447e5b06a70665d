/* SPDX-License-Identifier: MIT */
/* Facts for the tests, written without stdio: some victims die with its locks held. */
#include "victim.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

void fact(const char *key, const char *format, ...)
{
    char value[200];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(value, sizeof value, format, arguments);
    va_end(arguments);

    char line[300];
    int length = snprintf(line, sizeof line, "%s=%s\n", key, value);
    if (write(STDOUT_FILENO, line, (size_t)length) < 0)
        _exit(70);
}

/* Raw getdents64: opendir would use the allocator, which some victims have damaged by now. */
size_t count_tasks(void)
{
    int directory = (int)syscall(SYS_open, "/proc/self/task", 0200000 /* O_DIRECTORY */, 0);
    if (directory < 0)
        give_up("/proc/self/task");

    size_t tasks = 0;
    char buffer[8192];
    for (;;) {
        long got = syscall(SYS_getdents64, directory, buffer, sizeof buffer);
        if (got <= 0)
            break;
        for (long at = 0; at < got;) {
            struct dirent64 *entry = (struct dirent64 *)(buffer + at);
            tasks += entry->d_name[0] != '.';
            at += entry->d_reclen;
        }
    }
    close(directory);
    return tasks;
}

void announce(void)
{
    fact("pid", "%d", (int)getpid());
    fact("tid", "%d", (int)own_tid());
    fact("tasks", "%zu", count_tasks());
}

pid_t own_tid(void)
{
    return (pid_t)syscall(SYS_gettid);
}

void give_up(const char *what)
{
    dprintf(STDERR_FILENO, "victim: %s: %s\n", what, strerror(errno));
    _exit(70);
}
