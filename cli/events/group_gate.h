/* SPDX-License-Identifier: MIT */
/* 'group --new-in BUILD' and '--gone-in BUILD': a question that a release script asks. */
#ifndef CRUMPLE_CLI_EVENTS_GROUP_GATE_H
#define CRUMPLE_CLI_EVENTS_GROUP_GATE_H

#include <stdbool.h>

#include "rows/groups.h"
#include "places/directory.h"

struct group_gate {
    const char *new_in, *gone_in; /* a build: one of them, or none */
};

static inline const char *group_gate_build(const struct group_gate *gate)
{
    return gate->new_in ? gate->new_in : gate->gone_in;
}

/** Keep the groups that are asked for; all without a build. *ret_events: how many events the build has at all. Returns 0
 * or -ENOMEM. */
int group_gate_keep(const struct group_gate *gate, struct group *groups, size_t *count, uint64_t *ret_events);

/** Say what the answer is, and what was wrong in the directories. Returns the exit status: VERB_FOUND with groups, VERB_OK
 * without, VERB_NOTHING if the build has no event; VERB_DAMAGED without groups where not all could be read. */
int group_gate_conclude(const struct group_gate *gate, const struct directories *directories,
                        const struct rows *rows, size_t count, uint64_t events);

#endif
