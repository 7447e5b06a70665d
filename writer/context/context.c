/* SPDX-License-Identifier: MIT */
#include "context/context.h"

void context_gather(struct crash *crash)
{
    (void)crash;
}
