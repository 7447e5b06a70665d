/* SPDX-License-Identifier: MIT */
/* Preloaded beside crumple: counts who allocates before this library's own constructor, and says so. */
#include <stddef.h>
#include <stdio.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

static int begun, early;

void *malloc(size_t size)
{
    early += !begun;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    early += !begun;
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    early += !begun;
    return __libc_realloc(old, size);
}

__attribute__((constructor)) static void begin(void)
{
    begun = 1;
    printf("allocated early: %d\n", early);
    fflush(stdout);
}
