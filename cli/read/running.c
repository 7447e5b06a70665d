/* SPDX-License-Identifier: MIT */
#include "read/running.h"

#include <dirent.h>
#include <stdlib.h>

#include "crumple_process.h"

static int compare(const void *a, const void *b)
{
    const struct running_process *x = a, *y = b;
    return x->pid < y->pid ? -1 : x->pid > y->pid;
}

void running_take(struct running *ret_running)
{
    struct running running = {NULL, 0};
    DIR *dir = opendir("/proc");
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        char *end;
        int64_t pid = strtoll(entry->d_name, &end, 10);
        if (pid <= 0 || *end)
            continue;
        if ((running.count & (running.count - 1)) == 0) { /* grows by powers of two */
            void *grown =
                realloc(running.items, (running.count ? running.count * 2 : 1) * sizeof *running.items);
            if (!grown)
                break;
            running.items = grown;
        }
        running.items[running.count++] = (struct running_process){pid, crumple_process_start_us(pid)};
    }
    if (dir)
        closedir(dir);
    if (running.count)
        qsort(running.items, running.count, sizeof *running.items, compare);
    *ret_running = running;
}

bool running_is_of(const struct running *running, int64_t pid, int64_t event_us)
{
    const struct running_process key = {pid, 0}, *found = NULL;
    if (running->count)
        found = bsearch(&key, running->items, running->count, sizeof key, compare);
    return found && crumple_process_is_of(found->start_us, event_us);
}

void running_clear(struct running *running)
{
    free(running->items);
    *running = (struct running){NULL, 0};
}
