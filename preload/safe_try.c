/* SPDX-License-Identifier: MIT */
/* Safe file: called by hooks, in signal handlers too. See safe_try.h. */
#include "safe_try.h"

#include "safe_entry.h"
#include "safe_io.h"

bool safe_try_read(void *to, const void *from, size_t n)
{
    const uint64_t needed = SAFE_SIGBIT(SIGSEGV) | SAFE_SIGBIT(SIGBUS);
    uint64_t at = (uint64_t)from;
    if (!from || ((__atomic_load_n(&safe_entry_ours, __ATOMIC_RELAXED) & needed) != needed &&
                  (!safe_is_readable(at) || !safe_is_readable(at + n - 1))))
        return false;
    return safe_try_copy(to, from, n) == 0;
}
