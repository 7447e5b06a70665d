/* SPDX-License-Identifier: MIT */
/* A library that ends the process of whoever uses it. */
#include <stdlib.h>

extern void leave_now(int status);

void leave_now(int status)
{
    exit(status);
}
