/* SPDX-License-Identifier: MIT */
/*
 * environ is not asked: it leads elsewhere if a library whose constructor ran before has called setenv(). The kernel
 * puts the number of arguments, the arguments, a NULL, the environment, a NULL and the auxiliary vector in a row on the
 * stack, and soon behind them the random bytes that the vector leads to (fs/binfmt_elf.c, create_elf_tables).
 */
#include "libc/calls/arguments.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/auxv.h>

#define GAP_MAX       512     /* words between the vector's AT_RANDOM and these bytes */
#define ARGUMENTS_MAX 4194304 /* of 2 bytes each, they fill the most that execve(2) takes */

/* The entry AT_RANDOM of the auxiliary vector; NULL: not found. */
static char **random_entry(void)
{
    const uintptr_t bytes = getauxval(AT_RANDOM);
    char **word = (char **)(bytes & ~(uintptr_t)7);
    for (int i = 0; bytes && i < GAP_MAX; i++)
        if ((uintptr_t)(--word)[0] == AT_RANDOM && (uintptr_t)word[1] == bytes)
            return word;
    return NULL;
}

/* Types of entries are small numbers; a pointer, or a NULL, stands in front of the environment's end. */
static char **end_of_environment(char **entry)
{
    while (entry[-2] && (uintptr_t)entry[-2] < 4096)
        entry -= 2;
    return entry - 1;
}

struct libc_arguments libc_arguments_on_stack(void)
{
    static char *none[1];
    struct libc_arguments found = {none, none};
    char **entry = random_entry(), **end;
    if (!entry)
        return found;
    for (found.envp = end_of_environment(entry); found.envp[-1];)
        found.envp--;
    end = found.envp - 1;
    for (intptr_t count = 0; count < ARGUMENTS_MAX; count++)
        if ((intptr_t)end[-count - 1] == count) {
            found.argv = end - count;
            break;
        }
    return found;
}
