/* SPDX-License-Identifier: MIT */
/*
 * What Go's runtime prints when it ends a process, in the stream of a server: it is kept, and what a run without crumple would not
 * have printed is held back. crumple-run sets GOTRACEBACK=all; without it, a panic prints its message and one goroutine. (A
 * fatal error and a signal print all of them in any case: runtime/panic.go, gotraceback() of runtime1.go, sighandler() of
 * signal_unix.go.)
 *
 *     panic: all is lost          passes
 *                                 passes
 *     goroutine 1 [running]:      passes: the first goroutine, or the last "running" one that has frames: a message may hold the
 *     main.main()                 text of other goroutines
 *     	/src/main.go:7 +0x1d
 *                                 held back, as soon as the next line tells that it is of another goroutine
 *     goroutine 7 [select]:       held back
 *     a line of somebody else     behind what is held back: the order stays
 *
 * A server may print such text and live on. So nothing is dropped before the process has ended with Go's status: if it lives on,
 * what was held back passes after DUMP_QUIET_MS, in order.
 *
 * No clock, no descriptor: who calls has them. The struct lies in memory that a guard and crumple-run share. It holds no pointer,
 * and a guard that takes the place of one that was killed goes on with it.
 */
#ifndef CRUMPLE_RUN_WATCH_DUMP_FILTER_H
#define CRUMPLE_RUN_WATCH_DUMP_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crumple_format.h"
#include "go_line.h"
#include "watch/dump_begin.h"

#define DUMP_QUIET_MS 500   /* a process that goes on printing nothing of a dump for so long lives on */
#define DUMP_MS_MAX   20000 /* after the dump's first line nothing is held back for longer */
/* What is left of the room when it is asked whether the rest is worth to be waited for. */
#define DUMP_ROOM_MIN (256 << 10)
#define DUMP_LAST_MS                                                                                         \
    10000 /* a dump that is older was not the last word: a large process takes seconds to end */
/* What follows a word that begins a dump is no message if it is longer: a server that logs the word keeps no memory for it. */
#define DUMP_MESSAGE_MAX (2 << 20)
/* Lines of others among what is held back. */
#define DUMP_OTHERS_BYTES (4 << 20)

enum dump_state {
    DUMP_NONE,    /* nothing is begun; what was kept before may stay */
    DUMP_MESSAGE, /* between the line that begins it and the goroutine that follows */
    DUMP_FIRST,   /* in the goroutine that panics */
    DUMP_BLANK,   /* after an empty line behind it: the next one of Go's tells whose it is */
    DUMP_HEAD,    /* after the head of a "running" goroutine: as before */
    DUMP_REST,    /* in the other goroutines */
    DUMP_WHOLE,   /* a run without crumple prints all of it */
    DUMP_FULL     /* CRUMPLE_MAX_GO_DUMP is reached: the rest passes, and is counted */
};

/* All zero, and then holds_back, is a new one. */
struct dump_filter {
    bool holds_back; /* crumple-run has set GOTRACEBACK=all */
    bool is_off;     /* dump_filter_end(): all passes */
    int64_t long_ms; /* of a dump that is held back: then it is long; 0: never */
    /* dump_filter_is_long() has been answered: the process was ended, perhaps in the middle of a line; it may live. */
    bool is_ended, is_declined;
    /* From dump_filter_end() on: the text is a dump, and the last that the process had to say; it is only a message, which is a
     * dump of a program that is known to be Go, too (GOTRACEBACK=none). */
    bool is_last, is_bare;

    bool is_sure;    /* it is a dump, not only a word of a log */
    bool is_line;    /* it begins where a line does */
    bool has_signal; /* "PC=" has come: it is of a signal. Stays until the next dump */
    bool is_held;    /* text is held back from may_pass on; 'others' has what of it passes in any case */
    bool has_rest;   /* the text of other goroutines is in what is held back */
    enum dump_state state;
    enum go_line_kind begun_by, last; /* PANIC, FATAL or SIGNAL; the last line that was of the dump */
    int64_t begun_ms, seen_ms;        /* the first and the last line of it */

    uint64_t lost;              /* bytes of the dump that did not find room */
    size_t size;                /* of the text */
    size_t start;               /* where the dump begins in it: not 0 if another process's came just before */
    size_t next, blank;         /* where the last message but the first begins, and the empty line of BLANK */
    size_t line;                /* where the line begins that is not yet complete */
    size_t seen;                /* where the last line of the dump ends; lines of others may follow */
    size_t passed_to, may_pass; /* ends of what has passed, and of what passes at once */
    size_t others_size;
    struct dump_begin begin;
    char others[DUMP_OTHERS_BYTES];
    char text[CRUMPLE_MAX_GO_DUMP]; /* from the line that begins the dump on, all that came */
};

/* Where the bytes go. */
struct dump_sink {
    void (*pass)(void *context, const char *bytes, size_t size);
    void *context;
};

/** The next bytes of the stream. now_ms: of any clock that stands still while the sink lets it wait. */
void dump_filter_feed(struct dump_filter *filter, const char *bytes, size_t size, int64_t now_ms,
                      const struct dump_sink *sink);

/** Milliseconds until dump_filter_tick() has something to do; -1: it has not. */
int dump_filter_wait(const struct dump_filter *filter, int64_t now_ms);

/** What is held back has no end: 100,000 goroutines take half a minute, since Go prints word by word. The process would have ended
 * long ago without crumple, if it is one that ends. True until is_declined. */
bool dump_filter_is_long(const struct dump_filter *filter, int64_t now_ms);

/** No byte came until now. */
void dump_filter_tick(struct dump_filter *filter, int64_t now_ms, const struct dump_sink *sink);

/** The process has ended, or there is nobody any more who keeps its dump. is_go_end: it has ended as Go's runtime ends it, and what
 * was held back is dropped, but for the lines of others. */
void dump_filter_end(struct dump_filter *filter, bool is_go_end, int64_t now_ms,
                     const struct dump_sink *sink);

#endif
