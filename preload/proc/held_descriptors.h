/* SPDX-License-Identifier: MIT */
/*
 * What is held over a change of the root directory. An ordinary process holds nothing: the crash directory
 * and the writer are opened by their paths when they are needed. A process that is about to leave its root
 * (hooks/exported/roots.c) opens both first, and /proc, since no path leads to them afterwards. A directory
 * is held as a detached copy of its mount (open_tree(2), Linux 5.2, CAP_SYS_ADMIN): '..' ends at its top, so
 * that neither code in the new root nor a path like /proc/self/fd/900/.. leads out. Where that cannot be had,
 * none is held. Decision 20.
 */
#ifndef PRELOAD_PROC_HELD_DESCRIPTORS_H
#define PRELOAD_PROC_HELD_DESCRIPTORS_H

#include <stdbool.h>

enum safe_root {
    SAFE_ROOT_DIR,    /* the crash directory that holds those of the users */
    SAFE_ROOT_WRITER, /* crumple-writer */
    SAFE_ROOT_PROC,   /* /proc */
    SAFE_ROOTS
};

/*
 * Opens and holds what is not held already. Keeps errno, is silent: what fails is missed at a crash. Returns
 * which of them are new, a bit each.
 */
unsigned safe_roots_hold(void);
/* Closes them: the root has not changed after all. */
void safe_roots_release(unsigned added);

/* The same for a process that gives up being root, and only of what other users cannot reach by its path. */
void safe_roots_hold_private(void);

/* The descriptor, or -1: not held, or no longer what was held (the application closed or replaced it). */
int safe_roots_fd(enum safe_root which);

/* False: "/" is another directory than at the start, and what paths lead to is another's work. */
bool safe_roots_unchanged(void);

#endif
