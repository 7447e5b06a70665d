/* SPDX-License-Identifier: MIT */
/* A process that runs, as /proc shows it. */
#ifndef CRUMPLE_PROGRAM_PROGRAM_PROCESS_H
#define CRUMPLE_PROGRAM_PROGRAM_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* /proc/PID/status and /proc/PID/stat, of a process or of one thread. */
struct program_process {
    pid_t tgid, ppid, own_pid; /* own_pid: in its own PID namespace */
    uid_t euid;                /* as seen here */
    gid_t egid;
    pid_t tracer;             /* that debugs it; 0: none */
    char state;               /* letter */
    uint64_t blocked, caught; /* signals, as bits */
    int seccomp, filters;     /* mode; number of filters, or -1 where the kernel does not tell */
    unsigned long long start; /* clock ticks since boot: tells a process from another with its number */
    char name[16];
    int exit_signal; /* to its parent */
};

/** Reads that of the process, or of its thread tid (0: of the process). Returns 0 or a negative errno; -ESRCH: it is not
 * there. */
int program_process_read(pid_t pid, pid_t tid, struct program_process *ret);

/** Says why /proc does not show the process, a sentence without its full stop. Returns the error, -EPERM for both kinds of it. */
int program_process_unreadable(const struct program_process *process, pid_t pid, int error, char *ret_words,
                               size_t size);

/** Reads a process that is to be asked for something. Returns 0, or a negative errno and the reason: it is not there, has ended
 * (-ESRCH), may not be looked at (-EPERM), or is stopped (-EBUSY). */
int program_process_look(pid_t pid, struct program_process *ret, char *ret_words, size_t size);

/** Whether its program is one of Go. False if that cannot be told. */
bool program_process_is_go(pid_t pid);

/** Whether a process that was loaded by a loader has musl's. False if that cannot be told. */
bool program_process_is_musl(pid_t pid);

/** Whether libcrumple.so is mapped. Returns 1, 0 or a negative errno. */
int program_process_has_crumple(pid_t pid);

/**
 * Finds a thread that does not block the signal and sleeps; one that is not the first, if there is one: after exec,
 * which other threads do not outlive, nobody else gets what was sent to it. Returns its tid, 0 for none, or a negative errno.
 */
pid_t program_process_find_thread(pid_t pid, int signal);

/* The system call filters of a process's threads. Where the kernel does not tell the number (before Linux 5.9), it is 1. */
struct program_filters {
    int least, most;
    bool is_strict; /* a thread is in seccomp's mode 1 */
};

/** Looks at each thread: a filter may be that of one thread only. Returns 0 or a negative errno. */
int program_process_filters(pid_t pid, struct program_filters *ret);

/** A value of the environment that the process was started with. Returns false if there is none, or it cannot be read. */
bool program_process_environment(pid_t pid, const char *name, char *ret, size_t size);

/** What a user's number here is in the process's user namespace. */
uid_t program_process_uid_inside(pid_t pid, uid_t uid);

#endif
