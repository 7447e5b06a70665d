/* SPDX-License-Identifier: MIT */
/* LD_PRELOAD of the program that is started. */
#ifndef CRUMPLE_PROGRAM_PROGRAM_PRELOAD_H
#define CRUMPLE_PROGRAM_PROGRAM_PRELOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "program_find.h"

/** What crumple will see of the program, in words, as "a static program: only its end is seen"; "" if all is as it should
 * be. */
const char *program_preload_words(const struct program *program);

/** Appends the object's path to LD_PRELOAD in this process's environment, unless it is there. Returns 0 or a negative
 * errno (-EINVAL: ld.so cannot be told this path, because it has a blank or a colon). */
int program_preload_add(const char *path);

/** The path of the file of that name beside this program. Returns false if it is too long or unknown. */
bool program_beside(const char *name, char *ret_path, size_t bytes);

/** The object for the program's libc, as named below this program's folder: libcrumple.so or musl/libcrumple.so. */
const char *program_preload_name(const struct program *program);

/** Its path. Returns false if that is too long or unknown. */
bool program_preload_find(const struct program *program, char *ret_path, size_t bytes);

#endif
