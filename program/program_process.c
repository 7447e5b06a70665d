/* SPDX-License-Identifier: MIT */
#include "program_process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program_file.h"

#define OBJECT "/libcrumple.so"

static FILE *open_file(pid_t pid, pid_t tid, const char *name)
{
    char path[96];
    if (tid)
        snprintf(path, sizeof path, "/proc/%d/task/%d/%s", (int)pid, (int)tid, name);
    else
        snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    return fopen(path, "re");
}

/* The last number of a line: of NSpid that of the innermost namespace. */
static pid_t last_number(const char *text)
{
    const char *at = text + strcspn(text, "\n");
    while (at > text && at[-1] != '\t' && at[-1] != ' ')
        at--;
    return (pid_t)strtol(at, NULL, 10);
}

static void take_line(const char *line, struct program_process *p)
{
    const char *colon = strchr(line, ':'), *value = colon ? colon + 1 : "";
    const size_t n = colon ? (size_t)(colon - line) : 0;
    char name[24] = "";
    unsigned effective = 0;
    value += strspn(value, " \t");
    if (!n || n >= sizeof name)
        return;
    memcpy(name, line, n);
    if (strcmp(name, "Tgid") == 0)
        p->tgid = (pid_t)strtol(value, NULL, 10);
    else if (strcmp(name, "PPid") == 0)
        p->ppid = (pid_t)strtol(value, NULL, 10);
    else if (strcmp(name, "TracerPid") == 0)
        p->tracer = (pid_t)strtol(value, NULL, 10);
    else if (strcmp(name, "NSpid") == 0)
        p->own_pid = last_number(value);
    else if (strcmp(name, "Name") == 0)
        snprintf(p->name, sizeof p->name, "%.*s", (int)strcspn(value, "\n"), value);
    else if (strcmp(name, "State") == 0)
        p->state = *value;
    else if (strcmp(name, "Uid") == 0 && sscanf(value, "%*u %u", &effective) == 1)
        p->euid = effective;
    else if (strcmp(name, "Gid") == 0 && sscanf(value, "%*u %u", &effective) == 1)
        p->egid = effective;
    else if (strcmp(name, "SigBlk") == 0)
        p->blocked = strtoull(value, NULL, 16);
    else if (strcmp(name, "SigCgt") == 0)
        p->caught = strtoull(value, NULL, 16);
    else if (strcmp(name, "Seccomp") == 0)
        p->seccomp = (int)strtol(value, NULL, 10);
    else if (strcmp(name, "Seccomp_filters") == 0)
        p->filters = (int)strtol(value, NULL, 10);
}

/* A name may hold blanks and parentheses: fields are counted from the last one. */
static void take_stat(const char *text, struct program_process *p)
{
    const char *at = strrchr(text, ')');
    for (int field = 2; at && field < 38; field++) {
        at = strchr(at + 1, ' ');
        if (at && field + 1 == 22)
            p->start = strtoull(at + 1, NULL, 10);
        if (at && field + 1 == 38)
            p->exit_signal = (int)strtol(at + 1, NULL, 10);
    }
}

int program_process_read(pid_t pid, pid_t tid, struct program_process *ret)
{
    struct program_process p = {.filters = -1};
    char text[1024];
    FILE *file = open_file(pid, tid, "status");
    if (!file)
        return errno == ENOENT ? -ESRCH : -errno;
    while (fgets(text, sizeof text, file))
        take_line(text, &p);
    (void)fclose(file);
    file = open_file(pid, tid, "stat");
    if (!file)
        return errno == ENOENT ? -ESRCH : -errno;
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    (void)fclose(file);
    take_stat(text, &p);
    if (!p.tgid || !p.start)
        return -ESRCH; /* it ended meanwhile */
    if (!p.own_pid)
        p.own_pid = p.tgid; /* kernels before 4.1 */
    *ret = p;
    return 0;
}

int program_process_has_crumple(pid_t pid)
{
    FILE *file = open_file(pid, 0, "maps");
    char *line = NULL;
    size_t size = 0;
    int result = 0;
    if (!file)
        return errno == ENOENT ? -ESRCH : -errno;
    while (!result && getline(&line, &size, file) > 0) {
        const char *object = strstr(line, OBJECT);
        const char after = object ? object[sizeof OBJECT - 1] : 'x';
        result = after == '\n' || after == ' '; /* " (deleted)" */
    }
    if (!result && ferror(file))
        result = -errno;
    free(line);
    (void)fclose(file);
    return result;
}

pid_t program_process_find_thread(pid_t pid, int signal)
{
    char path[48];
    pid_t best = 0;
    int best_rank = 0;
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    if (!tasks)
        return errno == ENOENT ? -ESRCH : -errno;
    for (const struct dirent *entry; best_rank < 4 && (entry = readdir(tasks));) {
        struct program_process thread;
        const pid_t tid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (!tid || program_process_read(pid, tid, &thread) < 0 || !strchr("SR", thread.state) ||
            (thread.blocked >> (signal - 1) & 1))
            continue;
        int rank = 1 + (thread.state == 'S') + 2 * (tid != pid);
        if (rank <= best_rank)
            continue;
        best = tid;
        best_rank = rank;
    }
    (void)closedir(tasks);
    return best;
}

int program_process_filters(pid_t pid, struct program_filters *ret)
{
    char path[48];
    struct program_filters all = {.least = INT_MAX};
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    if (!tasks)
        return errno == ENOENT ? -ESRCH : -errno;
    for (const struct dirent *entry; (entry = readdir(tasks));) {
        struct program_process thread;
        const pid_t tid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (!tid || program_process_read(pid, tid, &thread) < 0 || strchr("ZX", thread.state))
            continue;
        const int count = thread.filters >= 0 ? thread.filters : thread.seccomp == 2;
        all.least = count < all.least ? count : all.least;
        all.most = count > all.most ? count : all.most;
        all.is_strict |= thread.seccomp == 1;
    }
    (void)closedir(tasks);
    if (all.least == INT_MAX)
        return -ESRCH;
    *ret = all;
    return 0;
}

bool program_process_environment(pid_t pid, const char *name, char *ret, size_t size)
{
    FILE *file = open_file(pid, 0, "environ");
    const size_t n = strlen(name);
    char *entry = NULL;
    size_t room = 0;
    bool is_found = false;
    while (file && !is_found && getdelim(&entry, &room, '\0', file) > 0)
        is_found = strncmp(entry, name, n) == 0 && entry[n] == '=' && strlen(entry + n + 1) < size;
    if (is_found)
        memcpy(ret, entry + n + 1, strlen(entry + n + 1) + 1);
    free(entry);
    if (file)
        (void)fclose(file);
    return is_found;
}

uid_t program_process_uid_inside(pid_t pid, uid_t uid)
{
    FILE *file = open_file(pid, 0, "uid_map");
    unsigned inside, outside, count;
    uid_t result = uid;
    while (file && fscanf(file, "%u %u %u", &inside, &outside, &count) == 3)
        if (uid >= outside && uid - outside < count)
            result = inside + (uid - outside);
    if (file)
        (void)fclose(file);
    return result;
}

int program_process_unreadable(const struct program_process *process, pid_t pid, int error, char *ret_words,
                               size_t size)
{
    if (error == -ESRCH)
        snprintf(ret_words, size, "there is no process %d", (int)pid);
    else if (error == -EACCES || error == -EPERM)
        snprintf(ret_words, size,
                 "process %d cannot be looked at: %s; only its user (%u) and root may ask for a dump",
                 (int)pid, strerror(-error), (unsigned)process->euid);
    else
        snprintf(ret_words, size, "process %d cannot be looked at: %s", (int)pid, strerror(-error));
    return error == -EACCES ? -EPERM : error;
}

int program_process_look(pid_t pid, struct program_process *ret, char *ret_words, size_t size)
{
    int error = program_process_read(pid, 0, ret);
    if (error)
        return program_process_unreadable(ret, pid, error, ret_words, size);
    error = ret->tgid != pid || strchr("ZX", ret->state) ? -ESRCH : strchr("Tt", ret->state) ? -EBUSY : 0;
    if (ret->tgid != pid)
        snprintf(ret_words, size, "%d is a thread of process %d; name the process", (int)pid, (int)ret->tgid);
    else if (error == -ESRCH)
        snprintf(ret_words, size, "process %d has ended; its parent has not collected it", (int)pid);
    else if (error)
        snprintf(ret_words, size,
                 "process %d is stopped, by SIGSTOP or by a debugger; it can answer once it goes on",
                 (int)pid);
    return error;
}

static int open_exe(pid_t pid)
{
    char path[48];
    snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
    return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

/* Of a program that is an argument of its loader, that is the file; Debian's of musl is a link to libc.so. */
static bool is_musl_loader(pid_t pid)
{
    char path[48], target[PATH_MAX];
    snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
    ssize_t n = readlink(path, target, sizeof target - 1);
    if (n < 0)
        return false;
    target[n] = '\0';
    const char *slash = strrchr(target, '/');
    return program_file_loader(target) == PROGRAM_MUSL || (slash && strcmp(slash, "/libc.so") == 0);
}

bool program_process_is_musl(pid_t pid)
{
    struct program_facts facts = {.kind = PROGRAM_UNKNOWN};
    int fd = open_exe(pid);
    if (fd >= 0) {
        (void)program_file_read(fd, &facts);
        (void)close(fd);
    }
    return facts.kind == PROGRAM_MUSL || (facts.kind == PROGRAM_STATIC && is_musl_loader(pid));
}

bool program_process_is_go(pid_t pid)
{
    uint64_t section;
    int fd = open_exe(pid);
    const bool is_go = fd >= 0 && program_file_go_section(fd, &section);
    if (fd >= 0)
        (void)close(fd);
    return is_go;
}
