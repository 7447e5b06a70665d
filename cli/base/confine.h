/* SPDX-License-Identifier: MIT */
/*
 * Giving up, before a stranger's bytes are parsed, every right that the verb does not need
 * (sandbox/sandbox.h, decision 35). None of these fails: a kernel without Landlock leaves the other layers.
 */
#ifndef CLI_BASE_CONFINE_H
#define CLI_BASE_CONFINE_H

#include <stdbool.h>

/* From now on: read the files of the crash directory. */
void confine_to_reading(const char *dir);

/* From now on: read what is open. modules: also executables and debug files; core_path: also write that file
 * and others beside it ("-" or NULL: none). */
void confine_to_showing(bool modules, const char *core_path);

#endif
