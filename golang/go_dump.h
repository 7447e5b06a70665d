/* SPDX-License-Identifier: MIT */
/*
 * A whole dump of Go's runtime: why the process ends, the goroutine that ends it, and all others, folded by equal stacks. The text
 * may be anything: cut, with lines of others in between, or made up. Memory is bounded, whatever it says.
 */
#ifndef CRUMPLE_GOLANG_GO_DUMP_H
#define CRUMPLE_GOLANG_GO_DUMP_H

#include "go_line.h"
#include "go_text.h"

#define GO_DUMP_GROUPS_MAX 2048  /* different stacks; goroutines beyond are counted alone */
#define GO_DUMP_FRAMES_MAX 65536 /* of all groups together */
#define GO_DUMP_STACK_MAX  256   /* of one goroutine, the innermost; Go prints a hundred */

struct go_frame {
    struct go_text function; /* "main.(*Match).loop", without arguments; "non-Go function" */
    struct go_text file;     /* empty: of C code, known by its pc alone */
    uint64_t line;
    uint64_t offset; /* in the function; 0: it is not printed, as of inlined ones */
    uint64_t pc;     /* 0: it is not printed */
};

/* Goroutines of one state and stack. */
struct go_group {
    uint64_t count;
    uint64_t first; /* the id of the first that is printed */
    char state[GO_LINE_STATE_BYTES];
    bool is_locked;                 /* to its thread: the first of them */
    uint64_t wait_least, wait_most; /* minutes */
    struct go_text labels;          /* of the first, as they are printed */
    size_t frame, frame_count;      /* in frames of the dump, innermost first */
    /* Go left out frames, and says so before frame 'elided_at' of these; empty: none. */
    struct go_text elided;
    size_t elided_at;
    bool is_unavailable;                     /* it ran on another thread: Go cannot see its stack */
    struct go_text created_by, created_file; /* the function, and where in it; empty: main */
    uint64_t created_line;
};

enum go_dump_kind { GO_DUMP_NONE, GO_DUMP_PANIC, GO_DUMP_FATAL, GO_DUMP_SIGNAL };

struct go_dump {
    enum go_dump_kind kind;
    struct go_text head; /* Go's own text, up to the first goroutine */
    struct go_text
        message;         /* of the first panic, of the fatal error; "SIGABRT: abort". Perhaps several lines */
    struct go_text last; /* of the panic that ended the process, if it is another one than the first */
    bool is_recovered;   /* the first panic was recovered, and another one followed */
    struct go_text signal;      /* "SIGSEGV"; empty: none */
    uint64_t code, address, pc; /* of that signal; code as in siginfo */
    bool has_address, has_pc;
    bool is_sent;          /* by a process: what ran meanwhile is not the cause */
    bool is_in_c;          /* the signal struck in C code, says the runtime */
    bool has_two;          /* another goroutine ended the process at the same time */
    bool is_cut;           /* the text ends in the middle of a line */
    bool is_runtime_stack; /* no goroutine: the first group is the stack of the runtime itself */
    uint64_t goroutines;
    uint64_t unfolded; /* of them: no room for their stacks */
    struct go_group
        *groups; /* owned; the one that ends the process first and alone, then the largest first */
    size_t group_count;
    struct go_frame *frames; /* owned */
    size_t frame_count;
    char *own_text; /* owned; the dump without log lines in it, or NULL */
};

/** Reads a dump; ret_dump points into text, which must stay. Returns 0, or -ENOMEM. What is no dump has kind GO_DUMP_NONE. */
int go_dump_read(const char *text, size_t size, struct go_dump *ret_dump);

void go_dump_release(struct go_dump *dump);

/** Whether the goroutine was running: of a deadlock all wait, and the first that Go prints has ended nothing. */
bool go_dump_has_run(const struct go_group *one);

/** How many frames of the dying goroutine are the runtime's own way to end, above the place of the cause: of a panic in a deferred
 * function the first one's place counts. At most all but one. */
size_t go_dump_end_frames(const struct go_dump *dump);

/** Whether a function is of Go's runtime ("runtime.throw", "panic", "internal/runtime/maps.fatal"). */
bool go_dump_is_runtime(const struct go_frame *frame);

/** The path of a function's package: "example.com/a-b/v2" of "example.com/a-b/v2.(*T).f". */
struct go_text go_dump_package(struct go_text function);

/** Whether a function is of Go's standard library, as far as its name tells: a program's own module may lack a dot, too. */
bool go_dump_is_standard(struct go_text function);

#endif
