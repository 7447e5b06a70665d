/* SPDX-License-Identifier: MIT */
/* What every program of these tests needs: facts on stdout, time, tasks. */
#include "facts.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* By write(2): stdio's lock may be one of those that a case has lost. */
void fact(const char *key, const char *format, ...)
{
    char value[200], line[300];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(value, sizeof value, format, arguments);
    va_end(arguments);
    int length = snprintf(line, sizeof line, "%s=%s\n", key, value);
    if (write(STDOUT_FILENO, line, (size_t)length) < 0)
        _exit(70);
}

void give_up(const char *what)
{
    dprintf(STDERR_FILENO, "recovery test: %s: %s\n", what, strerror(errno));
    _exit(70);
}

void sleep_ms(long ms)
{
    struct timespec pause = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&pause, NULL);
}

struct timespec deadline_in(long ms)
{
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_sec += ms / 1000;
    at.tv_nsec += ms % 1000 * 1000000;
    if (at.tv_nsec >= 1000000000) {
        at.tv_nsec -= 1000000000;
        at.tv_sec++;
    }
    return at;
}

size_t count_tasks(void)
{
    DIR *directory = opendir("/proc/self/task");
    struct dirent *entry;
    size_t tasks = 0;
    if (directory == NULL)
        give_up("/proc/self/task");
    while ((entry = readdir(directory)) != NULL)
        tasks += entry->d_name[0] != '.';
    closedir(directory);
    return tasks;
}

/* A task may be seen for a moment after its join. */
bool tasks_are_back(size_t before)
{
    for (int i = 0; i < 2500; i++) {
        if (count_tasks() <= before)
            return true;
        sleep_ms(1);
    }
    return false;
}
