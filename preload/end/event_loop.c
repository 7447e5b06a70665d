/* SPDX-License-Identifier: MIT */
/* Ordinary code, in a thread that is to run its routine again. See end/event_loop.h. */
#include "end/event_loop.h"

#include <stddef.h>
#include <string.h>
#include <unwind.h>

#include "loader/locks.h"
#include "end/frame.h"
#include "end/modes.h"
#include "contain/contain.h"

#define FRAMES_MOST 256

/* libgcc's, as the C library loads it for pthread_exit; not linked, so that the shim needs libc alone. */
static struct {
    _Unwind_Reason_Code (*backtrace)(_Unwind_Trace_Fn, void *);
    _Unwind_Reason_Code (*forced_unwind)(struct _Unwind_Exception *, _Unwind_Stop_Fn, void *);
    _Unwind_Ptr (*ip)(struct _Unwind_Context *);
    _Unwind_Word (*cfa)(struct _Unwind_Context *);
    _Unwind_Word (*gr)(struct _Unwind_Context *, int);
} gcc;
static void *(*find_symbol)(const char *);

void recover_loops_prepare(void *(*find)(const char *), void *(*find_in)(const char *, const char *))
{
    static const char library[] = "libgcc_s.so.1";
    find_symbol = find;
    *(void **)&gcc.backtrace = find_in(library, "_Unwind_Backtrace");
    *(void **)&gcc.forced_unwind = find_in(library, "_Unwind_ForcedUnwind");
    *(void **)&gcc.ip = find_in(library, "_Unwind_GetIP");
    *(void **)&gcc.cfa = find_in(library, "_Unwind_GetCFA");
    *(void **)&gcc.gr = find_in(library, "_Unwind_GetGR");
}

void recover_loops_enter(struct recover_loop *loop, void *base, void *frame)
{
    struct safe_thread *t = safe_self;
    *loop = (struct recover_loop){.base = base, .frame = (uint64_t)frame, .outer = t ? t->loop : NULL};
    if (t)
        t->loop = loop;
}

void recover_loops_leave(struct recover_loop *loop)
{
    struct safe_thread *t = safe_self;
    if (!t)
        return;
    t->loop = loop->outer;
    if (loop->left)
        __builtin_longjmp(t->frame, 1);
}

/* --- finding the frame that called the callback ------------------------------------------------------- */

struct walk {
    struct safe_code_range libevent;
    uint64_t hook;          /* the loop was called by the frame with this address */
    uint64_t inner_cfa;     /* of the innermost frame of the run of libevent's frames so far */
    bool in_run, had_other; /* another run was left behind; something that is not libevent's came first */
    int count;
    uint64_t found; /* the canonical frame address in the callback's caller, 0: none */
};

/*
 * From inside out: frames of the callback, then one run of libevent's frames, which the hook called. In the
 * callback itself libevent must have no frame: it may be in the middle of changing the base.
 */
static _Unwind_Reason_Code visit(struct _Unwind_Context *context, void *arg)
{
    struct walk *w = arg;
    uint64_t ip = gcc.ip(context), cfa = gcc.cfa(context);
    bool is_libevent = ip > w->libevent.start && ip <= w->libevent.end;
    if (++w->count > FRAMES_MOST)
        return _URC_END_OF_STACK;
    if (is_libevent && !w->in_run) {
        if (!w->had_other)
            return _URC_END_OF_STACK; /* libevent's own fault */
        w->in_run = true;
        w->inner_cfa = cfa;
    } else if (!is_libevent && w->in_run) {
        if (cfa > w->hook - 256 && cfa <= w->hook + 16)
            w->found = w->inner_cfa;
        return _URC_END_OF_STACK;
    } else if (!is_libevent) {
        w->had_other = true;
    }
    return _URC_NO_REASON;
}

/* In the caller's frame its registers are as they will be when the callback has returned. */
static _Unwind_Reason_Code stop(int version, _Unwind_Action actions, _Unwind_Exception_Class class,
                                struct _Unwind_Exception *e, struct _Unwind_Context *context, void *arg)
{
    const struct walk *w = arg;
    (void)version, (void)actions, (void)class, (void)e;
    if (gcc.cfa(context) == w->found) {
        const uint64_t registers[8] = {gcc.gr(context, 3),
                                       gcc.gr(context, 6),
                                       gcc.gr(context, 12),
                                       gcc.gr(context, 13),
                                       gcc.gr(context, 14),
                                       gcc.gr(context, 15),
                                       w->found,
                                       gcc.ip(context)};
        recover_resume(registers);
    }
    return _URC_NO_REASON;
}

void recover_loops_return(struct safe_thread *t)
{
    struct recover_loop *loop = t->loop;
    struct walk w = {.hook = loop->frame};
    struct _Unwind_Exception e;
    int (*break_loop)(void *);
    if (!gcc.backtrace || !gcc.forced_unwind || !gcc.ip || !gcc.cfa || !gcc.gr)
        return;
    if (!loader_hold_all())
        return; /* whoever has it may wait for this thread */
    *(void **)&break_loop = find_symbol("event_base_loopbreak");
    loader_leave_all();
    if (!recover_state_code_around((const void *)break_loop, &w.libevent))
        return;
    gcc.backtrace(visit, &w);
    if (!w.found || break_loop(loop->base) != 0)
        return;
    loop->left = true;
    memset(&e, 0, sizeof e);
    gcc.forced_unwind(&e, stop, &w);
}
