/* SPDX-License-Identifier: MIT */
/* Faults inside malloc, and beside threads that are inside it, for whichever allocator is loaded (rows 33,
 * 34). */
#include "victim.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* glibc: a block in the unsorted bin whose back pointer was overwritten. malloc follows it with the arena
 * locked. */
static NOINLINE void *allocate_from_damaged_bin(size_t size)
{
    return malloc(size);
}

static void malloc_damaged_bin(char **arguments)
{
    (void)arguments;
    volatile uintptr_t *block = malloc(3000);
    void *volatile barrier = malloc(3000);
    if (block == NULL || barrier == NULL)
        give_up("malloc");
    void *volatile freed = (void *)block;
    free(freed);
    block = freed;
    block[1] = 0x1230; /* the chunk's bk */
    fact("addr", "0x%x", 0x1230 + 16);
    announce();
    allocate_from_damaged_bin(5000);
}

/*
 * jemalloc, tcmalloc: they ask for memory with their locks held, through functions that a program may
 * replace. These two replace them, and fault once when told to. glibc's malloc does not come here.
 */
static atomic_int growth_is_fatal;

static NOINLINE void fault_while_growing(void)
{
    write_through_null();
}

void *mmap(void *where, size_t length, int protection, int flags, int file, off_t offset)
{
    if (atomic_load(&growth_is_fatal) == own_tid())
        fault_while_growing();
    return (void *)syscall(SYS_mmap, where, length, protection, flags, file, offset);
}

void *sbrk(intptr_t increment)
{
    static char *now;

    if (atomic_load(&growth_is_fatal) == own_tid())
        fault_while_growing();
    if (now == NULL)
        now = (char *)syscall(SYS_brk, NULL);
    char *before = now;
    if (increment != 0) {
        now = (char *)syscall(SYS_brk, before + increment);
        if (now != before + increment) {
            now = before;
            return (void *)-1;
        }
    }
    return before;
}

static NOINLINE void allocate_until_growth(void)
{
    for (size_t size = 1024;; size += 4096)
        *(volatile char *)malloc(size) = 1;
}

static void malloc_growth(char **arguments)
{
    (void)arguments;
    fact("addr", "0x0");
    announce();
    atomic_store(&growth_is_fatal, own_tid());
    allocate_until_growth();
}

static NOINLINE void churn_blocks(void)
{
    void *blocks[64] = {0};
    for (unsigned i = 0;; i++) {
        void **slot = &blocks[i % 64];
        free(*slot);
        *slot = malloc(16 + (i * 7919u) % 6000);
        if (i == 100000)
            arrive();
    }
}

static void *allocate_for_ever(void *unused)
{
    (void)unused;
    churn_blocks();
    return NULL;
}

static void malloc_neighbour(char **arguments)
{
    (void)arguments;
    start_thread_of(allocate_for_ever, NULL);
    start_thread_of(allocate_for_ever, NULL);
    await_arrivals(2);
    announce();
    write_through_null();
}

const struct verb allocator_verbs[] = {
    {"malloc-damaged-bin", IN_WORKER, malloc_damaged_bin},
    {"malloc-growth", IN_WORKER, malloc_growth},
    {"malloc-neighbour", IN_WORKER, malloc_neighbour},
    {NULL, IN_MAIN, NULL},
};
