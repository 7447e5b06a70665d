/* SPDX-License-Identifier: MIT */
/*
 * All data about one crash, and how it is opened and released. analyse.c fills it in this
 * order: container, notes, address space, modules, stacks, function names, verdict, signal, signature, title.
 * Reports only read it.
 */
#ifndef CRUMPLE_WRITER_CRASH_CRASH_H
#define CRUMPLE_WRITER_CRASH_CRASH_H

#include "base/buffer.h"
#include "date.h"
#include "go_build.h"
#include "go_dump.h"
#include "scrub.h"
#include "core/peek.h"
#include "core/unloaded.h"
#include "crash/log_tails.h"
#include "crash/vitals_words.h"
#include "crash/watch_words.h"
#include "crash/waits.h"
#include "crash/tag_words.h"
#include "crash/words.h"
#include "walk/walk.h"

#define CRASH_TYPE_BYTES 160 /* of an exception's type, as people write it */

#define CRASH_GO_REASON 600

/* What Go's runtime has printed, of a process that it ended. */
struct crash_go {
    bool is_there;
    struct go_dump dump;           /* owned */
    struct go_build build;         /* owned */
    struct printed_place *printed; /* owned; of the frames of 'stack' */
    struct stack c_stack;          /* of the C code that it called, innermost first; may be empty */
    uint64_t c_pc;                 /* where that was at fault; 0: there is none */
    struct stack told;             /* both: frames of C, and then those of 'stack' */
    struct stack stack;        /* of the goroutine that ended the process, from the cause on; may be empty */
    struct logged_tags labels; /* pprof's, of that goroutine; what looks secret is left out */
    char reason[CRASH_GO_REASON]; /* Go's own text */
};

struct crash {
    char name[256]; /* NAME, the id */
    struct core_file core;
    struct notes notes;
    struct maps maps;
    struct modules modules;
    struct unloaded unloaded;
    struct memory memory;
    struct peek peek; /* more of it, while the process waits; opened by main */
    struct walker walker;
    struct stack *stacks;     /* owned; one for each thread of notes */
    uint32_t *routine_places; /* owned; place of each thread's start routine, or PLACES_NONE */
    int exe_fd;               /* the executable's file, of a process that waits for its report; else -1 */
    const char *no_core;      /* a constant: why the bundle has no core; NULL: it has one */
    struct scrub *scrub;      /* owned; how the core is scrubbed; NULL: it is not */
    bool has_verdict;         /* of an event that asks for one: 'contained' */
    struct verdict verdict;
    struct tag_words tags;          /* of CRUMPLE_TAGS, and those that the program has told */
    struct buffer secrets;          /* owned; elements of the member secrets.json (crash/secrets.h) */
    bool has_lost_secrets;          /* some had no place in it */
    struct descriptors descriptors; /* what the process had open */
    struct vitals_words vitals;     /* and what it used */
    struct host_words host;
    bool is_beside; /* the writer runs on the process's machine, just after the end: it may look at that */
    struct log_tails logs;      /* what it has logged last */
    struct waits waits;         /* what its threads wait for */
    struct buffer soft_errors;  /* owned; the note's, and what stages that were left out add */
    struct signal_words signal; /* of an exit: empty */
    struct handler_end handler; /* is_there: the program's own handler of 'signal' ran */
    struct exit_words exit;     /* of an exit */
    struct died_words died;     /* of an event 'died' */
    struct crash_go go;         /* of an event 'died' whose end Go's runtime made */
    struct dump_words dump;     /* of a dump */
    struct logged_words logged; /* of an event 'logged' */
    const char *kind;           /* "SIGSEGV", "assert", "heap corruption", ... */
    struct watch_words watch;   /* owned: watch_words_release() */
    char kind_text[CRASH_TYPE_BYTES + 32];
    const char
        *after_fault; /* constant: signal of the fault in whose handler the process ended itself, or NULL */
    char sent_kind
        [40]; /* the kind without the sender, of an abort in the handler of a signal from outside; or "" */
    const char *reason; /* of abort, assert or the heap check; what() of an uncaught exception; or NULL */
    char manner_message[200];   /* of the manner's family; or "" */
    struct manner_words manner; /* of a process that ended itself */
    const char *aborted_by;     /* file of the allocator that called abort, or NULL */
    bool is_uncaught;           /* the process ends because the exception of notes.recovery is not caught */
    bool is_libc_trap;          /* the fault is how libc ends a process in which it cannot go on */
    char signature[SIGNATURE_MAX];
    char title[400];
    char where[500];                        /* the application's innermost frame and its callers */
    char time[DATE_BYTES];                  /* RFC 3339 */
    int64_t read_us, unwound_us, report_us; /* since the fault; -1: not known */
    bool is_repeated;     /* there was one of this signature within the period of the limits */
    char suppressed[160]; /* why the crash leaves no bundle; empty: it leaves one */
};

/**
 * Opens the core at fd, whose NAME is name, and reads its notes: enough to begin packing it.
 * Returns 0 or a negative errno; -EBADMSG: see ret_damage. ret_crash must not move afterwards.
 */
int crash_open(int fd, const char *name, struct crash *ret_crash, struct core_damage *ret_damage);

/** Adds a line to soft_errors. */
void crash_add_soft_error(struct crash *crash, const char *line);

/** Decides what of the memory the bundle keeps: by CRUMPLE_STACK, and nothing if the program asked not to be dumped, which is why
 * the core is in memory only (is_in_memory). Adds the line of soft_errors. Call it before the analysis. */
void crash_limit_memory(struct crash *crash, bool is_in_memory);

/** A register's value as reports show it: 0 where it is scrubbed. */
static inline uint64_t crash_shown_word(const struct crash *crash, uint64_t word)
{
    return crash->scrub ? scrub_word(crash->scrub, word) : word;
}

/** The registers as reports show them: scrubbed where the core is. */
struct user_regs_struct crash_shown_registers(const struct crash *crash,
                                              const struct user_regs_struct *registers);

/** Frees everything that crash holds. */
void crash_release(struct crash *crash);

/** Microseconds since the fault, or -1 if the clocks say that the core is of another boot. */
int64_t crash_elapsed_us(const struct crash *crash);

/** The build-id of the executable, or NULL. */
const char *crash_build_id(const struct crash *crash);

/** Whether the first thread stands for a goroutine: the process was not captured, and its runtime has printed what there is. */
static inline bool crash_is_goroutine(const struct crash *crash)
{
    return crash->go.is_there && notes_is_died(&crash->notes);
}

/** The stack by which a crash is told in a few lines: that of the faulting thread, but Go's own where Go has ended the process. */
static inline const struct stack *crash_told_stack(const struct crash *crash)
{
    return crash->go.told.count && !crash_is_goroutine(crash) ? &crash->go.told : &crash->stacks[0];
}

/** The cause in a sentence. */
static inline const char *crash_description(const struct crash *crash)
{
    return notes_is_died(&crash->notes) || crash->go.is_there ? crash->died.description
           : notes_is_logged(&crash->notes)                   ? crash->logged.description
           : notes_is_dump(&crash->notes)                     ? crash->dump.description
           : crash->exit.description[0]                       ? crash->exit.description
                                                              : crash->signal.description;
}

/** Whether the end was on this machine, in this boot, and is hardly a minute old: what the machine says now is true of it. */
bool crash_is_recent(const struct crash *crash);

/** The thread that faulted: the first. */
static inline const struct notes_thread *crash_thread(const struct crash *crash)
{
    return &crash->notes.threads[0];
}

static inline const struct frame *crash_frame(const struct crash *crash, const struct stack *stack,
                                              size_t index)
{
    return &crash->walker.frames[stack->first + index];
}

static inline const struct place *crash_place(const struct crash *crash, const struct frame *frame)
{
    return &crash->walker.places.items[frame->place];
}

/** Offset of the place in its module: what addr2line takes. */
static inline uint64_t place_offset(const struct place *place)
{
    return place->module ? place->pc - place->module->view.bias : place->pc;
}

#endif
