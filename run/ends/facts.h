/* SPDX-License-Identifier: MIT */
/* What crumple-run knows of one end. */
#ifndef CRUMPLE_RUN_ENDS_FACTS_H
#define CRUMPLE_RUN_ENDS_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "cgo/memory.h"
#include "child/child.h"
#include "watch/cgroup.h"

#define END_SIGNALS 65 /* signals are 1 to 64 */

struct end_text {
    const char *bytes; /* NULL: not kept */
    size_t size;
};

/* All zero is a valid value of each member but argv, exe and self. */
struct end_facts {
    char *const *argv;    /* of the command; ends with NULL */
    const char *exe;      /* the file that was executed; if there is none, the command's first word */
    const char *reach;    /* a constant: why libcrumple.so is not in the program; "" or NULL: it may be */
    const char *run_id;   /* CRUMPLE_RUN_ID as the server has it; NULL: none */
    pid_t self;           /* crumple-run */
    pid_t pid;            /* 0: no process was made */
    uint64_t start_ns;    /* CLOCK_REALTIME */
    uint64_t end_ns;      /* CLOCK_REALTIME; of an open life record: when it was last renewed */
    int exec_error;       /* positive errno: the command could not be started; 0: it ran */
    bool is_found;        /* the command's file is there, whatever exec said of it */
    bool is_expected;     /* the operator has said that this status is no failure (--remap-exit) */
    bool has_peers;       /* strikes of peers are kept: the report says that this end is nobody's */
    bool finishes;        /* CRUMPLE_RUN_FINISHES was set: a core of its abort is left to this process */
    struct child_end end; /* how the process ended */
    bool is_together;     /* an open life record: it ended together with crumple-run, nobody knows how */
    uint64_t sent_ns
        [END_SIGNALS]; /* CLOCK_REALTIME: when the signal was sent on last, or came to both; 0: never */
    bool has_memory;   /* the next two are known */
    struct cgroup_memory before, after;
    int64_t deadline_us;       /* CLOCK_MONOTONIC: all is told by then; 0: CRUMPLE_TIMEOUT from now */
    struct end_text output[2]; /* stdout, stderr; [0] has both if they are one thing */
    struct end_text go_dump;   /* what Go's runtime printed last, if that was its end: CRUMPLE_NOTE_GO_DUMP */
    uint64_t go_dump_lost;     /* bytes of it that were not kept */
    bool is_dump_cut;          /* the process was ended while Go's runtime still printed */
    struct end_text go_build;  /* CRUMPLE_NOTE_GO_BUILD */
    const struct cgo_memory *c_stack; /* of the C code that Go's runtime says was at fault; NULL: none */
    struct end_text last_logged;      /* CRUMPLE_NOTE_LAST_LOGGED */
    struct end_text
        logged; /* no end at all, but an error that the server has survived: CRUMPLE_NOTE_LOGGED */
    uint8_t logged_stream;
    uint32_t logged_missed; /* of its kind, not told since the last one */
};

/** Whose end it is in events: crumple-run's own where it could not make the process. */
static inline pid_t end_facts_pid(const struct end_facts *facts)
{
    return facts->pid ? facts->pid : facts->self;
}

#endif
