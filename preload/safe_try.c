/* SPDX-License-Identifier: MIT */
/* Safe file: called by hooks, in signal handlers too. See safe_try.h. */
#include "safe_try.h"

#include "safe_entry.h"
#include "safe_io.h"

#define PAGE UINT64_C(4096)

/* At most a page: its first and its last byte tell, and one of them where both are in one page. */
static bool may_read(uint64_t first, uint64_t last)
{
    return safe_is_readable(first) && (first / PAGE == last / PAGE || safe_is_readable(last));
}

bool safe_try_read(void *to, const void *from, size_t n)
{
    const uint64_t needed = SAFE_SIGBIT(SIGSEGV) | SAFE_SIGBIT(SIGBUS);
    uint64_t at = (uint64_t)from;
    if (!from || ((__atomic_load_n(&safe_entry_ours, __ATOMIC_RELAXED) & needed) != needed &&
                  !may_read(at, at + n - 1)))
        return false;
    return safe_try_copy(to, from, n) == 0;
}
