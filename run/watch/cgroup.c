/* SPDX-License-Identifier: MIT */
#include "watch/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOUNT_2    "sys/fs/cgroup"
#define MOUNT_1    "sys/fs/cgroup/memory"
#define TEXT_BYTES 1024
/* Version 1 writes "none" as the largest multiple of a page. */
#define UNLIMITED_1 (UINT64_C(1) << 62)

/* The text of a small file; false: it cannot be read. */
static bool read_text(const char *folder, const char *name, char ret_text[TEXT_BYTES])
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
        return false;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t got;
    do
        got = read(fd, ret_text, TEXT_BYTES - 1);
    while (got < 0 && errno == EINTR);
    (void)close(fd);
    ret_text[got > 0 ? got : 0] = '\0';
    return got >= 0;
}

/* A file that holds one number, or "max". */
static bool read_number(const char *folder, const char *name, uint64_t *ret)
{
    char text[TEXT_BYTES], *end;
    if (!read_text(folder, name, text))
        return false;
    if (strcmp(text, "max\n") == 0) {
        *ret = CGROUP_UNLIMITED;
        return true;
    }
    errno = 0;
    *ret = strtoull(text, &end, 10);
    return !errno && end != text;
}

/* The number behind the key, in lines "KEY NUMBER". */
static bool read_key(const char *folder, const char *name, const char *key, uint64_t *ret)
{
    char text[TEXT_BYTES];
    size_t n = strlen(key);
    if (!read_text(folder, name, text))
        return false;
    for (const char *line = text; line; line = strchr(line, '\n'), line = line ? line + 1 : NULL)
        if (strncmp(line, key, n) == 0 && line[n] == ' ') {
            *ret = strtoull(line + n + 1, NULL, 10);
            return true;
        }
    return false;
}

/* The path of the group in a line "ID:CONTROLLERS:PATH" of /proc/PID/cgroup; controller "" is version 2. */
static bool find_path(const char *text, const char *controller, char ret_path[PATH_MAX])
{
    for (const char *line = text; line && *line; line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
        const char *list = strchr(line, ':');
        const char *path = list ? strchr(list + 1, ':') : NULL;
        size_t n = strlen(controller);
        if (!path)
            return false;
        for (const char *word = list + 1; word <= path; word += strcspn(word, ",:") + 1)
            if (strcspn(word, ",:") == n && strncmp(word, controller, n) == 0)
                return snprintf(ret_path, PATH_MAX, "%.*s", (int)strcspn(path + 1, "\n"), path + 1) <
                       PATH_MAX;
    }
    return false;
}

/* The group's folder, or the mount itself: whichever has the file. */
static bool place(const char *root, const char *mount, const char *path, const char *file,
                  char ret_folder[PATH_MAX])
{
    char number[TEXT_BYTES];
    if (!strstr(path, "..") && snprintf(ret_folder, PATH_MAX, "%s/%s%s", root, mount, path) < PATH_MAX &&
        read_text(ret_folder, file, number))
        return true;
    return snprintf(ret_folder, PATH_MAX, "%s/%s", root, mount) < PATH_MAX &&
           read_text(ret_folder, file, number);
}

void cgroup_find(const char *root, const char *text, struct cgroup *ret)
{
    char path[PATH_MAX];
    ret->version = 0;
    if (strcmp(root, "/") == 0)
        root = "";
    if (find_path(text, "", path) && place(root, MOUNT_2, path, "memory.events", ret->folder))
        ret->version = 2;
    else if (find_path(text, "memory", path) && place(root, MOUNT_1, path, "memory.oom_control", ret->folder))
        ret->version = 1;
}

/* The smallest limit from the folder up to the mount. */
static uint64_t find_limit(const struct cgroup *group, const char *name)
{
    char folder[PATH_MAX];
    uint64_t smallest = CGROUP_UNLIMITED, limit;
    snprintf(folder, sizeof folder, "%s", group->folder);
    while (read_number(folder, name, &limit)) {
        smallest = limit < smallest ? limit : smallest;
        char *slash = strrchr(folder, '/');
        if (!slash)
            break;
        *slash = '\0';
    }
    return smallest;
}

static bool read_2(const struct cgroup *group, struct cgroup_memory *ret)
{
    uint64_t all = 0;
    if (!read_key(group->folder, "memory.events", "oom_kill", &ret->oom_kills))
        return false;
    (void)read_number(group->folder, "memory.current", &ret->used);
    (void)read_number(group->folder, "memory.peak", &ret->peak);
    ret->limit = find_limit(group, "memory.max");
    ret->kills_all = read_number(group->folder, "memory.oom.group", &all) && all == 1;
    return true;
}

static bool read_1(const struct cgroup *group, struct cgroup_memory *ret)
{
    /* Since Linux 4.13. */
    if (!read_key(group->folder, "memory.oom_control", "oom_kill", &ret->oom_kills))
        return false;
    (void)read_number(group->folder, "memory.usage_in_bytes", &ret->used);
    (void)read_number(group->folder, "memory.max_usage_in_bytes", &ret->peak);
    ret->limit = find_limit(group, "memory.limit_in_bytes");
    if (ret->limit >= UNLIMITED_1)
        ret->limit = CGROUP_UNLIMITED;
    return true;
}

bool cgroup_read(const struct cgroup *group, struct cgroup_memory *ret)
{
    *ret = (struct cgroup_memory){.limit = CGROUP_UNLIMITED};
    return group->version == 2 ? read_2(group, ret) : group->version == 1 && read_1(group, ret);
}
