/* SPDX-License-Identifier: MIT */
#include "libc/calls/arguments.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <unistd.h>

#define ARGUMENTS_MAX 4194304 /* of 2 bytes each, they fill the most that execve(2) takes */

/*
 * A constructor gets none (ldso/dynlink.c, do_init_fini). The kernel puts the number of arguments, the arguments, a
 * NULL, the environment and the auxiliary vector in a row on the stack, below the strings. A library whose constructor
 * ran before may have given the program another environment: one that lies elsewhere.
 */
struct libc_arguments libc_arguments(const struct libc_arguments *given)
{
    static char *none[1];
    struct libc_arguments found = {none, environ ? environ : none};
    const uintptr_t strings = getauxval(AT_EXECFN), frame = (uintptr_t)__builtin_frame_address(0);
    char **end = found.envp - 1; /* behind the last argument */
    (void)given;
    if ((uintptr_t)found.envp < frame || (uintptr_t)found.envp >= strings || *end)
        return found;
    for (intptr_t count = 0; count < ARGUMENTS_MAX && (uintptr_t)(end - count - 1) > frame; count++)
        if ((intptr_t)end[-count - 1] == count) {
            found.argv = end - count;
            break;
        }
    return found;
}
