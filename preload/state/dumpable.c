/* SPDX-License-Identifier: MIT */
/* Safe file: the note in any thread, the questions in the handler, the helper process and the keeper. */
#include "state/dumpable.h"

#include <sys/prctl.h>
#include <time.h>

#include "base/sys.h"

#define JUST_NS UINT64_C(1000000000)

static _Atomic bool is_refused;
static _Atomic uint64_t refused_at_ns; /* CLOCK_MONOTONIC */

void safe_dumpable_note(bool is_wanted)
{
    if (!is_wanted)
        __atomic_store_n(&refused_at_ns, safe_clock_ns(CLOCK_MONOTONIC), __ATOMIC_RELEASE);
    __atomic_store_n(&is_refused, !is_wanted, __ATOMIC_RELEASE);
}

/* The flag belongs to the memory, which the helper shares. Where a filter refuses the question, the wish
 * counts. */
bool safe_dumpable_refused(void)
{
    return __atomic_load_n(&is_refused, __ATOMIC_ACQUIRE) &&
           safe_call(SYS_prctl, PR_GET_DUMPABLE, 0, 0, 0, 0) != 1;
}

bool safe_dumpable_just_refused(void)
{
    return safe_dumpable_refused() &&
           safe_clock_ns(CLOCK_MONOTONIC) - __atomic_load_n(&refused_at_ns, __ATOMIC_ACQUIRE) < JUST_NS;
}
