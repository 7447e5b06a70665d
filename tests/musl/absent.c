/* SPDX-License-Identifier: MIT */
/* Where a test program of musl calls what only glibc has: its test is one of glibc. */
#include <err.h>

_Noreturn void absent(void)
{
    errx(70, "musl has no such function");
}
