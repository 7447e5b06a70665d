/* SPDX-License-Identifier: MIT */
/* Safe file: called by hooks, in signal handlers too. See base/try.h. */
#include "base/try.h"

#include "base/io.h"

#define PAGE UINT64_C(4096)

/* Its first and its last byte tell, and one of them where both are in one page. */
bool safe_try_ask(const void *from, size_t n)
{
    uint64_t first = (uint64_t)from, last = first + n - 1;
    return safe_is_readable(first) && (first / PAGE == last / PAGE || safe_is_readable(last));
}
