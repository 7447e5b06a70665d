/* SPDX-License-Identifier: MIT */
/* Deaths that libc decides on: abort, assert and the heap's own checks (rows 12-14). */
#undef NDEBUG
#include "victim.h"

#include <assert.h>
#include <stdlib.h>

static NOINLINE void call_abort(void)
{
    abort();
}

static void plain_abort(char **arguments)
{
    (void)arguments;
    announce();
    call_abort();
}

static NOINLINE void check_invariant(volatile int *level)
{
    assert(*level > 0);
}

static void failed_assert(char **arguments)
{
    (void)arguments;
    volatile int level = 0;
    announce();
    check_invariant(&level);
}

static NOINLINE void free_twice(void *volatile block)
{
    free(block);
    free(block);
}

/* Too large for the per-thread cache, so that the check runs with the arena locked by this thread. */
static void double_free(char **arguments)
{
    (void)arguments;
    void *block = malloc(3000);
    void *volatile neighbour = malloc(3000);
    if (block == NULL || neighbour == NULL)
        give_up("malloc");
    announce();
    free_twice(block);
}

const struct verb abort_verbs[] = {
    {"abort", IN_MAIN, plain_abort},
    {"assert", IN_WORKER, failed_assert},
    {"double-free", IN_WORKER, double_free},
    {NULL, IN_MAIN, NULL},
};
