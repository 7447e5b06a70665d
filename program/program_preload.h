/* SPDX-License-Identifier: MIT */
/* LD_PRELOAD of the program that is started. */
#ifndef CRUMPLE_PROGRAM_PROGRAM_PRELOAD_H
#define CRUMPLE_PROGRAM_PROGRAM_PRELOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "program_find.h"

/** What crumple will see of the program, in words, as "a static program: only its end is seen"; "" if all is as it should
 * be. *ret_preloads: whether libcrumple.so should be preloaded. */
const char *program_preload_words(const struct program *program, bool *ret_preloads);

/** Appends the object's path to LD_PRELOAD in this process's environment, unless it is there. Returns 0 or a negative
 * errno (-EINVAL: ld.so cannot be told this path, because it has a blank or a colon). */
int program_preload_add(const char *path);

/** The path of the file of that name beside this program. Returns false if it is too long or unknown. */
bool program_beside(const char *name, char *ret_path, size_t bytes);

/** libcrumple.so beside this program. Returns false if the path is too long or unknown. */
bool program_preload_find(char *ret_path, size_t bytes);

#endif
