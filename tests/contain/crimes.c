/* SPDX-License-Identifier: MIT */
/* What the cases misuse, and the functions of another translation unit that misuse it. */
#include "cases.h"

#include <stdint.h>

volatile struct poison poison;
volatile bool armed;
bool hold;
char sink[256];
volatile struct ran ran;

static int spare;

static void do_nothing(void)
{
}

static int compare_harmless(const void *left, const void *right)
{
    return *(const int *)left - *(const int *)right;
}

static int compare_faulting(const void *left, const void *right)
{
    *poison.address = 1;
    return compare_harmless(left, right);
}

void arm(void)
{
    armed = true;
    poison.address = NULL;
    poison.wild = (int *)0x123456789000;
    poison.text = (char *)16;
    poison.null_call = NULL;
    poison.wild_call = (void (*)(void))(uintptr_t)0x123456789000;
    poison.compare = compare_faulting;
    poison.divisor = 0;
}

void disarm(void)
{
    armed = false;
    poison.address = &spare;
    poison.wild = &spare;
    poison.text = sink;
    poison.null_call = do_nothing;
    poison.wild_call = do_nothing;
    poison.compare = compare_harmless;
    poison.divisor = 1;
}

NOINLINE void c_fault(void)
{
    *poison.address = 1;
}

/* A leaf keeps its locals below the stack pointer, where an ending must not write. */
NOINLINE int c_leaf_in_red_zone(void)
{
    volatile int local[16];
    for (int i = 0; i < 16; i++)
        local[i] = i;
    *poison.address = 1;
    return local[3] + local[15];
}

NOINLINE void c_call(void (*function)(void))
{
    function();
    STAY();
}
