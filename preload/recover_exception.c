/* SPDX-License-Identifier: MIT */
/* Runs in a thread that throws, called by the unwinder. See recover_exception.h. */
#include "recover_exception.h"

#include <string.h>
#include <ucontext.h>
#include <unwind.h>

#include "recover.h"
#include "safe_io.h"
#include "safe_recover.h"
#include "safe_sys.h"
#include "safe_text.h"

#define GNU_CXX   UINT64_C(0x474e5543432b2b00) /* "GNUCC++\0"; ...\1: a dependent exception */
#define BASES     8                            /* of a chain of single inheritance */
#define BEFORE_IT 128                          /* bytes of __cxa_exception before the unwinder's header */

/* Offsets in libstdc++'s __cxa_exception (unwind-cxx.h), back from the unwinder's header: the members before
 * it are ten words; the first one is the type. */
#define TYPE_BEFORE (10 * 8)

#define LLVM_CXX UINT64_C(0x434c4e47432b2b00) /* "CLNGC++\0" */

static void *(*begin_catch)(void *);
static void (*end_catch)(void);
static void *(*find_symbol)(const char *);

void recover_exception_prepare(void *(*find)(const char *))
{
    find_symbol = find;
}

static uint64_t word_at(uint64_t address)
{
    uint64_t word = 0;
    return address && safe_read_memory(address, &word, sizeof word) == 0 ? word : 0;
}

/*
 * Whether the type is std::exception or derived from it by single inheritance without offset, so that the
 * object can be asked for what(): the vtable of std::type_info's kind tells how to go on (Itanium C++ ABI
 * 2.9.5). Of other types only the name is told.
 */
static bool is_std_exception(uint64_t type)
{
    uint64_t std_exception = (uint64_t)find_symbol("_ZTISt9exception");
    uint64_t single = (uint64_t)find_symbol("_ZTVN10__cxxabiv120__si_class_type_infoE");
    int i;
    for (i = 0; i < BASES && type && std_exception && single; i++) {
        if (type == std_exception)
            return true;
        if (word_at(type) != single + 16)
            return false;
        type = word_at(type + 16);
    }
    return false;
}

/* what() is the third entry of std::exception's vtable, behind the two destructors. */
static const char *ask_what(uint64_t object)
{
    const char *(*what)(uint64_t) = (const char *(*)(uint64_t))word_at(word_at(object) + 16);
    return what ? what(object) : NULL;
}

static bool is_cxx(const struct _Unwind_Exception *e)
{
    uint64_t class = e->exception_class & ~UINT64_C(1);
    return class == GNU_CXX || class == LLVM_CXX;
}

static void describe(const struct _Unwind_Exception *e, char *type, char *what, size_t size)
{
    uint64_t header = (uint64_t)e, info;
    type[0] = what[0] = '\0';
    if ((e->exception_class & ~UINT64_C(1)) != GNU_CXX) {
        safe_text_copy(type, size, "of libc++");
        return;
    }
    info = word_at(header - TYPE_BEFORE);
    if (e->exception_class & 1) /* std::rethrow_exception: the first word leads to the primary object */
        info = word_at(info - TYPE_BEFORE - sizeof *e);
    if (info) {
        uint64_t name = word_at(info + 8);
        char text[256] = "";
        if (name)
            safe_read_string(name, text, sizeof text);
        safe_text_copy(type, size, text[0] == '*' ? text + 1 : text);
        if (!(e->exception_class & 1) && is_std_exception(info)) {
            const char *said = ask_what(header + sizeof *e);
            char copy[256] = "";
            if (said)
                safe_read_string((uint64_t)said, copy, sizeof copy);
            safe_text_copy(what, size, copy);
        }
    }
}

static bool is_to_be_caught(struct _Unwind_Exception *e)
{
    char type[256], what[256];
    ucontext_t uc;
    uint64_t blocked = ~SAFE_SIGBIT(SIGSEGV), before = 0;
    bool caught;
    /* Rust's and others' have boundaries of their own. */
    if (!safe_self || !safe_self->frame || !is_cxx(e))
        return false;
    describe(e, type, what, sizeof type);
    memset(&uc, 0, sizeof uc);
    recover_registers(&uc);
    /* Asynchronous handlers must not run while this thread has the claim. */
    blocked &= ~(SAFE_SIGBIT(SIGBUS) | SAFE_SIGBIT(SIGILL) | SAFE_SIGBIT(SIGFPE) | SAFE_SIGBIT(SIGSYS));
    safe_call(SYS_rt_sigprocmask, SIG_BLOCK, &blocked, &before, 8);
    caught = safe_recover_exception(&uc, type, what);
    safe_call(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, 8);
    return caught;
}

/* All frames below are gone, their destructors have run. */
static void drop(struct _Unwind_Exception *e)
{
    if (!begin_catch) {
        *(void **)&end_catch = find_symbol("__cxa_end_catch");
        *(void **)&begin_catch = find_symbol("__cxa_begin_catch");
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
