/* SPDX-License-Identifier: MIT */
/* Is an end an event, and of which kind: from the facts alone. */
#ifndef CRUMPLE_RUN_ENDS_JUDGE_H
#define CRUMPLE_RUN_ENDS_JUDGE_H

#include "ends/facts.h"

/* Go's runtime exits with it after a panic, a fatal error or a signal that it does not know how to handle (runtime/panic.go). With
 * GOTRACEBACK=crash it raises SIGABRT. */
#define END_GO_STATUS 2

enum end_kind {
    END_QUIET = 0, /* no event: status 0, or what was asked for by a signal that was sent on */
    END_EXEC,
    END_OOM,
    END_KILLED,
    END_SIGNAL, /* by another signal than SIGKILL */
    END_STATUS,
    END_GO, /* Go's runtime has ended it, and has said why */
    END_TOGETHER,
    END_LOGGED /* none: the server lives, and has logged an error */
};

/** Whether crumple has told it already does not count here: see ends/known.h. */
enum end_kind end_judge(const struct end_facts *facts);

/** True if the process has ended as Go's runtime ends one after a panic, a fatal error or a signal (but for GOTRACEBACK=crash). */
bool end_is_go_status(const struct child_end *end);

/** True also if it has ended as with GOTRACEBACK=crash. */
bool end_may_be_go(const struct child_end *end);

/** The word of the note and of report.json; NULL: END_QUIET, END_LOGGED. */
const char *end_kind_word(enum end_kind kind);

/** The signal that asked the server to end last, or 0: SIGTERM, SIGINT or SIGQUIT. */
int end_asked_by(const struct end_facts *facts);

/** Processes of the memory cgroup that were killed for want of memory while the server ran. */
uint64_t end_oom_kills(const struct end_facts *facts);

#endif
