/* SPDX-License-Identifier: MIT */
/* Stands in for crumple-writer and dies at once (row 55). */
#include <stddef.h>

int main(void)
{
    *(volatile int *)NULL = 1;
    return 0;
}
