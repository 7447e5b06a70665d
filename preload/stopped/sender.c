/* SPDX-License-Identifier: MIT */
/* Safe file: the question in hooks and handlers, the name in the helper process. */
#include "stopped/sender.h"

#include "state/fault.h"
#include "proc/proc.h"
#include "base/text.h"

bool safe_sender_is_other(const siginfo_t *info, int pid)
{
    return (info->si_code == SI_USER || info->si_code == SI_QUEUE || info->si_code == SI_TKILL) &&
           info->si_pid != pid;
}

void safe_sender_find(const siginfo_t *info, struct safe_sender *ret)
{
    char path[64];
    /* A /proc of another PID namespace has a stranger under that number. */
    if (!safe_sender_is_other(info, safe_fault.pid) || info->si_pid <= 0 || info->si_pid == ret->pid ||
        safe_proc_is_foreign())
        return;
    safe_zero(ret, sizeof *ret);
    ret->pid = info->si_pid;
    long bytes = safe_proc_read(safe_proc_path(path, ret->pid, "comm"), ret->name, sizeof ret->name - 1);
    safe_zero(ret->name + (bytes > 0 ? bytes : 0), sizeof ret->name - (size_t)(bytes > 0 ? bytes : 0));
    if (bytes > 0 && ret->name[bytes - 1] == '\n')
        ret->name[bytes - 1] = '\0';
}
