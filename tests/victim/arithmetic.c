/* SPDX-License-Identifier: MIT */
/* Instructions that fault by themselves (rows 8-10). The fault's address is that of the instruction. */
#include "victim.h"

static NOINLINE int divide(volatile int *by)
{
    return 1000 / *by;
}

static void divide_by_zero(char **arguments)
{
    (void)arguments;
    volatile int zero = 0;
    announce();
    divide(&zero);
}

static NOINLINE void run_undefined_instruction(void)
{
    __asm__ volatile("ud2");
}

static void undefined_instruction(char **arguments)
{
    (void)arguments;
    announce();
    run_undefined_instruction();
}

static NOINLINE void load_unaligned_vector(const char *bytes)
{
    __asm__ volatile("movaps (%0), %%xmm0" : : "r"(bytes) : "xmm0");
}

static void unaligned_vector(char **arguments)
{
    (void)arguments;
    static const char bytes[64] __attribute__((aligned(16)));
    fact("addr", "0x0"); /* a general protection fault carries no address */
    announce();
    load_unaligned_vector(bytes + 1);
}

static NOINLINE void run_breakpoint(void)
{
    __asm__ volatile("int3");
}

static void breakpoint(char **arguments)
{
    (void)arguments;
    announce();
    run_breakpoint();
}

const struct verb arithmetic_verbs[] = {
    {"divide-by-zero", IN_WORKER, divide_by_zero},
    {"undefined-instruction", IN_WORKER, undefined_instruction},
    {"unaligned-vector", IN_WORKER, unaligned_vector},
    {"breakpoint", IN_MAIN, breakpoint},
    {NULL, IN_MAIN, NULL},
};
