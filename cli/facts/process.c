/* SPDX-License-Identifier: MIT */
#include "facts/process.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "facts/place.h"

#define TASKS_MAX 100000

/* What follows "KEY:" and blanks, up to the end of the text; NULL: no such line. */
static const char *find_key(const char *text, const char *key)
{
    size_t n = strlen(key);
    for (const char *line = text; line && *line; line = strchr(line, '\n'), line = line ? line + 1 : NULL)
        if (strncmp(line, key, n) == 0 && line[n] == ':')
            return line + n + 1 + strspn(line + n + 1, " \t");
    return NULL;
}

static uint64_t number_of(const char *text, const char *key, int base)
{
    const char *value = find_key(text, key);
    return value ? strtoull(value, NULL, base) : 0;
}

/* The last of the numbers of a line. */
static int last_number(const char *text, const char *key)
{
    const char *at = find_key(text, key);
    int last = 0;
    for (char *end; at && *at && *at != '\n'; at = end + strspn(end, " \t")) {
        last = (int)strtol(at, &end, 10);
        if (end == at)
            break;
    }
    return last;
}

static void read_groups(const char *text, struct process_facts *p)
{
    const char *at = find_key(text, "Groups");
    for (char *end; at && *at && *at != '\n' && p->group_count < PROCESS_GROUPS_MAX;
         at = end + strspn(end, " \t")) {
        unsigned long group = strtoul(at, &end, 10);
        if (end == at)
            break;
        p->groups[p->group_count++] = (gid_t)group;
    }
}

static void read_status(const char *text, struct process_facts *p)
{
    const char *uids = find_key(text, "Uid"), *gids = find_key(text, "Gid");
    unsigned ruid = 0, euid = 0, rgid = 0, egid = 0;
    if (uids)
        (void)sscanf(uids, "%u %u", &ruid, &euid);
    if (gids)
        (void)sscanf(gids, "%u %u", &rgid, &egid);
    p->ruid = ruid;
    p->euid = euid;
    p->egid = egid;
    read_groups(text, p);
    p->inner_pid = last_number(text, "NSpid");
    p->threads = number_of(text, "Threads", 10);
    p->no_new_privs = number_of(text, "NoNewPrivs", 10) == 1;
    p->seccomp = (int)number_of(text, "Seccomp", 10);
    p->caught = number_of(text, "SigCgt", 16);
    p->ignored = number_of(text, "SigIgn", 16);
}

/* "Max file size    unlimited    4096    bytes": the name ends where two blanks begin. */
static struct process_limit find_limit(const char *text, const char *name)
{
    struct process_limit limit = {.is_known = false};
    const char *line = text ? strstr(text, name) : NULL;
    char soft[32], hard[32];
    if (!line || sscanf(line + strlen(name), " %31s %31s", soft, hard) != 2)
        return limit;
    limit.is_known = true;
    limit.soft = strcmp(soft, "unlimited") == 0 ? PROCESS_UNLIMITED : strtoull(soft, NULL, 10);
    limit.hard = strcmp(hard, "unlimited") == 0 ? PROCESS_UNLIMITED : strtoull(hard, NULL, 10);
    return limit;
}

static void read_limits(int root, struct process_facts *p)
{
    char *text = place_read(root, NULL, "/proc/%s/limits", p->name);
    p->fsize = find_limit(text, "Max file size");
    p->nproc = find_limit(text, "Max processes");
    p->nofile = find_limit(text, "Max open files");
    p->as = find_limit(text, "Max address space");
    free(text);
}

static void read_secure(int root, struct process_facts *p)
{
    size_t bytes = 0;
    char *text = place_read(root, &bytes, "/proc/%s/auxv", p->name);
    Elf64_auxv_t entry;
    for (size_t at = 0; text && at + sizeof entry <= bytes; at += sizeof entry) {
        memcpy(&entry, text + at, sizeof entry);
        if (entry.a_type == AT_SECURE)
            p->is_secure = entry.a_un.a_val != 0;
    }
    free(text);
}

static void add_module(struct process_facts *p, const char *path, size_t n)
{
    for (size_t i = 0; i < p->module_count; i++)
        if (strncmp(p->modules[i], path, n) == 0 && !p->modules[i][n])
            return;
    if (p->module_count == PROCESS_MODULES_MAX)
        return;
    p->modules[p->module_count] = strndup(path, n);
    p->module_count += p->modules[p->module_count] != NULL;
}

/* "START-END r-xp OFFSET DEV INODE   PATH" */
static void read_modules(int root, struct process_facts *p)
{
    char *text = place_read(root, NULL, "/proc/%s/maps", p->name);
    if (!text)
        p->maps_error = -errno;
    for (char *line = text; line && *line;) {
        char *end = strchrnul(line, '\n'), *rights = memchr(line, ' ', (size_t)(end - line)),
             *path = rights ? memchr(rights, '/', (size_t)(end - rights)) : NULL;
        if (path && end - rights > 4 && rights[3] == 'x')
            add_module(p, path, (size_t)(end - path));
        line = *end ? end + 1 : end;
    }
    free(text);
}

static void count_name(struct process_facts *p, const char *name)
{
    for (size_t i = 0; i < p->name_count; i++)
        if (strcmp(p->names[i].name, name) == 0) {
            p->names[i].count++;
            return;
        }
    if (p->name_count == PROCESS_NAMES_MAX)
        return;
    struct process_name *new = &p->names[p->name_count++];
    snprintf(new->name, sizeof new->name, "%s", name);
    new->count = 1;
}

static void read_threads(int root, struct process_facts *p)
{
    char path[96];
    snprintf(path, sizeof path, "/proc/%s/task", p->name);
    int fd = place_open(root, path, O_RDONLY | O_DIRECTORY);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    size_t seen = 0;
    p->names = calloc(PROCESS_NAMES_MAX, sizeof *p->names);
    for (struct dirent *entry; dir && p->names && seen < TASKS_MAX && (entry = readdir(dir));) {
        char *name = entry->d_name[0] == '.'
                         ? NULL
                         : place_read(root, NULL, "/proc/%s/task/%.20s/comm", p->name, entry->d_name);
        if (!name)
            continue;
        seen++;
        name[strcspn(name, "\n")] = '\0';
        if (strcmp(entry->d_name, p->name) == 0)
            snprintf(p->main_name, sizeof p->main_name, "%.15s", name);
        else
            count_name(p, name);
        free(name);
    }
    if (dir)
        (void)closedir(dir);
    else if (fd >= 0)
        (void)close(fd);
}

int process_read(int root, const char *name, struct process_facts *ret)
{
    *ret = (struct process_facts){0};
    snprintf(ret->name, sizeof ret->name, "%s", name);
    char *status = place_read(root, NULL, "/proc/%s/status", name);
    if (!status)
        return -errno;
    read_status(status, ret);
    free(status);
    read_limits(root, ret);
    read_secure(root, ret);
    read_modules(root, ret);
    read_threads(root, ret);
    ret->environ = place_read(root, &ret->environ_bytes, "/proc/%s/environ", name);
    ret->cgroup = place_read(root, NULL, "/proc/%s/cgroup", name);
    return 0;
}

const char *process_module(const struct process_facts *process, const char *prefix)
{
    for (size_t i = 0; i < process->module_count; i++) {
        const char *slash = strrchr(process->modules[i], '/');
        if (slash && strncmp(slash + 1, prefix, strlen(prefix)) == 0)
            return process->modules[i];
    }
    return NULL;
}

char **process_environ(const struct process_facts *process)
{
    size_t count = 0, at = 0;
    for (size_t i = 0; i < process->environ_bytes; i++)
        count += process->environ[i] == '\0';
    char **list = calloc(count + 2, sizeof *list);
    for (size_t i = 0; list && i < process->environ_bytes; i += strlen(process->environ + i) + 1)
        list[at++] = process->environ + i;
    return list;
}

bool process_has_signal(uint64_t set, int signo)
{
    return set >> (signo - 1) & 1;
}

void process_clear(struct process_facts *process)
{
    for (size_t i = 0; i < process->module_count; i++)
        free(process->modules[i]);
    free(process->names);
    free(process->environ);
    free(process->cgroup);
    *process = (struct process_facts){0};
}
