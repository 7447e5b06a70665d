/* SPDX-License-Identifier: MIT */
#include "ledger/live_processes.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>

#include "crumple_process.h"

#define PID_MAX (4 << 20) /* PID_MAX_LIMIT of the kernel's include/linux/threads.h */

/* Of a /proc that cannot be read no process could be asked either. */
static uint64_t *list_running(void)
{
    uint64_t *bits = calloc(PID_MAX / 64 + 1, sizeof *bits);
    DIR *dir = bits ? opendir("/proc") : NULL;

    for (const struct dirent *entry; dir && (entry = readdir(dir));) {
        char *end;
        const long pid = strtol(entry->d_name, &end, 10);
        if (pid > 0 && pid <= PID_MAX && *end == '\0')
            bits[pid / 64] |= UINT64_C(1) << pid % 64;
    }
    if (dir)
        (void)closedir(dir);
    return bits;
}

static bool is_running(struct live *live, int64_t pid)
{
    if (!live->running)
        live->running = list_running();
    return live->running && pid <= PID_MAX && live->running[pid / 64] >> pid % 64 & 1;
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
        live->starts_us[number] = is_running(live, pid) ? crumple_process_start_us(pid) : INT64_MAX;
    return &live->starts_us[number];
}

bool live_holds(struct live *live, int64_t pid, int64_t time_us)
{
    const int64_t *start = pid > 0 ? place_of(live, pid) : NULL;
    return start && crumple_process_is_of(*start, time_us);
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
    free(live->running);
    *live = (struct live){0};
}
