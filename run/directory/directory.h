/* SPDX-License-Identifier: MIT */
/*
 * Crash directories, by the rules of libcrumple.so (preload/out/dir.h): those of user UID are BASE/UID, where BASE is
 * CRUMPLE_DIR or /var/crash/crumple; if BASE cannot be used, ${TMPDIR:-/tmp}/crumple-UID. named: the value of CRUMPLE_DIR
 * (settings.h), "" if there is none.
 */
#ifndef CRUMPLE_RUN_DIRECTORY_DIRECTORY_H
#define CRUMPLE_RUN_DIRECTORY_DIRECTORY_H

#include <limits.h>
#include <stdbool.h>

/**
 * Opens the folder of this process's user, made if needed; no other user can write to it or replace it. Fills ret_name with
 * its path. Returns a descriptor (close-on-exec) or a negative errno: of BASE, if neither can be used.
 */
int directory_open(const char *named, char ret_name[PATH_MAX]);

/**
 * Calls visit with a descriptor of each user's folder that is there, is that user's, and can be read, until it returns true. The server may
 * have become another user since its start. Returns what the last call returned.
 */
bool directory_visit(const char *named, bool (*visit)(int directory, void *context), void *context);

#endif
