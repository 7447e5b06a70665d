/* SPDX-License-Identifier: MIT */
/* event_base_loop of libevent: which loop a thread is in, for a restart of its routine. Redirected. */
#include <stddef.h>

#include "end/event_loop.h"
#include "redirected/redirected.h"
#include "contain/contain.h"

static struct {
    int (*event_base_loop)(void *base, int flags);
} libc; /* libevent's, in truth: the rows say 'libc' */

static int run_loop(void *base, int flags)
{
    struct recover_loop loop;
    int rc;
    if (!safe_self)
        return libc.event_base_loop(base, flags);
    recover_loops_enter(&loop, base, __builtin_frame_address(0));
    rc = libc.event_base_loop(base, flags);
    recover_loops_leave(&loop);
    return rc;
}

static const struct redirect rows[] = {
    REDIRECTED(event_base_loop, run_loop),
};

REDIRECTED_FAMILY(redirected_loops, rows);
