/* SPDX-License-Identifier: MIT */
#include "ledger/live_processes.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SLACK_US 1000000 /* the clock may have been set a little since */

static int64_t clock_us(clockid_t id)
{
    struct timespec now = {0};
    (void)clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Of /proc/PID/stat (proc_pid_stat(5)): state is field 3, starttime field 22, both behind the last ')'. */
static int64_t start_of(int64_t pid)
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
    return clock_us(CLOCK_REALTIME) - clock_us(CLOCK_BOOTTIME) + ticks * (1000000 / frequency);
}

int live_init(struct live *live)
{
    *live = (struct live){0};
    return names_init(&live->pids, UINT32_MAX - 8);
}

/* Where the start of a process is kept; NULL: memory is short. */
static int64_t *place_of(struct live *live, int64_t pid)
{
    uint32_t known = live->pids.count;
    uint32_t number = names_add(&live->pids, (struct span){(const char *)&pid, sizeof pid});
    if (live->pids.failed)
        return NULL;
    if (number >= live->room) {
        uint32_t room = number * 2 + 16;
        int64_t *grown = realloc(live->starts_us, room * sizeof *grown);
        if (!grown) {
            live->pids.failed = true;
            return NULL;
        }
        live->starts_us = grown;
        live->room = room;
    }
    if (live->pids.count != known)
        live->starts_us[number] = start_of(pid);
    return &live->starts_us[number];
}

bool live_holds(struct live *live, int64_t pid, int64_t time_us)
{
    const int64_t *start = pid > 0 ? place_of(live, pid) : NULL;
    return start && *start != INT64_MAX && *start <= time_us + SLACK_US;
}

void live_end(struct live *live, int64_t pid, int64_t time_us)
{
    if (live_holds(live, pid, time_us))
        *place_of(live, pid) = INT64_MAX;
}

void live_release(struct live *live)
{
    names_release(&live->pids);
    free(live->starts_us);
    *live = (struct live){0};
}
