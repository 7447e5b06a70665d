/* SPDX-License-Identifier: MIT */
/*
 * Gives up every right that the verb does not need, before it parses foreign bytes (sandbox/sandbox.h,
 * decision 35). None of these fails: without Landlock in the kernel, the other layers remain.
 */
#ifndef CRUMPLE_CLI_BASE_CONFINE_H
#define CRUMPLE_CLI_BASE_CONFINE_H

#include <stdbool.h>
#include <stddef.h>

#define CONFINE_PATHS_MAX 256 /* crash directories of two hundred machines */

/** From now on: read the files of these crash directories, and these files; at most twice CONFINE_PATHS_MAX. */
void confine_to_reading(const char *const *paths, size_t count);

/** From now on: read what is open. modules: also executables and debug files; folder: also write files into it (NULL: none);
 * paths: also read these files and the files of these directories, at most
 * twice CONFINE_PATHS_MAX. */
void confine_to_showing(bool modules, const char *folder, const char *const *paths, size_t count);

#endif
