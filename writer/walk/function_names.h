/* SPDX-License-Identifier: MIT */
/* One name for a function, whichever compiler, options or processor it was built for. */
#ifndef CRUMPLE_WRITER_WALK_FUNCTION_NAMES_H
#define CRUMPLE_WRITER_WALK_FUNCTION_NAMES_H

#include <stddef.h>

/**
 * Writes the normalised name of a function to out, which has size bytes: without arguments, clone suffixes,
 * variants and hashes; <...> becomes <T>. function may be mangled; it need not end with NUL. A long name is cut.
 */
void function_names_normalise(const char *function, size_t function_size, char *out, size_t size);

/** The same of the name as people write it: demangled before. */
void function_names_readable(const char *function, size_t function_size, char *out, size_t size);

#endif
