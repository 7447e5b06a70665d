/* SPDX-License-Identifier: MIT */
/* Runs in a thread that throws, called by the unwinder. An exception that nobody catches:
 * recover_invoke's personality is asked in the search phase, when the frames of the throw still stand. The fault is
 * reported from there. It is either caught at the recovery frame, after an unwinding in which every destructor runs, or
 * left to std::terminate, with the stack intact. */
#include <string.h>
#include <ucontext.h>
#include <unwind.h>

#include "state/thread.h"
#include "end/admit.h"
#include "end/frame.h"
#include "libc/calls/lookup.h"
#include "loader/real.h"
#include "capture/exception.h"
#include "base/io.h"
#include "contain/contain.h"
#include "base/sys.h"
#include "base/text.h"

#define LLVM_CXX UINT64_C(0x434c4e47432b2b00) /* "CLNGC++\0" */

static void *(*begin_catch)(void *);
static void (*end_catch)(void);

static bool is_cxx(const struct _Unwind_Exception *e)
{
    return safe_exception_is_gnu(e->exception_class) || (e->exception_class & ~UINT64_C(1)) == LLVM_CXX;
}

/* what() is the third entry of std::exception's vtable, behind the two destructors. */
static const char *ask_what(uint64_t object)
{
    uint64_t vtable = 0, entry = 0;
    if (safe_read_memory(object, &vtable, sizeof vtable) < 0 ||
        safe_read_memory(vtable + 16, &entry, sizeof entry) < 0 || !entry)
        return NULL;
    return ((const char *(*)(uint64_t))entry)(object);
}

static void describe(const struct _Unwind_Exception *e, struct safe_exception *ret)
{
    if (!safe_exception_is_gnu(e->exception_class)) {
        memset(ret, 0, sizeof *ret);
        safe_text_copy(ret->type, sizeof ret->type, "of libc++");
        return;
    }
    safe_exception_read((uint64_t)e, ret);
    if (ret->standard && !ret->what[0]) {
        const char *said = ask_what(ret->standard);
        char copy[SAFE_EXCEPTION_BYTES] = "";
        if (said)
            safe_read_string((uint64_t)said, copy, sizeof copy);
        safe_text_copy(ret->what, sizeof ret->what, copy);
    }
}

static bool is_to_be_caught(struct _Unwind_Exception *e)
{
    struct safe_exception told;
    ucontext_t uc;
    uint64_t blocked = ~SAFE_SIGBIT(SIGSEGV), before = 0;
    /* Rust's and others' have boundaries of their own. */
    if (!safe_self || !safe_self->frame || !is_cxx(e))
        return false;
    /* A guard lies in between, and the unwinder would not stop there. */
    if (safe_self->guard || libc_cleanups_are_passed(&((struct recover_frame *)safe_self->frame)->cleanups))
        return false;
    describe(e, &told);
    memset(&uc, 0, sizeof uc);
    safe_registers(&uc);
    /* Asynchronous handlers must not run while this thread has the claim. */
    blocked &= ~(SAFE_SIGBIT(SIGBUS) | SAFE_SIGBIT(SIGILL) | SAFE_SIGBIT(SIGFPE) | SAFE_SIGBIT(SIGSYS));
    safe_call(SYS_rt_sigprocmask, SIG_BLOCK, &blocked, &before, 8);
    bool caught = safe_recover_exception(&uc, told.type, told.what);
    safe_call(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, 8);
    return caught;
}

/* All frames below are gone, their destructors have run. */
static void drop(struct _Unwind_Exception *e)
{
    if (!begin_catch) {
        *(void **)&end_catch = libc_find("__cxa_end_catch");
        *(void **)&begin_catch = libc_find("__cxa_begin_catch");
    }
    if (begin_catch && end_catch) {
        begin_catch(e);
        end_catch();
    } else if (e->exception_cleanup) {
        e->exception_cleanup(_URC_FOREIGN_EXCEPTION_CAUGHT, e);
    }
}

_Unwind_Reason_Code recover_personality(int, _Unwind_Action, _Unwind_Exception_Class,
                                        struct _Unwind_Exception *, struct _Unwind_Context *);

/* Named by the call frame information of recover_invoke (Itanium C++ ABI, exception handling, 1.6.2). */
_Unwind_Reason_Code recover_personality(int version, _Unwind_Action actions, _Unwind_Exception_Class class,
                                        struct _Unwind_Exception *e, struct _Unwind_Context *context)
{
    (void)version;
    (void)class;
    (void)context;
    if (actions & _UA_FORCE_UNWIND) {
        recover_left();
        return _URC_CONTINUE_UNWIND;
    }
    if (actions & _UA_SEARCH_PHASE)
        return is_to_be_caught(e) ? _URC_HANDLER_FOUND : _URC_CONTINUE_UNWIND;
    if (actions & _UA_HANDLER_FRAME) {
        drop(e);
        __builtin_longjmp(safe_self->frame, 1);
    }
    return _URC_CONTINUE_UNWIND;
}
