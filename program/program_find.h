/* SPDX-License-Identifier: MIT */
/* Which file a command starts, and what that file is. */
#ifndef CRUMPLE_PROGRAM_PROGRAM_FIND_H
#define CRUMPLE_PROGRAM_PROGRAM_FIND_H

#include <limits.h>
#include <stdbool.h>

#include "program_file.h"

struct program {
    char path[PATH_MAX];        /* the file that is executed, as execvp(3) finds it */
    char loaded[PATH_MAX];      /* the program that runs in the end: of a script its interpreter */
    struct program_facts facts; /* of 'loaded' */
    bool is_script;
    bool is_privileged; /* 'loaded' is setuid, setgid, or has capabilities: ld.so ignores LD_PRELOAD's path */
};

/**
 * Finds the command in search, the value of PATH (NULL: that of execvp). Returns 0, or the negative errno that
 * execvp would fail with: -ENOENT, -EACCES, -ENOTDIR ... A script's interpreter is followed up to four times, as the
 * kernel does; if it cannot be read, the facts are those of the last file that can.
 */
int program_find(const char *command, const char *search, struct program *ret);

#endif
