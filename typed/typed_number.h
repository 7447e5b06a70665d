/* SPDX-License-Identifier: MIT */
/* Numbers, characters, truth values and enumerations in words. */
#ifndef CRUMPLE_TYPED_TYPED_NUMBER_H
#define CRUMPLE_TYPED_TYPED_NUMBER_H

#include "typed_field.h"
#include "typed_text.h"

/** Writes a value of size bytes (1 to 16, with 8 more behind them that may be read) of a scalar type. */
void typed_number_put(struct typed_text *text, const struct typed_type *type, const uint8_t *bytes,
                      size_t size, struct typed_bits bits);

#endif
