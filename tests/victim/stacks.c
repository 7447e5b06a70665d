/* SPDX-License-Identifier: MIT */
/* Stacks that end, and alternate stacks that are too small (rows 26 and 71). */
#include "victim.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static NOINLINE unsigned recurse_for_ever(unsigned depth)
{
    volatile char frame[200];
    frame[depth % sizeof frame] = (char)depth;
    return recurse_for_ever(depth + 1) + (unsigned)frame[depth % sizeof frame];
}

static void overflow(char **arguments)
{
    (void)arguments;
    announce();
    recurse_for_ever(0);
}

/* Each frame is first touched at its low end: the stack pointer has left the stack when the fault comes. */
static NOINLINE unsigned recurse_in_leaps(unsigned depth)
{
    volatile char frame[3000];
    frame[0] = (char)depth;
    return recurse_in_leaps(depth + 1) + (unsigned)frame[0];
}

static void overflow_in_leaps(char **arguments)
{
    (void)arguments;
    announce();
    recurse_in_leaps(0);
}

static void take_small_alternate_stack(size_t size)
{
    stack_t small = {.ss_size = size};
    small.ss_sp = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (small.ss_sp == MAP_FAILED || sigaltstack(&small, NULL) != 0)
        give_up("sigaltstack");

    stack_t now;
    memset(&now, 0, sizeof now);
    if (sigaltstack(NULL, &now) != 0)
        give_up("sigaltstack");
    fact("altstack_bytes", "%zu", now.ss_size);
    fact("altstack_kept", "%d", now.ss_sp == small.ss_sp && now.ss_flags == 0);
}

/* small-altstack SIZE: the thread that faults has it. */
static void small_altstack(char **arguments)
{
    take_small_alternate_stack(strtoul(arguments[0], NULL, 10));
    announce();
    write_through_null();
}

static void *park_with_small_altstack(void *size)
{
    take_small_alternate_stack((size_t)size);
    return park(NULL);
}

/* small-altstack-neighbour SIZE: a thread that must only be stopped has it. */
static void small_altstack_neighbour(char **arguments)
{
    start_thread_of(park_with_small_altstack, (void *)strtoul(arguments[0], NULL, 10));
    await_arrivals(1);
    announce();
    write_through_null();
}

const struct verb stack_verbs[] = {
    {"overflow", IN_WORKER, overflow},
    {"overflow-in-leaps", IN_WORKER, overflow_in_leaps},
    {"small-altstack", IN_WORKER, small_altstack},
    {"small-altstack-neighbour", IN_WORKER, small_altstack_neighbour},
    {NULL, IN_MAIN, NULL},
};
