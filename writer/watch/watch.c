/* SPDX-License-Identifier: MIT */
#include "watch/watch.h"

void watch_read(struct crash *crash)
{
    (void)crash;
}
