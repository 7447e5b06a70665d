/* SPDX-License-Identifier: MIT */
/*
 * One line of what Go's runtime prints when it ends a process: runtime/panic.go, traceback.go and signal_unix.go of Go. The text
 * may be anything: a server prints what it likes.
 */
#ifndef CRUMPLE_GOLANG_GO_LINE_H
#define CRUMPLE_GOLANG_GO_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum go_line_kind {
    GO_LINE_OTHER, /* none of these: of a message, of another writer, of anything */
    GO_LINE_BLANK,
    GO_LINE_PANIC, /* "panic: MESSAGE", also "\tpanic: MESSAGE", a panic while another one was handled */
    GO_LINE_FATAL, /* "fatal error: MESSAGE" */
    GO_LINE_SIGNAL, /* "SIGSEGV: segmentation violation": a name that Go knows and Go's words for it; "Signal 64" */
    GO_LINE_PC,            /* "PC=0x7f... m=0 sigcode=1": follows GO_LINE_SIGNAL */
    GO_LINE_SIGNAL_DETAIL, /* "[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x45d1f4]" */
    GO_LINE_CGO,           /* "signal arrived during cgo execution", "... during external code execution" */
    GO_LINE_RUNTIME,       /* "runtime: ...": what the runtime says before a fatal error */
    GO_LINE_GOROUTINE,     /* "goroutine 7 [chan receive, 5 minutes]:" */
    GO_LINE_RUNTIME_STACK, /* "runtime stack:" */
    GO_LINE_FUNCTION,      /* "main.(*Match).loop(0xc0000140a8, ...)", "panic({0x4...})" */
    GO_LINE_FILE,          /* "\t/src/match.go:42 +0x1d" */
    GO_LINE_CREATED,       /* "created by main.main", "created by main.main in goroutine 1" */
    GO_LINE_ELIDED,        /* "...additional frames elided...", "...23 frames elided..." */
    GO_LINE_UNAVAILABLE,   /* "\tgoroutine running on other thread; stack unavailable" */
    GO_LINE_REGISTER       /* "rax    0x0": follows the goroutines of GO_LINE_SIGNAL */
};

/** The kind of a line without its '\n'. A line alone cannot be told for sure: who calls knows what came before. */
enum go_line_kind go_line_kind(const char *line, size_t size);

#define GO_LINE_STATE_BYTES 64

/* The head of a goroutine. */
struct go_line_goroutine {
    uint64_t id;
    char state
        [GO_LINE_STATE_BYTES]; /* "chan receive", "running", "select (no cases)"; cut where it is longer */
    uint64_t wait_minutes;     /* 0: less than one, or it does not wait */
    bool is_locked;            /* "locked to thread" */
    const char *labels; /* within the line: what is between the state and the colon (Go 1.26), or NULL */
    size_t labels_size;
};

/** Reads a GO_LINE_GOROUTINE. False: it is none. */
bool go_line_goroutine(const char *line, size_t size, struct go_line_goroutine *ret);

/** The value of "NAME=0x..." in a GO_LINE_PC or GO_LINE_SIGNAL_DETAIL: name is "PC", "pc", "addr", "code", "sigcode". False: it has
 * none. */
bool go_line_number(const char *line, size_t size, const char *name, uint64_t *ret);

#endif
