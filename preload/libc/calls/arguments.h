/* SPDX-License-Identifier: MIT */
/* What a constructor knows of the program's arguments. Ordinary code. */
#ifndef CRUMPLE_PRELOAD_LIBC_CALLS_ARGUMENTS_H
#define CRUMPLE_PRELOAD_LIBC_CALLS_ARGUMENTS_H

struct libc_arguments {
    char **argv, **envp; /* never NULL, and each ends with NULL */
};

/** Finds both where the kernel has put them. */
struct libc_arguments libc_arguments_on_stack(void);
/** Returns both; given: what the constructor was called with. Call it in a constructor. */
struct libc_arguments libc_arguments(const struct libc_arguments *given);

#endif
