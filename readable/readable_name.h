/* SPDX-License-Identifier: MIT */
/* Names of functions and types for people: C++ and Rust, both manglings. */
#ifndef CRUMPLE_READABLE_READABLE_NAME_H
#define CRUMPLE_READABLE_READABLE_NAME_H

#include <stdbool.h>
#include <stddef.h>

/* Room for a name, with its NUL: in a title, which holds more than the name, and where there is a line for it. */
#define NAME_TITLE_BYTES 160
#define NAME_LINE_BYTES  300
#define NAME_SHORT_BYTES 60 /* in a list */

/**
 * Writes the readable form of a symbol's name to out, which has size bytes and is always ended by NUL: without
 * return type, the library's default arguments, Rust's hash and the compiler's clones. name need not end with
 * NUL. Where the text is too long, the parameters go first; of what is still too long the middle becomes "...".
 * A name that is not mangled is copied, and cut in the same way. Returns true if out is not just the name.
 * Bytes that a terminal would obey can be among those of the name: out must be cleaned as the name must.
 */
bool name_readable(const char *name, size_t name_size, char *out, size_t size);

/** The same, without parameters: for a list of names. */
bool name_short(const char *name, size_t name_size, char *out, size_t size);

/** The same of a type, as std::type_info::name() writes it: "St13runtime_error". */
bool name_readable_type(const char *type, char *out, size_t size);

#endif
