/* SPDX-License-Identifier: MIT */
/* What stands above the goroutines: why the process ends. */
#ifndef CRUMPLE_GOLANG_GO_HEAD_H
#define CRUMPLE_GOLANG_GO_HEAD_H

#include "go_dump.h"

struct go_head {
    struct go_dump *dump;
    struct go_text *open; /* the message whose lines may go on; NULL: none */
    uint64_t panics;
};

/** Takes the next line. */
void go_head_take(struct go_head *head, enum go_line_kind kind, struct go_text line);

/** Nothing more goes on with a message. */
void go_head_finish(struct go_head *head);

/** Whether a line, behind which the text goes on up to 'end', is the head of a goroutine or of the runtime's stack, and not a line of a
 * message that only looks so: a frame with its file follows. */
bool go_head_ends(enum go_line_kind kind, struct go_text line, const char *end);

#endif
