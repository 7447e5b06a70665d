/* SPDX-License-Identifier: MIT */
#include "libc/calls/arguments.h"

/* A constructor gets them (elf/dl-init.c). */
struct libc_arguments libc_arguments(const struct libc_arguments *given)
{
    return *given;
}
