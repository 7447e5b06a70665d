/* SPDX-License-Identifier: MIT */
#include "typed_variable.h"

bool typed_find_variable(Dwarf *dwarf, const char *name, int64_t deadline_ms, struct typed_variable *ret)
{
    (void)dwarf, (void)name, (void)deadline_ms, (void)ret;
    return false;
}
