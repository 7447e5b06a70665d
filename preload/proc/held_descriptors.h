/* SPDX-License-Identifier: MIT */
/*
 * Descriptors held across a change of the root directory. An ordinary process holds none: it opens the crash
 * directory and the writer by their paths when it needs them. A process that is about to leave its root
 * (hooks/exported/roots.c) first opens both, and /proc, since no path leads to them afterwards. A directory
 * is held as a detached copy of its mount (open_tree(2), Linux 5.2, CAP_SYS_ADMIN): '..' ends at its top, so
 * neither code in the new root nor a path like /proc/self/fd/900/.. leads out. If the kernel refuses the
 * copy, no directory is held. Decision 20. Hooks hold, the helper and the keeper read.
 */
#ifndef CRUMPLE_PRELOAD_PROC_HELD_DESCRIPTORS_H
#define CRUMPLE_PRELOAD_PROC_HELD_DESCRIPTORS_H

#include <stdbool.h>

enum safe_root {
    SAFE_ROOT_DIR,    /* the crash directory that holds those of the users */
    SAFE_ROOT_WRITER, /* crumple-writer */
    SAFE_ROOT_PROC,   /* /proc */
    SAFE_ROOTS
};

/**
 * Opens and holds all that is not held yet. Keeps errno and prints nothing: a failure shows at a crash.
 * Returns a bit for each new descriptor.
 */
unsigned safe_roots_hold(void);
/** Closes these descriptors again: the call that changes the root has failed. */
void safe_roots_release(unsigned added);

/** The same for a process that stops being root; holds only what other users cannot reach by path. */
void safe_roots_hold_private(void);

/** Returns the descriptor, or -1 if none is held, or if the application has closed or replaced it. */
int safe_roots_fd(enum safe_root which);

/** False if "/" is another directory than at the start: paths may then lead to foreign files. */
bool safe_roots_unchanged(void);

#endif
