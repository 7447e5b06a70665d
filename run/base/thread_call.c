/* SPDX-License-Identifier: MIT */
#include "base/thread_call.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* "running", "-1 SP PC", or the call, its six arguments, SP and PC: fs/proc/base.c, proc_pid_syscall(). */
int thread_call_read(pid_t pid, const char *tid, struct thread_call *ret)
{
    char path[64], text[256], *at = text, *end;
    snprintf(path, sizeof path, "/proc/%d/task/%.20s/syscall", (int)pid, tid);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t size = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
    const int error = size < 0 ? -errno : 0;
    if (fd >= 0)
        (void)close(fd);
    if (error)
        return error;
    text[size] = '\0';
    *ret = (struct thread_call){.number = strtol(text, &at, 10)};
    if (at == text)
        return -EAGAIN;
    for (size_t i = 0; i < THREAD_CALL_ARGUMENTS && ret->number >= 0; i++, at = end)
        ret->arguments[i] = strtoull(at, &end, 16);
    ret->sp = strtoull(at, &end, 16);
    return end == at ? -EAGAIN : 0;
}
