/* SPDX-License-Identifier: MIT */
/* Goroutines as they are read, one after the other, folded by equal stacks. */
#ifndef CRUMPLE_GOLANG_GO_GROUPS_H
#define CRUMPLE_GOLANG_GO_GROUPS_H

#include "go_dump.h"

struct go_groups {
    struct go_dump *dump; /* whose groups and frames grow */
    size_t group_room, frame_room;
    uint32_t *slots;                          /* owned; open addressing: number of a group and 1; 0: free */
    struct go_frame stack[GO_DUMP_STACK_MAX]; /* of the goroutine that is being read */
    bool has_failed;                          /* memory is out */
};

/** Takes the goroutine in: 'one' tells all but its frames, which are the first frame_count of groups->stack. The first of all stays
 * alone. */
void go_groups_add(struct go_groups *groups, const struct go_group *one);

/** The largest first, but for the first of all. Releases what groups has; the dump keeps its own. */
void go_groups_finish(struct go_groups *groups);

#endif
