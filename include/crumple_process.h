/* SPDX-License-Identifier: MIT */
/* Does the process of an event still run? For the writer and the CLI: events have only the number of the process. */
#ifndef CRUMPLE_PROCESS_H
#define CRUMPLE_PROCESS_H

#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CRUMPLE_PROCESS_SLACK_US 1000000 /* the clock may have been set a little since */

static inline int64_t crumple_process_clock_us(clockid_t id)
{
    struct timespec now = {0, 0};
    (void)clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/**
 * Returns when the process with this number began, in microseconds since 1970, or INT64_MAX if none runs. Of
 * /proc/PID/stat (proc_pid_stat(5)): state is field 3, starttime field 22, both behind the last ')'.
 */
static inline int64_t crumple_process_start_us(int64_t pid)
{
    char text[1024];
    snprintf(text, sizeof text, "/proc/%" PRId64 "/stat", pid);
    int fd = open(text, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        (void)close(fd);
    text[size > 0 ? size : 0] = '\0';
    const char *at = strrchr(text, ')');
    if (!at || strlen(at) < 4 || at[2] == 'Z' || at[2] == 'X')
        return INT64_MAX;
    for (int field = 2; at && field < 22; field++)
        at = strchr(at + 1, ' ');
    if (!at)
        return INT64_MAX;
    int64_t ticks = strtoll(at + 1, NULL, 10), frequency = sysconf(_SC_CLK_TCK);
    return crumple_process_clock_us(CLOCK_REALTIME) - crumple_process_clock_us(CLOCK_BOOTTIME) +
           ticks * (1000000 / frequency);
}

/** True if a process that began at start_us may be the one of an event of that time. */
static inline bool crumple_process_is_of(int64_t start_us, int64_t event_us)
{
    return start_us != INT64_MAX && start_us <= event_us + CRUMPLE_PROCESS_SLACK_US;
}

#endif
