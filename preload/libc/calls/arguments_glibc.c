/* SPDX-License-Identifier: MIT */
#include "libc/calls/arguments.h"

#include "libc/calls/lookup.h"

/* A constructor gets them (elf/dl-init.c), but from glibc only. */
struct libc_arguments libc_arguments(const struct libc_arguments *given)
{
    return libc_is_ours() ? *given : libc_arguments_on_stack();
}
