/* SPDX-License-Identifier: MIT */
#include "context/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Version 1 writes "none" as the largest multiple of a page. */
#define UNLIMITED (INT64_C(1) << 62)

/* Where a version has what. */
struct controller {
    const char *name;  /* in /proc/PID/cgroup; "": version 2 */
    const char *mount; /* below the root */
    const char *used, *peak, *limit;
};

static const struct controller memories[] = {
    {"", "sys/fs/cgroup", "memory.current", "memory.peak", "memory.max"},
    {"memory", "sys/fs/cgroup/memory", "memory.usage_in_bytes", "memory.max_usage_in_bytes",
     "memory.limit_in_bytes"},
};
static const struct controller tasks[] = {
    {"", "sys/fs/cgroup", "pids.current", "pids.peak", "pids.max"},
    {"pids", "sys/fs/cgroup/pids", "pids.current", "pids.peak", "pids.max"},
};

/* A file that holds one number, or "max", which is VITALS_UNKNOWN. False: it cannot be read. */
static bool read_number(const char *folder, const char *name, int64_t *ret)
{
    char path[PATH_MAX + 64], text[64], *end;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        (void)close(fd);
    if (got <= 0)
        return false;
    text[got] = '\0';
    *ret = VITALS_UNKNOWN;
    if (strncmp(text, "max", 3) == 0)
        return true;
    errno = 0;
    const unsigned long long value = strtoull(text, &end, 10);
    if (errno || end == text)
        return false;
    *ret = value < UNLIMITED ? (int64_t)value : VITALS_UNKNOWN;
    return true;
}

/* The path of the group in a line "ID:CONTROLLERS:PATH". False: the process is in no such group. */
static bool find_path(struct core_span text, const char *controller, char ret_path[PATH_MAX])
{
    const char *at = (const char *)text.bytes, *end = at + text.size;
    for (const char *next; at < end; at = next + 1) {
        next = memchr(at, '\n', (size_t)(end - at));
        next = next ? next : end;
        const char *list = memchr(at, ':', (size_t)(next - at));
        const char *path = list ? memchr(list + 1, ':', (size_t)(next - list - 1)) : NULL;
        if (!path || next - path > PATH_MAX / 2)
            continue;
        for (const char *word = list + 1; word <= path;) {
            const char *comma = memchr(word, ',', (size_t)(path - word));
            const size_t n = (size_t)((comma ? comma : path) - word);
            if (n == strlen(controller) && memcmp(word, controller, n) == 0) {
                snprintf(ret_path, PATH_MAX, "%.*s", (int)(next - path - 1), path + 1);
                return true;
            }
            word += n + 1;
        }
    }
    return false;
}

/* The group's folder, or the mount itself: whichever has the file. */
static bool find_folder(const char *root, struct core_span text, const struct controller *controller,
                        char ret_folder[PATH_MAX])
{
    char path[PATH_MAX];
    int64_t used;
    if (!find_path(text, controller->name, path))
        return false;
    if (!strstr(path, "..") &&
        snprintf(ret_folder, PATH_MAX, "%s/%s%s", root, controller->mount, path) < PATH_MAX &&
        read_number(ret_folder, controller->used, &used))
        return true;
    return snprintf(ret_folder, PATH_MAX, "%s/%s", root, controller->mount) < PATH_MAX &&
           read_number(ret_folder, controller->used, &used);
}

/* The smallest limit from the folder up to the mount. */
static int64_t find_limit(const char *lowest, const char *name)
{
    char folder[PATH_MAX];
    int64_t smallest = VITALS_UNKNOWN, limit;
    snprintf(folder, sizeof folder, "%s", lowest);
    while (read_number(folder, name, &limit)) {
        if (limit >= 0 && (smallest < 0 || limit < smallest))
            smallest = limit;
        char *slash = strrchr(folder, '/');
        if (!slash)
            break;
        *slash = '\0';
    }
    return smallest;
}

static void read_one(const char *root, struct core_span text, const struct controller versions[2],
                     int64_t *ret_used, int64_t *ret_peak, int64_t *ret_limit)
{
    char folder[PATH_MAX];
    for (int i = 0; i < 2; i++)
        if (find_folder(root, text, &versions[i], folder)) {
            (void)read_number(folder, versions[i].used, ret_used);
            (void)read_number(folder, versions[i].peak, ret_peak);
            *ret_limit = find_limit(folder, versions[i].limit);
            return;
        }
}

void cgroup_read(const char *root, struct core_span text, struct vitals_cgroup *ret)
{
    int64_t ignored;
    root = strcmp(root, "/") == 0 ? "" : root;
    read_one(root, text, memories, &ret->memory_used, &ret->memory_peak, &ret->memory_limit);
    read_one(root, text, tasks, &ret->pids_used, &ignored, &ret->pids_limit);
}
