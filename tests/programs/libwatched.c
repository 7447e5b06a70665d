/* SPDX-License-Identifier: MIT */
/* A library with variables, linked into 'watched', and opened by it by another name (libopened.so). */
#include "watched.h"

int lib_common = 1;
int lib_exported = 31;
static volatile int lib_static = 32;
static __thread volatile long lib_thread;
__thread char lib_name[8] = "unset"; /* one of both libraries: the first in the order of loading */

int lib_use(int value)
{
    lib_thread = value;
    lib_name[0] = 'U';
    return lib_static += 0;
}

int lib_common_now(void)
{
    return lib_common;
}
