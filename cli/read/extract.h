/* SPDX-License-Identifier: MIT */
/* Taking the core out of a bundle. A core holds the memory of a process, hence its secrets. */
#ifndef CRUMPLE_CLI_READ_EXTRACT_H
#define CRUMPLE_CLI_READ_EXTRACT_H

#include "read/bundle.h"

/** Open what path names, to be written. A regular file is replaced as a whole by extract_commit: *ret_made is the name of a
 * private file beside it, which goes when the program is interrupted. Anything else (a fifo, /dev/stdout) is written into, and
 * *ret_made is NULL. Returns the descriptor, the caller's, or a negative errno. */
int extract_open(const char *path, char **ret_made);

/** Without an error, the file gets its name, path, as a whole; else it is removed. Frees made. Returns 0 or the first error. */
int extract_commit(char *made, const char *path, int error);

/** Make a private file in the temporary directory, which goes when the program is interrupted. *ret_path is to
 * be given to extract_remove. Returns the descriptor, the caller's, or a negative errno. */
int extract_make_temporary(char **ret_path);

/** In a child: the temporary file is the parent's to remove. */
void extract_forget(void);

/** Remove the temporary file and free its path. */
void extract_remove(char *path);

#endif
