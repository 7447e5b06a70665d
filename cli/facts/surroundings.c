/* SPDX-License-Identifier: MIT */
#include "facts/surroundings.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "facts/place.h"

#define MIB        (UINT64_C(1) << 20)
#define SPARE      2         /* the helper and the writer */
#define MEMORY_MIN (2 * MIB) /* docs/surroundings.md: what both take */

/* Programs that reap the orphans of a PID namespace. */
static const char *const inits[] = {
    "systemd",   "init",  "crumple-run", "tini",    "docker-init", "dumb-init", "catatonit",   "podman-init",
    "s6-svscan", "runit", "openrc-init", "busybox", "pause",       "runsvdir",  "supervisord", "my_init"};

/* The path of the group in a line "ID:CONTROLLERS:PATH"; controller "" is version 2. */
static bool group_path(const char *text, const char *controller, char ret[PATH_MAX])
{
    size_t n = strlen(controller);
    for (const char *line = text; line && *line; line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
        const char *list = strchr(line, ':'), *path = list ? strchr(list + 1, ':') : NULL;
        if (!path)
            return false;
        for (const char *word = list + 1; word <= path; word += strcspn(word, ",:") + 1)
            if (strcspn(word, ",:") == n && strncmp(word, controller, n) == 0)
                return snprintf(ret, PATH_MAX, "%.*s", (int)strcspn(path + 1, "\n"), path + 1) < PATH_MAX &&
                       !strstr(ret, "..");
    }
    return false;
}

static bool read_number(int root, const char *folder, const char *path, const char *name, uint64_t *ret)
{
    char *text = place_read(root, NULL, "/sys/fs/cgroup/%s%s/%s", folder, path, name), *end = text;
    if (text)
        *ret = strncmp(text, "max", 3) == 0 ? UINT64_MAX : strtoull(text, &end, 10);
    bool is_read = text && (end != text || *ret == UINT64_MAX);
    free(text);
    return is_read;
}

/* The group, or one above it, that has the least room; a container sees its own as the root. */
static bool read_room(int root, const char *folder, const char *start, const char *limit_name,
                      const char *now_name, uint64_t *ret_limit, uint64_t *ret_now)
{
    char path[PATH_MAX];
    bool found = false;
    snprintf(path, sizeof path, "%s", start);
    for (;;) {
        uint64_t limit, now;
        char *slash = strrchr(path, '/');
        if (slash && !slash[1])
            *slash = '\0';
        if (read_number(root, folder, path, limit_name, &limit) && limit < UINT64_MAX / 4 &&
            read_number(root, folder, path, now_name, &now) &&
            (!found || limit - now < *ret_limit - *ret_now)) {
            *ret_limit = limit;
            *ret_now = now < limit ? now : limit;
            found = true;
        }
        slash = strrchr(path, '/');
        if (!slash)
            return found;
        *slash = '\0';
    }
}

static void read_groups(int root, const char *text, struct surroundings *ret)
{
    char path[PATH_MAX];
    uint64_t all = 0;
    if (group_path(text, "", path)) {
        ret->has_pids =
            read_room(root, "", path, "pids.max", "pids.current", &ret->pids_limit, &ret->pids_now);
        ret->has_memory =
            read_room(root, "", path, "memory.max", "memory.current", &ret->memory_limit, &ret->memory_now);
        ret->kills_all = (read_number(root, "", path, "memory.oom.group", &all) ||
                          read_number(root, "", "", "memory.oom.group", &all)) &&
                         all == 1;
    }
    if (!ret->has_pids && group_path(text, "pids", path))
        ret->has_pids =
            read_room(root, "pids", path, "pids.max", "pids.current", &ret->pids_limit, &ret->pids_now);
    if (!ret->has_memory && group_path(text, "memory", path))
        ret->has_memory = read_room(root, "memory", path, "memory.limit_in_bytes", "memory.usage_in_bytes",
                                    &ret->memory_limit, &ret->memory_now);
}

/* "22 27 0:21 / /proc rw,relatime - proc proc rw,hidepid=invisible" (proc_pid_mountinfo(5)) */
static void read_mounts(const char *text, struct surroundings *ret)
{
    for (const char *line = text; line && *line; line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
        const char *end = strchrnul(line, '\n'), *kind = strstr(line, " - proc ");
        const char *place = strstr(line, " /proc ");
        if (!kind || !place || kind > end || place > kind)
            continue;
        char *options = strndup(line, (size_t)(end - line));
        const char *hidden = options ? strstr(options, "hidepid=") : NULL;
        ret->has_proc = true;
        ret->hides_processes =
            (hidden && strncmp(hidden, "hidepid=0", 9) != 0 && strncmp(hidden, "hidepid=off", 11) != 0) ||
            (options && strstr(options, "subset=pid"));
        free(options);
    }
}

void surroundings_read(int root, const struct process_facts *process, struct surroundings *ret)
{
    *ret = (struct surroundings){.has_proc = false};
    if (process->cgroup)
        read_groups(root, process->cgroup, ret);
    char *mounts = place_read(root, NULL, "/proc/%s/mountinfo", process->name);
    if (mounts)
        read_mounts(mounts, ret);
    else
        ret->has_proc = true; /* not known */
    free(mounts);
    char *first = place_read(root, NULL, "/proc/1/comm");
    snprintf(ret->first, sizeof ret->first, "%.*s", first ? (int)strcspn(first, "\n") : 0,
             first ? first : "");
    free(first);
}

static void judge_first(const struct surroundings *s, const struct process_facts *process, bool is_running,
                        struct verdicts *ret)
{
    if (is_running && process->inner_pid == 1) {
        verdicts_add(
            ret, VERDICT_NOTE, "init",
            "it is PID 1: the kernel drops fatal signals that others send it (kill -SEGV 1); its faults are reported, orphans are its to reap");
        verdicts_advise(ret, "crumple-run as the entrypoint");
        return;
    }
    for (size_t i = 0; i < sizeof inits / sizeof *inits; i++)
        if (strcmp(s->first, inits[i]) == 0) {
            verdicts_add(ret, VERDICT_OK, "init", "PID 1 is %s, which reaps orphans", s->first);
            return;
        }
    if (*s->first && !is_running) {
        verdicts_add(ret, VERDICT_NOTE, "init", "PID 1 is '%s'; whether it reaps orphans is not known",
                     s->first);
        verdicts_advise(ret, "in a container: crumple-run as the entrypoint");
    }
}

void surroundings_judge(const struct surroundings *s, const struct process_facts *process, bool is_running,
                        struct verdicts *ret)
{
    judge_first(s, process, is_running, ret);
    if (s->has_pids && s->pids_limit - s->pids_now < SPARE) {
        verdicts_add(
            ret, VERDICT_WARN, "cgroup",
            "%llu of %llu processes are in use (pids.max): the faulting thread must do the work of a crash itself",
            (unsigned long long)s->pids_now, (unsigned long long)s->pids_limit);
        verdicts_advise(ret, "TasksMax=, --pids-limit: two more than it needs");
    }
    if (s->has_memory && s->memory_limit - s->memory_now < MEMORY_MIN) {
        verdicts_add(
            ret, VERDICT_WARN, "cgroup",
            "less than %llu MiB are left of the group's %llu MiB: at a crash the kernel may kill the writer, or the process",
            (unsigned long long)(MEMORY_MIN / MIB), (unsigned long long)(s->memory_limit / MIB));
        verdicts_advise(ret, "a higher limit of memory");
    }
    if (s->kills_all)
        verdicts_add(
            ret, VERDICT_NOTE, "cgroup",
            "memory.oom.group: when memory is short, the kernel kills all of the group at once, crumple-run too");
    if (!s->has_proc) {
        verdicts_add(
            ret, VERDICT_WARN, "proc",
            "no /proc is mounted for it: a report lacks the heap, limits, and threads that pthread_create did not make");
        verdicts_advise(ret, "mount /proc in its root");
    } else if (s->hides_processes) {
        verdicts_add(
            ret, VERDICT_NOTE, "proc",
            "/proc hides processes (hidepid= or subset=pid): after a change of user a report may lack the heap and some threads");
    }
}
