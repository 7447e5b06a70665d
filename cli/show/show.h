/* SPDX-License-Identifier: MIT */
/* A report for people, on stdout. */
#ifndef CRUMPLE_CLI_SHOW_SHOW_H
#define CRUMPLE_CLI_SHOW_SHOW_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "lookup/lookup.h"
#include "screen/out.h"
#include "stack_outline.h"

struct source_texts;

struct show {
    json_t *report;
    const char *bundle; /* its path, or "-" */
    bool all;           /* every thread by itself, every frame and register, nothing cut */
    bool demangle;
    size_t frames;         /* shown of a stack; 0: all */
    bool secrets;          /* values that are secret, too */
    json_t *secret_values; /* as read/secrets.h gives them; NULL: not wanted, or there are none */
    json_t *locals;        /* as lookup/locals.h gives them; NULL: not wanted */
    json_t *group;         /* of the report, as rows/group_facts.h gives it; NULL: not looked for */
    struct out_colors colors;
    const struct sources *sources; /* where files of modules are; NULL: on this machine */
    struct lookup *lookup;
    struct source_texts *texts; /* NULL: no text of source files is wanted */
};

/* Threads with the same stack. */
struct show_group {
    json_t *thread;           /* the first of them */
    json_t *threads;          /* array: all of them */
    struct stack_part *parts; /* of the stack: what is shown */
    size_t part_count;
};

/** Print the report. Returns 0 or -ENOMEM. *ret_reason: why names or lines are missing that might have been
 * found, a clause, or NULL. */
int show_report(struct show *show, const char **ret_reason);

/** What is shown of a thread's stack. The caller frees the result; NULL: memory is short. */
struct stack_part *show_parts(const struct show *show, const json_t *thread, size_t *ret_count);

#define SHOW_PART_NAMES 3

/** The frames whose names stand for a folded part: the outermost, each function once, outermost first. Returns how many
 * functions with names the part has; that may be more. */
size_t show_part_names(const json_t *thread, const struct stack_part *part,
                       json_t *ret_frames[SHOW_PART_NAMES]);

/** The parts of it. */
void show_header(const struct show *show);
/** Whether the bundle was scrubbed; the values that are secret. */
void show_scrubbed(const struct show *show);
void show_secrets(const struct show *show);
/** The label of a line of the header, and a whole line; nothing for NULL and "". */
void show_put_label(const struct show *show, const char *label);
void show_put_member(const struct show *show, const char *label, const char *value);
/** Of an end that crumple-run saw: the lines of the header, and what follows it. Nothing for other events. */
void show_end(const struct show *show);
void show_output(const struct show *show);
/** Of an error that the server has only logged: the lines of the header, and its stack. Nothing for other events. */
void show_logged(const struct show *show);
void show_logged_stack(const struct show *show);
/** The last log lines of a server that died, where they are known. */
void show_last_logged(const struct show *show);
/** "name=value name=value" of an object; the line of the header; a line below a stack's heading; the events that were told. */
void show_put_tags(const json_t *tags);
void show_tags(const struct show *show);
void show_thread_tags(const struct show *show, const struct show_group *group);
void show_events(const struct show *show);
/** The group of equal events: its id; what is known of it. */
void show_group_lines(const struct show *show);
/** The variables of CRUMPLE_WATCH: lines of the header, and behind a thread's heading. */
void show_watch(const struct show *show);
void show_put_watch(const json_t *thread);
/** What the process was doing: lines of the header, and what follows the stacks. */
void show_context(const struct show *show);
void show_context_long(const struct show *show);
/** A line for each deadlock, in the header. */
void show_deadlocks(const struct show *show);
/** What the threads of a group wait for, if that is one thing. */
void show_put_blocked(const struct show *show, const struct show_group *group);
/** The locks that a thread holds, where they are known. */
void show_put_locks(const json_t *thread);
/** The last lines of log files. */
void show_logs(const struct show *show);
/** What the process used, and where it ran. */
void show_vitals(const struct show *show);
/** The package that the program is of, on this machine. */
void show_package(const struct show *show);
void show_threads(const struct show *show, const struct show_group *groups, size_t count);
/** Why modules of the first stack have no source lines: asks for it, before the look-up, and prints it. */
int show_ask_missing(const struct show *show, const json_t *thread);
void show_missing(const struct show *show, const json_t *thread);
void show_notes(const struct show *show);

/** Whether the first thread stands for the goroutine that ended the process, as Go's runtime has printed it. */
bool show_is_goroutine(const struct show *show);
/** Of an end that Go's runtime made: its lines of the header, what stands above the first stack, and the other goroutines. Nothing for
 * other events. */
void show_go(const struct show *show);
/** " at /src/w.go:12"; nothing without a file, no line for 0. */
void show_put_source(const char *file, int64_t line);
void show_put_goroutine(const struct show *show);
/** Where the threads are those of a core: what Go printed of the goroutine that ended the process. */
void show_go_stack(const struct show *show);
void show_goroutines(const struct show *show);

#endif
