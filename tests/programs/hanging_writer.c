/* SPDX-License-Identifier: MIT */
/* Stands in for crumple-writer and never comes back (row 76). Static, like the real one. */
#include <unistd.h>

int main(void)
{
    for (;;)
        pause();
}
