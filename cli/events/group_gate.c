/* SPDX-License-Identifier: MIT */
/* The gate of a release: see events/group_gate.h. */
#include <stdio.h>

#include "rows/group_builds.h"
#include "screen/out.h"
#include "screen/verb.h"
#include "events/group_gate.h"

int group_gate_keep(const struct group_gate *gate, struct group *groups, size_t *count, uint64_t *ret_events)
{
    const char *build = group_gate_build(gate);

    *ret_events = build ? groups_count_build(groups, *count, build) : 0;
    if (gate->new_in)
        *count = groups_keep_new(groups, *count, build);
    return gate->gone_in ? groups_keep_gone(groups, *count, build, count) : 0;
}

/* A word that was mistyped is no pass: these are the builds that there are. */
static void say_unknown(const char *build, const struct directories *directories, const struct rows *rows)
{
    const char *builds[GROUP_BUILDS_LABELS];
    const size_t count = groups_newest_builds(rows, builds);
    char list[GROUP_BUILDS_LABELS * (GROUP_BUILDS_LABEL + 2) + 1] = "";
    size_t at = 0;

    for (size_t i = 0; i < count; i++)
        at += (size_t)snprintf(list + at, sizeof list - at, "%s%.*s", i ? ", " : "", GROUP_BUILDS_LABEL,
                               builds[i]);
    if (count > 0)
        say("no event of build '%s' in '%s'; the builds of the newest events are %s", build,
            directories->items[0].path, list);
    else
        say("no event of build '%s' in '%s'", build, directories->items[0].path);
}

int group_gate_conclude(const struct group_gate *gate, const struct directories *directories,
                        const struct rows *rows, size_t count, uint64_t events)
{
    const char *build = group_gate_build(gate);
    const int status = directories_conclude(directories, 1);

    if (events == 0) {
        say_unknown(build, directories, rows);
        return status == VERB_OK ? VERB_NOTHING : status;
    }
    say("%zu group%s %s %s %s; %llu event%s of it", count, count == 1 ? "" : "s", count == 1 ? "is" : "are",
        gate->new_in ? "new in" : "gone in", build, (unsigned long long)events, events == 1 ? "" : "s");
    return count > 0 ? VERB_FOUND : status;
}
