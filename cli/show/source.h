/* SPDX-License-Identifier: MIT */
/* The text of the source under frames of the faulting thread, or goroutine, where --source-dir was given. */
#ifndef CRUMPLE_CLI_SHOW_SOURCE_H
#define CRUMPLE_CLI_SHOW_SOURCE_H

#include "show/show.h"

/* Which places have their text printed. Zero: none. */
struct show_source {
    bool every;
    const json_t *place; /* else this one of this frame: the innermost of the program's own that has text */
    size_t frame;
    const json_t *missing; /* the innermost of the program's own, where none has text */
};

/** Chooses for the stack of a group. */
struct show_source show_source_choose(const struct show *show, const struct show_group *group);

/** The same for frames with "file" and "line", as a Go program has printed or logged them; first: the innermost of the program's own. */
struct show_source show_source_choose_printed(const struct show *show, const json_t *frames, size_t first);

/** Prints the lines of a place that was chosen. */
void show_source(const struct show *show, const struct show_source *source, size_t number,
                 const json_t *frame, const json_t *place);

/** After the stack: why there is no text. */
void show_missing_source(const struct show *show, const struct show_source *source);

#endif
