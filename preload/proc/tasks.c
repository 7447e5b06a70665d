/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper process. */
#include "proc/tasks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>

#include "crumple_format.h"
#include "base/io.h"
#include "proc/proc.h"
#include "base/sys.h"
#include "base/text.h"

struct dirent64 { /* getdents64(2) */
    uint64_t ino;
    int64_t off;
    unsigned short reclen;
    unsigned char type;
    char name[];
};

int safe_tasks_open_path(struct safe_tasks *tasks, const char *path)
{
    tasks->used = tasks->at = 0;
    tasks->fd = safe_proc_open(path, O_RDONLY | O_DIRECTORY);
    return tasks->fd < 0 ? tasks->fd : 0;
}

int safe_tasks_open(struct safe_tasks *tasks, int pid)
{
    char path[64];
    return safe_tasks_open_path(tasks, safe_proc_path(path, pid, "task"));
}

int safe_tasks_next(struct safe_tasks *tasks)
{
    for (;;) {
        int tid = 0;
        if (tasks->at >= tasks->used) {
            tasks->used = safe_call(SYS_getdents64, tasks->fd, tasks->buffer, sizeof tasks->buffer);
            tasks->at = 0;
            if (tasks->used <= 0)
                return 0;
        }
        const struct dirent64 *entry = (const struct dirent64 *)(tasks->buffer + tasks->at);
        tasks->at += entry->reclen;
        const char *p = entry->name;
        for (; *p >= '0' && *p <= '9'; p++)
            tid = tid * 10 + (*p - '0');
        if (tid > 0 && !*p)
            return tid;
    }
}

void safe_tasks_close(struct safe_tasks *tasks)
{
    safe_close(tasks->fd);
}

/* The number after a key of /proc/.../status, in the given base; -1 where there is none. */
static int64_t status_field(const char *text, long n, const char *key, int base)
{
    long k = (long)safe_strlen(key);
    for (long i = 0; i + k < n; i++) {
        int64_t v = 0;
        if ((i > 0 && text[i - 1] != '\n') || !safe_starts(text + i, key))
            continue;
        for (i += k; i < n && (text[i] == ' ' || text[i] == '\t'); i++)
            ;
        for (; i < n; i++) {
            char c = text[i];
            if (c >= '0' && c <= '9')
                v = v * base + (c - '0');
            else if (base == 16 && c >= 'a' && c <= 'f')
                v = v * base + (c - 'a' + 10);
            else
                return v;
        }
    }
    return -1;
}

int safe_task_parent(int pid)
{
    char path[64], text[2048];
    long n = safe_proc_read(safe_proc_path(path, pid, "status"), text, sizeof text);
    int64_t parent = n > 0 ? status_field(text, n, "PPid:", 10) : 0;
    return parent > 0 ? (int)parent : 0;
}

uint32_t safe_task_estimate(int pid)
{
    char path[64], text[2048];
    long n = safe_proc_read(safe_proc_path(path, pid, "status"), text, sizeof text - 1);
    int64_t threads = -1;
    if (n > 0) {
        text[n] = '\0';
        threads = status_field(text, n, "Threads:", 10);
    }
    if (threads < 0)
        threads = 1024;
    threads = threads + threads / 4 + 64;
    return threads > CRUMPLE_MAX_THREADS ? CRUMPLE_MAX_THREADS : (uint32_t)threads;
}

static bool is_kernel_worker(const char *name)
{
    return safe_starts(name, "iou-wrk-") || safe_starts(name, "iou-sqp-");
}

uint8_t safe_task_reason(int pid, int tid, int sig, char *ret_state, char name[16])
{
    char path[96], text[2048];
    long n = -ENOENT;

    if (!safe_proc_is_foreign())
        n = safe_proc_read(safe_proc_task_path(path, pid, tid, "status"), text, sizeof text - 1);
    if (n <= 0) /* it is gone, or there is no /proc to say so */
        return safe_call(SYS_tgkill, pid, tid, 0) == -ESRCH ? CRUMPLE_REASON_EXITED : CRUMPLE_REASON_NONE;
    text[n] = '\0';
    const char *p = text;
    size_t i = 0;
    for (; *p && *p != '\t'; p++)
        ;
    for (p += *p == '\t'; *p && *p != '\n' && i < 15; p++)
        name[i++] = *p;
    name[i] = '\0';
    p = text;
    for (; *p && !safe_starts(p, "\nState:\t"); p++)
        ;
    *ret_state = *p ? p[8] : 0;
    if (*ret_state == 'Z' || *ret_state == 'X')
        return CRUMPLE_REASON_EXITED;
    if (is_kernel_worker(name))
        return CRUMPLE_REASON_KERNEL;
    if (*ret_state == 'D')
        return CRUMPLE_REASON_UNINTERRUPTIBLE;
    int64_t blocked = status_field(text, n, "SigBlk:", 16);
    if (blocked != -1 && (uint64_t)blocked & SAFE_SIGBIT(sig))
        return CRUMPLE_REASON_BLOCKED;
    return CRUMPLE_REASON_NONE;
}
