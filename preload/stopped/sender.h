/* SPDX-License-Identifier: MIT */
/* The process that sent a signal, as its siginfo and /proc tell. Signal-safe. */
#ifndef CRUMPLE_PRELOAD_STOPPED_SENDER_H
#define CRUMPLE_PRELOAD_STOPPED_SENDER_H

#include <signal.h>
#include <stdbool.h>

struct safe_sender {
    int pid;       /* whose name this is; 0: nobody's */
    char name[16]; /* comm, ended by NUL; empty: the process is gone, or /proc does not show it */
};

/** True if a process other than 'pid' sent it: kill, sigqueue, tgkill (sigaction(2)). Pid 0 stands for a
 * process of another PID namespace. */
bool safe_sender_is_other(const siginfo_t *info, int pid);

/** Looks up the name of the process that sent the signal, unless ret has it already. In the helper, after
 * safe_proc_find, and soon: a sender may end at any time. */
void safe_sender_find(const siginfo_t *info, struct safe_sender *ret);

#endif
