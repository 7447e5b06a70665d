/* SPDX-License-Identifier: MIT */
#include "libc/calls/objects.h"

#include <stdint.h>
#include <sys/auxv.h>

#include "proc/symbols.h"

void libc_objects_prepare(void)
{
}

bool libc_finds_objects(void)
{
    return true;
}

/*
 * No object goes away, so the loader's list can be read without its lock, which a look-up in a signal handler might
 * wait for. What no library has is the program's. Its header is at its bias; without a bias it is on the page of
 * AT_PHDR. All segments of a file are mapped, so that what its header says needs no end.
 */
bool libc_object_at(const void *code, const char **ret_start, const char **ret_end)
{
    struct safe_object object;
    uint64_t start = getauxval(AT_PHDR) & ~UINT64_C(4095);
    for (bool more = safe_symbols_first(&object); more; more = safe_symbols_next(&object))
        if ((object.is_program && object.bias) || safe_symbols_has_code(&object, (uint64_t)code))
            start = object.bias;
    *ret_start = (const char *)start;
    *ret_end = (const char *)UINTPTR_MAX;
    return start != 0;
}
