/* SPDX-License-Identifier: MIT */
#include "watch/family.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "program_process.h"

#define PROCESSES_MAX 8192

struct process {
    pid_t pid, parent;
    bool is_in;
};

/* 0: it is gone, or dead. */
static pid_t find_parent(pid_t pid)
{
    struct program_process process;
    return program_process_read(pid, 0, &process) == 0 && !strchr("ZX", process.state) ? process.ppid : 0;
}

static size_t list_all(struct process *ret)
{
    size_t count = 0;
    DIR *folder = opendir("/proc");
    for (struct dirent *entry; folder && count < PROCESSES_MAX && (entry = readdir(folder));) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (pid > 0)
            ret[count++] = (struct process){pid, find_parent(pid), false};
    }
    if (folder)
        (void)closedir(folder);
    return count;
}

/* True if that has added one. */
static bool add_children(struct process *all, size_t count, pid_t root)
{
    bool is_more = false;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count && !all[i].is_in; j++)
            if (all[i].parent == root || (all[j].is_in && all[j].pid == all[i].parent))
                is_more = all[i].is_in = true;
    return is_more;
}

size_t family_find(pid_t pid, pid_t *ret, size_t most)
{
    struct process *all = calloc(PROCESSES_MAX, sizeof *all);
    size_t count = all ? list_all(all) : 0, stored = 0;
    while (add_children(all, count, pid))
        ;
    if (most)
        ret[stored++] = pid;
    for (size_t i = 0; i < count && stored < most; i++)
        if (all[i].is_in && all[i].pid != pid)
            ret[stored++] = all[i].pid;
    free(all);
    return stored;
}
