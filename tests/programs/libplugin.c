/* SPDX-License-Identifier: MIT */
/* What unloading.c loads and unloads. */
#include <unistd.h>

int plugin_data[4096] = {1, 2, 3};

int plugin_add(int a, int b);
int plugin_wait(int descriptor);

__attribute__((noinline)) int plugin_add(int a, int b)
{
    return a + b + plugin_data[0];
}

__attribute__((noinline)) int plugin_wait(int descriptor)
{
    char byte = 0;
    return (int)read(descriptor, &byte, 1) + byte;
}
