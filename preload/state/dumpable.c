/* SPDX-License-Identifier: MIT */
/* Safe file: the note in any thread, the question in the helper process and in the keeper. */
#include "state/dumpable.h"

#include <sys/prctl.h>

#include "base/sys.h"

static _Atomic bool is_refused;

void safe_dumpable_note(bool is_wanted)
{
    __atomic_store_n(&is_refused, !is_wanted, __ATOMIC_RELEASE);
}

/* The flag belongs to the memory, which the helper shares. Where a filter refuses the question, the wish
 * counts. */
bool safe_dumpable_refused(void)
{
    return __atomic_load_n(&is_refused, __ATOMIC_ACQUIRE) &&
           safe_call(SYS_prctl, PR_GET_DUMPABLE, 0, 0, 0, 0) != 1;
}
