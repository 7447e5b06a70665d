/* SPDX-License-Identifier: MIT */
/* The name of a type, as C and C++ write it. */
#ifndef CRUMPLE_TYPED_TYPED_NAME_H
#define CRUMPLE_TYPED_TYPED_NAME_H

#include "typed_type.h"

#define TYPED_NAME_BYTES 256 /* room for a name; longer ones are cut */

/** Writes the name, such as "const struct player *", "char [16]", "enum state", "void (*)(int)". It is
 * foreign text. Always ends ret_name; returns its length. */
size_t typed_name(const struct typed_type *type, char *ret_name, size_t size);

#endif
