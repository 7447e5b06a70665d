/* SPDX-License-Identifier: MIT */
/*
 * Crash directories, at the start and at a fault. Bundles of user UID lie in BASE/UID (0700), where BASE is
 * CRUMPLE_DIR or /var/crash/crumple, so that a server that changes its user has a directory of its own. If
 * BASE cannot be used, bundles lie in ${TMPDIR:-/tmp}/crumple-UID. In the constructor, hooks, the helper and
 * the keeper.
 */
#ifndef CRUMPLE_PRELOAD_OUT_DIR_H
#define CRUMPLE_PRELOAD_OUT_DIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum safe_dir_kind {
    SAFE_DIR_HELD, /* BASE by the descriptor held since before the root changed (proc/held_descriptors.h) */
    SAFE_DIR_PATH, /* BASE by its path */
    SAFE_DIR_FALLBACK,
    SAFE_DIR_KINDS
};

/**
 * Opens the directory of user 'uid', and creates it if needed. Checks that no other user can write to it or
 * replace it: BASE belongs to root or the user, and is sticky if others may add to it (neither is checked for
 * the fallback). Fills 'name' with its path, for messages. Returns a descriptor or a negative errno (-ESTALE:
 * no descriptor is held).
 */
int safe_dir_open(enum safe_dir_kind kind, uint32_t uid, char *name, size_t name_bytes);

/** Creates BASE/UID for the user that this process is about to become, in a base that belongs to root or that
 * user. Returns 0 or a negative errno. */
int safe_dir_prepare(uint32_t uid, uint32_t gid);

/** Says why user uid cannot have a directory in BASE, where its bundles will go instead, and what to do. */
void safe_dir_complain(uint32_t uid, int error);

#endif
