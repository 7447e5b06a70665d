/* SPDX-License-Identifier: MIT */
/* Taking the core out of a bundle. A core holds the memory of a process, hence its secrets. */
#ifndef CRUMPLE_CLI_READ_EXTRACT_H
#define CRUMPLE_CLI_READ_EXTRACT_H

#include "read/bundle.h"

/** Write the core to path, with mode 0600. A regular file is replaced as a whole when everything has been
 * written; anything else that path names (a fifo, /dev/stdout) is written into. Returns 0 or a negative errno
 * as bundle_copy_core. */
int extract_to_path(struct bundle_reader *reader, const char *path);

/** Make a private file beside path, which goes when the program is interrupted. *ret_made is its name, for extract_commit.
 * Returns the descriptor, the caller's, or a negative errno. */
int extract_begin(const char *path, char **ret_made);

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
