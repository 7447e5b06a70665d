/* SPDX-License-Identifier: MIT */
/* Damage to the heap that glibc's malloc finds, one check after the other (row 14). */
#include "messages.h"
#include "victim.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    CACHED = 7,   /* blocks of a size that the thread's cache holds */
    SMALL = 24,   /* a size of fast bins */
    LARGE = 2000, /* one that neither the cache nor a fast bin takes */
};

/* The word before a block: its chunk's size, and flags in the lowest bits. */
#define SIZE_OF(block)      (((size_t *)(block))[-1])
#define PREV_SIZE_OF(block) (((size_t *)(block))[-2])

/* What malloc returns, out of the compiler's sight: it must not reason about these. */
static NOINLINE void *take(size_t size)
{
    void *volatile block = malloc(size);
    if (block == NULL)
        give_up("malloc");
    return block;
}

static NOINLINE void give_back(void *block)
{
    void *volatile hidden = block;
    free(hidden);
}

static NOINLINE void *grow(void *block, size_t size)
{
    void *volatile hidden = block;
    return realloc(hidden, size);
}

/* The cache of blocks of that size is full from now on; what is freed goes into bins. */
static void fill_cache(size_t size)
{
    void *blocks[CACHED];
    for (int i = 0; i < CACHED; i++)
        blocks[i] = take(size);
    for (int i = 0; i < CACHED; i++)
        give_back(blocks[i]);
}

static void take_cache(size_t size)
{
    for (int i = 0; i < CACHED; i++)
        (void)take(size);
}

void heap_double_free_tcache(char **arguments)
{
    (void)arguments;
    void *block = take(SMALL);
    announce();
    give_back(block);
    give_back(block);
}

void heap_double_free_fastbin(char **arguments)
{
    (void)arguments;
    void *block = take(SMALL);
    fill_cache(SMALL);
    announce();
    give_back(block);
    give_back(block);
}

/* The block behind it says that this one is free. */
void heap_double_free_neighbour(char **arguments)
{
    (void)arguments;
    void *block = take(LARGE), *neighbour = take(LARGE);
    (void)take(LARGE);
    announce();
    SIZE_OF(neighbour) &= ~(size_t)1;
    give_back(block);
}

void heap_free_inside(char **arguments)
{
    (void)arguments;
    char *block = take(SMALL);
    announce();
    give_back(block + 8);
}

/* Of the stack: no allocator has returned it. */
void heap_free_foreign(char **arguments)
{
    (void)arguments;
    size_t room[16] __attribute__((aligned(16)));
    for (int i = 0; i < 16; i++)
        room[i] = 0x11;
    announce();
    give_back(room + 4);
}

void heap_free_size(char **arguments)
{
    (void)arguments;
    char *block = take(SMALL);
    announce();
    SIZE_OF(block) = 0x11;
    give_back(block);
}

void heap_free_next_fast(char **arguments)
{
    (void)arguments;
    char *block = take(SMALL), *next = take(SMALL);
    fill_cache(SMALL);
    announce();
    SIZE_OF(next) = 0;
    give_back(block);
}

void heap_free_next_normal(char **arguments)
{
    (void)arguments;
    char *block = take(LARGE), *next = take(LARGE);
    announce();
    SIZE_OF(next) = 1;
    give_back(block);
}

void heap_free_mapped(char **arguments)
{
    (void)arguments;
    char *block = take(SMALL);
    announce();
    SIZE_OF(block) |= 2;
    give_back(block);
}

void heap_realloc_inside(char **arguments)
{
    (void)arguments;
    char *block = take(SMALL);
    announce();
    (void)grow(block + 8, 100);
}

void heap_realloc_old_size(char **arguments)
{
    (void)arguments;
    char *block = take(SMALL);
    announce();
    SIZE_OF(block) = 0x10000001;
    (void)grow(block, 100);
}

void heap_realloc_next_size(char **arguments)
{
    (void)arguments;
    char *block = take(SMALL), *next = take(SMALL);
    announce();
    SIZE_OF(next) = 0;
    (void)grow(block, 100);
}

/* The rest of the heap lies behind the last block. */
static char *last_block(size_t size)
{
    char *block = take(size);
    return block + malloc_usable_size(block) + 8;
}

void heap_top_size(char **arguments)
{
    (void)arguments;
    char *top = last_block(LARGE);
    announce();
    SIZE_OF(top) = SIZE_MAX;
    (void)take(LARGE);
}

void heap_top_assertion(char **arguments)
{
    (void)arguments;
    char *top = last_block(LARGE);
    announce();
    SIZE_OF(top) = 0x31;
    (void)take(LARGE);
}

/* Of three neighbours the second is free; its end is damaged, and the first is freed. */
void heap_prev_size(char **arguments)
{
    (void)arguments;
    char *first = take(LARGE), *second = take(LARGE), *third = take(LARGE);
    (void)take(LARGE);
    give_back(second);
    announce();
    PREV_SIZE_OF(third) += 16;
    give_back(first);
}

void heap_consolidating(char **arguments)
{
    (void)arguments;
    char *first = take(LARGE), *second = take(LARGE);
    (void)take(LARGE);
    give_back(first);
    announce();
    SIZE_OF(first) += 16;
    give_back(second);
}

void heap_list(char **arguments)
{
    (void)arguments;
    char *first = take(LARGE), *second = take(LARGE);
    (void)take(LARGE);
    give_back(second);
    announce();
    ((void **)(void *)second)[0] = first;
    give_back(first);
}

void heap_unsorted_size(char **arguments)
{
    (void)arguments;
    char *block = take(LARGE);
    (void)take(LARGE);
    give_back(block);
    announce();
    SIZE_OF(block) = 1;
    (void)take(LARGE);
}

void heap_unsorted_prev_size(char **arguments)
{
    (void)arguments;
    char *block = take(LARGE), *next = take(LARGE);
    (void)take(LARGE);
    give_back(block);
    announce();
    PREV_SIZE_OF(next) += 16;
    (void)take(LARGE);
}

/* The links of free blocks are overwritten, as by a use after free. */
void heap_tcache_pointer(char **arguments)
{
    (void)arguments;
    char *first = take(SMALL), *second = take(SMALL);
    give_back(first);
    give_back(second);
    announce();
    ((uintptr_t *)(void *)second)[0] = ((uintptr_t)second >> 12) ^ ((uintptr_t)first + 8);
    (void)take(SMALL);
    (void)take(SMALL);
}

void heap_fastbin_pointer(char **arguments)
{
    (void)arguments;
    char *first = take(SMALL), *second = take(SMALL);
    fill_cache(SMALL);
    give_back(first);
    give_back(second);
    take_cache(SMALL);
    announce();
    ((uintptr_t *)(void *)second)[0] = ((uintptr_t)second >> 12) ^ ((uintptr_t)first + 8);
    (void)take(SMALL);
    (void)take(SMALL);
}

/* The thread's end gives its cache back. */
void heap_thread_end(char **arguments)
{
    (void)arguments;
    char *first = take(SMALL), *second = take(SMALL);
    give_back(first);
    give_back(second);
    announce();
    ((uintptr_t *)(void *)second)[0] = ((uintptr_t)second >> 12) ^ ((uintptr_t)first + 8);
}
