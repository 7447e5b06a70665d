/* SPDX-License-Identifier: MIT */
#include "libc/calls/stacks.h"

/* more than libc's descriptor, which is all that lies above fs_base on a thread's stack */
#define TLS_ABOVE 8192

/* The thread's descriptor (x86-64 TLS ABI: %fs:0 holds its own address). */
static uint64_t own_fs_base(void)
{
    uint64_t base;
    __asm__("movq %%fs:0, %0" : "=r"(base));
    return base;
}

uint64_t libc_stack_low(uint64_t bytes)
{
    uint64_t top = own_fs_base() + TLS_ABOVE;
    return bytes && bytes < top ? top - bytes : top;
}
