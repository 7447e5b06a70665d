/* SPDX-License-Identifier: MIT */
/*
 * A process that ends itself: which code called exit, _exit, _Exit or quick_exit, and whether that is an
 * event (CRUMPLE_EXIT). docs/decisions/0019-exit-events.md. Any thread, also in a signal handler.
 *
 *   _exit, _Exit      their hooks report at entry, then call libc's function
 *
 * exit, quick_exit  a handler reports, which is registered before all others and so runs after them; it also
 * sees
 *
 *                     exits inside libc: main's return, err(), error()
 */
#ifndef CRUMPLE_PRELOAD_CALLS_EXITS_H
#define CRUMPLE_PRELOAD_CALLS_EXITS_H

#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

#include "base/sys.h"

/* The facts for the policy. */
struct exits_facts {
    int mode; /* CRUMPLE_EXIT_... */
    int status;
    int pid, tid;
    bool is_guest;       /* the memory is another process's: a vfork child */
    bool is_dying;       /* of a fault that is being reported */
    bool is_after_fault; /* the thread is in its own handler of a fault */
};

/** True if the call is an event. */
bool exits_wanted(const struct exits_facts *facts);

/* The registers of a hook, as the beginning of a ucontext_t, which is too large for a hook that runs on the
 * rest of a small alternate stack. */
struct exits_registers {
    uint64_t word[22];
};

/** True if exits_record may have work to do: a few instructions for an exit that is no event. */
bool exits_concern(int status);

/** Fills what an unwinder needs of a context. */
void exits_context(ucontext_t *context, const struct exits_registers *here);

/* What follows the call. */
enum exits_then {
    EXITS_END,   /* the kernel ends the process next: the other threads stay stopped */
    EXITS_GO_ON, /* libc has work to do, and may need locks that they hold */
};

/** Reports the call if it is an event. 'call' is a constant. */
void exits_record(const char *call, int status, enum exits_then then, const struct exits_registers *here);

/** For the function that the reported stack begins with. */
static inline __attribute__((always_inline)) void exits_called(const char *call, int status,
                                                               enum exits_then then)
{
    struct exits_registers here;
    if (!exits_concern(status))
        return;
    safe_registers(&here);
    exits_record(call, status, then, &here);
}

/** If another thread's fault is being reported, the process is already dead: waits for its end, within the
 * limit of a capture. Otherwise returns at once. */
void exits_hold(void);

/** Notes a call of exit or quick_exit. Returns true for the second one: before glibc 2.41 a second thread runs
 * the remaining handlers, perhaps none, and ends the process while the last one runs, so that call is
 * reported at entry. */
bool exits_begun(void);

/** Notes the status of a quick_exit, since its handlers do not get it. */
void exits_quick(int status);

/** True where libc tells no handler the status of an exit: the hooks note it, and the last destructor reports, which runs
 * after the handlers (musl src/exit/exit.c). The first call counts. */
extern bool exits_are_noted;
void exits_note(int status, const struct exits_registers *here);
void exits_at_end(void);

/** For the function that the reported stack begins with: it must not return. */
static inline __attribute__((always_inline)) void exits_noted(int status)
{
    struct exits_registers here;
    if (!exits_are_noted || !exits_concern(status))
        return;
    safe_registers(&here);
    exits_note(status, &here);
}

/** For libc_exit_watch(). */
void exits_at_exit(int status, void *unused);
void exits_at_quick_exit(void *unused);

#endif
