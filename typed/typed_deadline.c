/* SPDX-License-Identifier: MIT */
#include "typed_deadline.h"

#include <time.h>

int64_t typed_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool typed_is_late(int64_t deadline_ms)
{
    return deadline_ms && typed_now_ms() > deadline_ms;
}
