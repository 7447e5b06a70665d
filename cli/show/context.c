/* SPDX-License-Identifier: MIT */
/* What the process was doing: lines of the header, and what follows the stacks. */
#include "show/show.h"

void show_context(const struct show *show)
{
    show_scrubbed(show);
    show_tags(show);
    show_watch(show);
    show_deadlocks(show);
    show_vitals(show);
}

void show_context_long(const struct show *show)
{
    show_events(show);
    show_logs(show);
    show_secrets(show);
}
