/* SPDX-License-Identifier: MIT */
/* A buffer overrun that the stack protector finds (row 15). Built with -fstack-protector-all. */
#include "victim.h"

#include <string.h>

static NOINLINE size_t copy_without_bound(const char *from, volatile size_t length)
{
    char buffer[16];
    char *volatile to = buffer; /* hides the size from the compiler */
    for (size_t i = 0; i < length; i++)
        to[i] = from[i];
    return strlen(buffer);
}

static void stack_smash(char **arguments)
{
    (void)arguments;
    announce();
    copy_without_bound("an overlong name that runs over the canary", 32);
}

const struct verb smash_verbs[] = {
    {"stack-smash", IN_WORKER, stack_smash},
    {NULL, IN_MAIN, NULL},
};
