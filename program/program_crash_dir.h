/* SPDX-License-Identifier: MIT */
/*
 * The crash directory of a process that runs, seen from outside: perhaps in another mount namespace, perhaps another
 * user's. Its path is looked up inside of the process's root, and with the rights of the process's user: neither its
 * links nor its directories lead this process where that user could not go.
 */
#ifndef CRUMPLE_PROGRAM_PROGRAM_CRASH_DIR_H
#define CRUMPLE_PROGRAM_PROGRAM_CRASH_DIR_H

#include <limits.h>
#include <stdint.h>

#include "program_process.h"

/* Where the process may write: what it says itself, its crash directory, and the one in TMPDIR. */
#define PROGRAM_CRASH_DIRS 3

struct program_crash_dirs {
    pid_t pid;
    struct program_process process;
    int root;                                /* of the process */
    char path[PROGRAM_CRASH_DIRS][PATH_MAX]; /* of user UID, as the process sees it; "": not known */
    char prefix[32];                         /* where its root is another one: /proc/PID/root, else "" */
};

/** Finds them by the environment that the process was started with, which it may have written over (setproctitle); they
 * may not exist yet. Returns 0 or a negative errno. program_crash_dirs_close() is due after 0. */
int program_crash_dirs_open(pid_t pid, const struct program_process *process, struct program_crash_dirs *ret);
/** The process has shown its directory: the working directory of process 'helper'. False: it has ended. */
bool program_crash_dirs_learn(struct program_crash_dirs *dirs, pid_t helper);
void program_crash_dirs_close(struct program_crash_dirs *dirs);

enum program_crash_found {
    PROGRAM_CRASH_NONE,
    PROGRAM_CRASH_CORE,  /* the memory is saved, the bundle is being made */
    PROGRAM_CRASH_BUNDLE /* *ret_path is its path */
};

/** Looks for what the process has left since the time (CLOCK_REALTIME, microseconds). Returns enum program_crash_found, or
 * the negative errno of a directory that is there but cannot be read. */
int program_crash_dirs_find(const struct program_crash_dirs *dirs, int64_t since_us, char ret_path[PATH_MAX]);

/** Writes a file, or removes it (text NULL), in the first directory that is there. Returns 0 or a negative errno. */
int program_crash_dirs_put(const struct program_crash_dirs *dirs, const char *name, const char *text);

#endif
