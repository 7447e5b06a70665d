/* SPDX-License-Identifier: MIT */
/*
 * Crash directories, at the start and at a fault. Bundles of user UID lie in BASE/UID (0700), where BASE is
 * CRUMPLE_DIR or /var/crash/crumple, so that a server that drops its user has a directory of its own; where
 * BASE can't be used, in
 * ${TMPDIR:-/tmp}/crumple-UID.
 */
#ifndef PRELOAD_OUT_DIR_H
#define PRELOAD_OUT_DIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum safe_dir_kind {
    SAFE_DIR_HELD, /* BASE by the descriptor held since before the root changed (proc/held_descriptors.h) */
    SAFE_DIR_PATH, /* BASE by its path */
    SAFE_DIR_FALLBACK,
    SAFE_DIR_KINDS
};

/*
 * Opens the directory of user 'uid', making it where needed. Nobody else can write to it, or replace it: BASE
 * is root's or the user's, and sticky where others may add to it; neither counts for the fallback.
 * Fills 'name' with its path for people. Returns a descriptor or a negative errno (-ESTALE: none is held).
 */
int safe_dir_open(enum safe_dir_kind kind, uint32_t uid, char *name, size_t name_bytes);

/* Makes BASE/UID for a user this process is about to become, in a base that is root's or its own. Returns 0
 * or a negative errno. */
int safe_dir_prepare(uint32_t uid, uint32_t gid);

/* Adds why BASE is not trusted by the present user, a clause. False: it is, or it is not there. */
bool safe_dir_refused(struct safe_text *t);

#endif
