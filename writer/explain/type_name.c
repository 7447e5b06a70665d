/* SPDX-License-Identifier: MIT */
#include "explain/type_name.h"

#include <string.h>

#include "readable_name.h"

void type_name(const char *mangled, char *out, size_t size)
{
    if (size == 0)
        return;
    (void)name_readable_type(mangled, out, size);
    for (char *at = out; *at; at++)
        if (*at == '|' || (unsigned char)*at < 0x20 || *at == 0x7f)
            *at = '_';
}
