/* SPDX-License-Identifier: MIT */
/*
 * A process that ends itself: who called exit, _exit, _Exit or quick_exit, and whether that is an event
 * (CRUMPLE_EXIT). docs/decisions/0019-exit-events.md.
 *
 *   _exit, _Exit      their hooks ask at entry, then call libc's
 *   exit, quick_exit  a handler that is registered before all others, and so runs after all others, asks; it
 *                     also sees the calls inside of libc: main's return, err(), error()
 */
#ifndef PRELOAD_CALLS_EXITS_H
#define PRELOAD_CALLS_EXITS_H

#include <stdbool.h>
#include <stdint.h>

#include "end/frame.h"

/* What the policy looks at. */
struct exits_facts {
    int mode; /* CRUMPLE_EXIT_... */
    int status;
    int pid, tid;
    bool is_guest; /* the memory is another process's: a vfork child */
    bool is_told;  /* this process has left its event */
    bool is_dying; /* of a fault that is being reported */
};

/* Whether the call is an event. */
bool exits_wanted(const struct exits_facts *facts);

/* The registers of a hook, as the beginning of a ucontext_t: that is large, and a hook may run on what is
 * left of a small alternate stack. */
struct exits_registers {
    uint64_t word[22];
};

/* Whether exits_record can have anything to do: a few instructions for an exit that is none of ours. */
bool exits_concern(int status);

/* What a call leads to. */
enum exits_then {
    EXITS_END,   /* the kernel ends the process next: the other threads stay stopped */
    EXITS_GO_ON, /* libc has work to do, and may need locks that they hold */
};

/* Reports the call where it is wanted. 'call' is a constant. */
void exits_record(const char *call, int status, enum exits_then then, const struct exits_registers *here);

/* In the function that the report is to begin with. */
static inline __attribute__((always_inline)) void exits_called(const char *call, int status,
                                                               enum exits_then then)
{
    struct exits_registers here;
    if (!exits_concern(status))
        return;
    recover_registers(&here);
    exits_record(call, status, then, &here);
}

/* Where a fault of another thread is being reported the process has died already: waits for the end, within
 * the limit of a capture. Nothing otherwise. */
void exits_hold(void);

/* Notes that exit or quick_exit was called. Returns whether that is the second time: before glibc 2.41 a
 * second thread runs the handlers that are left, perhaps none, and ends the process while the last one runs:
 * so it is asked at entry. */
bool exits_begun(void);

/* The status of a quick_exit that begins; its handlers are not told. */
void exits_quick(int status);

/* For on_exit and __cxa_at_quick_exit. */
void exits_at_exit(int status, void *unused);
void exits_at_quick_exit(void *unused);

#endif
