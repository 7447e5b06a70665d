/* SPDX-License-Identifier: MIT */
/* Bad addresses: read, written and jumped to (rows 1-5 and 11). */
#include "victim.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096 };

NOINLINE void write_through_null(void)
{
    *(volatile int *)NULL = 1;
}

static void null_write(char **arguments)
{
    (void)arguments;
    fact("addr", "0x0");
    announce();
    write_through_null();
}

static NOINLINE void write_to_readonly_page(volatile char *page)
{
    page[16] = 1;
}

static void readonly_write(char **arguments)
{
    (void)arguments;
    char *page = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        give_up("mmap");
    fact("addr", "%p", (void *)(page + 16));
    announce();
    write_to_readonly_page(page);
}

static NOINLINE long read_noncanonical_address(const volatile long *where)
{
    return *where;
}

static void noncanonical_read(char **arguments)
{
    (void)arguments;
    fact("addr", "0x0"); /* the processor does not tell the kernel which address it was */
    announce();
    read_noncanonical_address((const long *)(uintptr_t)UINT64_C(0xdead00000000beef));
}

typedef void (*code)(void);

static NOINLINE void call_through_pointer(volatile code *target)
{
    (*target)();
}

static void jump_to_null(char **arguments)
{
    (void)arguments;
    volatile code target = NULL;
    fact("addr", "0x0");
    announce();
    call_through_pointer(&target);
}

static void jump_to_data(char **arguments)
{
    (void)arguments;
    char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        give_up("mmap");
    volatile code target = (code)(uintptr_t)(page + 64);
    fact("addr", "%p", (void *)(page + 64));
    announce();
    call_through_pointer(&target);
}

static NOINLINE int read_past_end_of_file(const volatile char *mapping)
{
    return mapping[PAGE];
}

/* truncated-mapping [USER]: of a file that is deleted. */
static void truncated_mapping(char **arguments)
{
    if (arguments[0] != NULL && setuid((uid_t)strtoul(arguments[0], NULL, 10)) != 0)
        give_up("setuid");
    char name[] = "/tmp/victim-XXXXXX";
    int file = mkstemp(name);
    if (file < 0 || ftruncate(file, 2 * PAGE) != 0)
        give_up(name);
    unlink(name);
    char *mapping = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, file, 0);
    if (mapping == MAP_FAILED || ftruncate(file, PAGE) != 0)
        give_up("mmap");
    fact("addr", "%p", (void *)(mapping + PAGE));
    announce();
    read_past_end_of_file(mapping);
}

static NOINLINE void fill(char *mapping, size_t bytes)
{
    for (size_t i = 0; i < bytes; i += PAGE)
        *(volatile char *)(mapping + i) = 1;
}

/* sparse-mapping FILE: shared memory in a file system that is smaller than the file. */
static void sparse_mapping(char **arguments)
{
    const size_t bytes = 8 << 20;
    int file = open(arguments[0], O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || ftruncate(file, (off_t)bytes) != 0)
        give_up(arguments[0]);
    char *mapping = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (mapping == MAP_FAILED)
        give_up("mmap");
    announce();
    fill(mapping, bytes);
}

const struct verb memory_verbs[] = {
    {"sparse-mapping", IN_WORKER, sparse_mapping},       {"null-write", IN_MAIN, null_write},
    {"readonly-write", IN_WORKER, readonly_write},       {"noncanonical-read", IN_WORKER, noncanonical_read},
    {"jump-to-null", IN_WORKER, jump_to_null},           {"jump-to-data", IN_MAIN, jump_to_data},
    {"truncated-mapping", IN_WORKER, truncated_mapping}, {NULL, IN_MAIN, NULL},
};
