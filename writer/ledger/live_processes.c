/* SPDX-License-Identifier: MIT */
#include "ledger/live_processes.h"

#include <stdbool.h>
#include <stdlib.h>

#include "crumple_process.h"

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
        live->starts_us[number] = crumple_process_start_us(pid);
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
    *live = (struct live){0};
}
