/* SPDX-License-Identifier: MIT */
/* A library that faults in a function that it does not export. */
void inner_enter(int *pointer);

__attribute__((noinline)) static void inner_write(int *pointer)
{
    *(volatile int *)pointer = 1;
    __asm__ volatile("");
}

__attribute__((noinline)) void inner_enter(int *pointer)
{
    inner_write(pointer);
    __asm__ volatile("");
}
