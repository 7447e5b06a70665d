/* SPDX-License-Identifier: MIT */
/* Names of C++ types for people. */
#ifndef CRUMPLE_WRITER_EXPLAIN_TYPE_NAME_H
#define CRUMPLE_WRITER_EXPLAIN_TYPE_NAME_H

#include <stddef.h>

/**
 * Writes the type that std::type_info::name() calls 'mangled' in readable form (readable_name.h), as the part
 * of a signature that it is: control characters and '|' become '_'.
 */
void type_name(const char *mangled, char *out, size_t size);

#endif
