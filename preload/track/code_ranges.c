/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the faulting thread. See track/code_ranges.h. */
#include "track/code_ranges.h"

struct safe_code safe_code;
struct safe_code_range safe_runtime[SAFE_RUNTIMES];

bool safe_code_is_runtime(uint64_t pc)
{
    for (int i = 0; i < SAFE_RUNTIMES; i++)
        if (pc >= safe_runtime[i].start && pc < safe_runtime[i].end)
            return true;
    return false;
}
