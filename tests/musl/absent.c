/* SPDX-License-Identifier: MIT */
/* Where a test program of musl calls what only glibc has. */
#include <errno.h>

int absent(void)
{
    errno = ENOSYS;
    return -1;
}
