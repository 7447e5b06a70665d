/* SPDX-License-Identifier: MIT */
#include "context/context.h"

#include "context/blocked.h"
#include "context/descriptors.h"
#include "context/host.h"
#include "context/vitals.h"
#include "context/tags.h"

void context_gather(struct crash *crash)
{
    if (descriptors_read(crash->notes.descriptors, &crash->descriptors) < 0)
        crash_add_soft_error(crash, "descriptors: out of memory");
    vitals_gather(crash);
    host_gather(crash);
    blocked_gather(crash);
    tags_gather(crash);
}
