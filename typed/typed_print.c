/* SPDX-License-Identifier: MIT */
#include "typed_print.h"

bool typed_print(const struct typed_type *type, const struct typed_value *value,
                 const struct typed_memory *memory, const struct typed_limits *limits, char *out, size_t size)
{
    (void)type, (void)value, (void)memory, (void)limits;
    if (size)
        *out = '\0';
    return false;
}
