/* SPDX-License-Identifier: MIT */
/*
 * The stages of the writer's work, and which of them are left out. Before each it tells whoever has started
 * it (see CRUMPLE_STAGE); when it dies or hangs there it is started again with --without=that stage, and
 * makes the bundle with what the others give. What a bundle lacks stands in its soft_errors.
 *
 *   X(constant, name, what a bundle lacks without it; NULL: it cannot be left out)
 */
#ifndef WRITER_BASE_STAGES_H
#define WRITER_BASE_STAGES_H

#include <stdbool.h>

#include "base/buffer.h"

#define STAGES(X)                                                                                            \
    X(NOTES, "notes", NULL)                                                                                  \
    X(MEMBERS, "members", "no members maps, status, limits, cgroup and environ")                             \
    X(MAPS, "maps", "no address space; stacks end early")                                                    \
    X(MODULES, "modules", "no modules; stacks end early and have no names")                                  \
    X(STACK, "stack", "of the faulting thread's stack only the innermost frame")                             \
    X(STACKS, "stacks", "of the other threads' stacks only the innermost frame")                             \
    X(NAMES, "names", "no names of functions")                                                               \
    X(VERDICT, "verdict", "not known how the thread was ended")                                              \
    X(SIGNAL, "signal", "no words for the signal")                                                           \
    X(TITLE, "title", "a title and a signature of the signal and the innermost frame only")                  \
    X(INLINES, "inlines", "no inlined functions in the signature")                                           \
    X(KEEP, "keep", "the limits of the crash directory were not looked at")                                  \
    X(REPORT, "report", "a short report.json")                                                               \
    X(TEXT, "text", "no report.txt")                                                                         \
    X(PACK, "pack", "not compressed")                                                                        \
    X(FILE, "file", NULL)                                                                                    \
    X(SYNC, "sync", "not synced to the disk")                                                                \
    X(INDEX, "index", "no line in crashes.ndjson")                                                           \
    X(SUMMARY, "summary", "no summary on stderr")                                                            \
    X(PRUNE, "prune", "older bundles were not looked at")                                                    \
    X(UPKEEP, "upkeep", "crumple.prom was not made anew")

#define STAGES_CONSTANT(constant, name, lack) STAGE_##constant,
enum stage { STAGES(STAGES_CONSTANT) STAGE_COUNT };
#undef STAGES_CONSTANT

/** Stages are told to descriptor fd from now on; -1: to nobody. */
void stages_tell(int fd);

/**
 * Leaves out the stages of list: NAME[:WHY] with commas between, WHY the number of the signal that ended an
 * earlier writer there, 'hang', 'memory' or 'exit'. A name that is not known is ignored: a crash is not lost
 * by it. list must stay.
 */
void stages_leave_out(const char *list);

/** Begins a stage, and tells so. Returns false if it is left out: then nothing was told. */
bool stage_begin(enum stage stage);

/** The stage that was begun last: to go back to it after one inside of it. */
enum stage stage_current(void);

bool stage_is_left_out(enum stage stage);

/** This thread works at the stage beside the main thread: a signal that ends it there tells so first. */
void stage_of_thread(enum stage stage);

/** Appends 'NAME: why; what lacks' for the stage. */
void stage_explain(enum stage stage, struct buffer *out);

/** Appends the line of every stage that was left out, as soft_errors have them. */
void stages_explain(struct buffer *out);

/** The first one that was asked to be left out though nothing goes without it, or STAGE_COUNT. */
enum stage stages_needed(void);

/** One line for each stage on stdout: its name, and what a bundle lacks without it. */
void stages_print(void);

#endif
