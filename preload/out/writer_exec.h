/* SPDX-License-Identifier: MIT */
/* Which file is crumple-writer, and its execution. */
#ifndef CRUMPLE_PRELOAD_OUT_WRITER_EXEC_H
#define CRUMPLE_PRELOAD_OUT_WRITER_EXEC_H

#include <stdbool.h>
#include <stdint.h>

/** True if only root, this user or the owner of libcrumple.so can change the writer at its path. Also false if
 * it is missing. */
bool safe_writer_path_is_trusted(void);

/** What a server limits for itself is too small for another program: up to what it may. */
void safe_writer_raise_limits(void);

/** Executes the writer in the directory, without an environment, with this mask of signals. Returns a negative errno if
 * it cannot; the directory and the mask are changed then. */
int safe_writer_exec(int dirfd, const char *const argv[], uint64_t mask);

/** Opens the file that safe_writer_exec would execute. Returns a descriptor or a negative errno. */
int safe_writer_open(void);

#endif
