/* SPDX-License-Identifier: MIT */
/*
 * The stages of the writer's work, and which of them are left out. The writer notes each stage that it begins
 * in memory that it shares with its supervisor (supervise.h). If the writer dies or hangs in a stage, the
 * next writer leaves that stage out and makes the bundle from the results of the others. soft_errors says
 * what the bundle lacks.
 *
 * X(constant, name, what a bundle lacks without it; NULL: it cannot be left out)
 */
#ifndef CRUMPLE_WRITER_BASE_STAGES_H
#define CRUMPLE_WRITER_BASE_STAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

#define STAGES(X)                                                                                            \
    X(NOTES, "notes", NULL)                                                                                  \
    X(MEMBERS, "members", "no members maps, status, limits, cgroup and environ")                             \
    X(MAPS, "maps", "no address space; stacks end early")                                                    \
    X(MODULES, "modules", "no modules; stacks end early and have no names")                                  \
    X(STACK, "stack", "only the innermost frame of the faulting thread's stack")                             \
    X(STACKS, "stacks", "only the innermost frame of each other thread's stack")                             \
    X(NAMES, "names", "no function names")                                                                   \
    X(GOROUTINES, "goroutines", "what Go's runtime printed was not read: no goroutines, no frames")          \
    X(VERDICT, "verdict", "unknown how the thread was ended")                                                \
    X(TITLE, "title", "only the signal's number; title and signature from it and the innermost frame")       \
    X(WATCH, "watch", "no values of CRUMPLE_WATCH")                                                          \
    X(CONTEXT, "context", "no tags, vitals and log lines; no word on what threads wait for")                 \
    X(LOGS, "logs", "no lines of the files of CRUMPLE_LOGS")                                                 \
    X(KEEP, "keep", "the limits of the crash directory were not checked")                                    \
    X(REPORT, "report", "a short report.json")                                                               \
    X(TEXT, "text", "no report.txt")                                                                         \
    X(PACK, "pack", "not compressed")                                                                        \
    X(FILE, "file", NULL)                                                                                    \
    X(SYNC, "sync", "not synced to the disk")                                                                \
    X(INDEX, "index", "no line in crashes.ndjson")                                                           \
    X(AFTER, "after", "no summary on stderr; the limits were not checked, crumple.prom was not refreshed")

#define STAGES_CONSTANT(constant, name, lack) STAGE_##constant,
enum stage { STAGES(STAGES_CONSTANT) STAGE_COUNT };
#undef STAGES_CONSTANT

/** A worker's progress, as its supervisor sees it. */
struct stages_progress {
    _Atomic int stage;        /* the last begun; -1: none yet. A hostile core may have set it to any value. */
    _Atomic int64_t begun_ms; /* when, by stages_now_ms() */
    _Atomic int64_t end_ms;   /* when all workers' time is over; 0: there is no supervisor */
    _Atomic bool has_verdict, has_ok; /* the verdict is given; the bundle is complete */
};

/** This process's own, until a supervisor sets it to memory that it shares with its workers. */
extern struct stages_progress *stages_progress;

/** Milliseconds of CLOCK_MONOTONIC. */
int64_t stages_now_ms(void);

/**
 * Milliseconds for a piece of work that the report can do without: 'most', or a quarter of what all stages together still
 * have. A stage that takes half of it counts as hung.
 */
int64_t stages_time_for(int64_t most_ms);

/** Sets a mark of stages_progress; what follows counts as a stage of its own for the time it may take. */
void stages_note(_Atomic bool *mark);

/** From now on, a dying thread notes its own stage first (stage_of_thread). */
void stages_tell_deaths(void);

/** Why a stage is left out: the number of the signal that ended an earlier worker there, or one of these. */
enum {
    STAGE_HUNG = -1,
    STAGE_SHORT = -2, /* memory was short */
    STAGE_LEFT = -3   /* it exited */
};

void stage_leave_out(enum stage stage, int why);

/** Begins a stage and notes it. Returns false if it is left out. */
bool stage_begin(enum stage stage);

/** Returns the stage that began last, to go back to it after a nested one. */
enum stage stage_current(void);

bool stage_is_left_out(enum stage stage);

/** This thread works at the stage beside the main thread: a signal that ends it there tells so first. */
void stage_of_thread(enum stage stage);

/** Appends 'NAME: why; what lacks' for the stage. */
void stage_explain(enum stage stage, struct buffer *out);

/** Appends the line of every stage that was left out, as soft_errors have them. */
void stages_explain(struct buffer *out);

/** Returns the first left-out stage that cannot be left out, or STAGE_COUNT. */
enum stage stages_needed(void);

/** One line for each stage on stdout: its name, and what a bundle lacks without it. */
void stages_print(void);

#endif
