/* SPDX-License-Identifier: MIT */
#include "libc/calls/arguments.h"

/* A constructor gets no arguments (ldso/dynlink.c, do_init_fini). */
struct libc_arguments libc_arguments(const struct libc_arguments *given)
{
    (void)given;
    return libc_arguments_on_stack();
}
