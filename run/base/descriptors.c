/* SPDX-License-Identifier: MIT */
#include "base/descriptors.h"

#include <sys/syscall.h>
#include <unistd.h>

#define LAST_BEFORE_CLOSE_RANGE 1023

static void close_range_of(unsigned first, unsigned last)
{
    if (first > last || syscall(SYS_close_range, first, last, 0) == 0)
        return;
    for (unsigned fd = first; fd <= last && fd <= LAST_BEFORE_CLOSE_RANGE; fd++) /* before Linux 5.9 */
        (void)close((int)fd);
}

void descriptors_close_from(int first)
{
    close_range_of((unsigned)first, ~0U);
}

void descriptors_close_but(const int *kept, size_t count)
{
    unsigned first = STDERR_FILENO + 1;
    for (;;) {
        unsigned next = ~0U; /* the lowest of those that are kept, from here on */
        for (size_t i = 0; i < count; i++)
            if (kept[i] >= 0 && (unsigned)kept[i] >= first && (unsigned)kept[i] < next)
                next = (unsigned)kept[i];
        close_range_of(first, next - 1);
        if (next == ~0U)
            return;
        first = next + 1;
    }
}
