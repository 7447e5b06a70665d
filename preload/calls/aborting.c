/* SPDX-License-Identifier: MIT */
/*
 * See calls/aborting.h. Runs as a stage of the death (capture/guarded.h): a fault or a hang in it costs the
 * text. what() of a class of the application is code of the application, and only in one place it is known to
 * be safe to call: __verbose_terminate_handler has called it, for this object in this thread, and has come
 * back. That handler is known by this: abort() was called from the object that has it, the exception was
 * thrown while it was in force, and libstdc++'s __terminate stands behind it on the stack. Twice: then what()
 * itself has thrown, and no code has asked for that second exception yet.
 */
#include "calls/aborting.h"

#include "fault/handler.h"

#include "capture/exception.h"
#include "base/io.h"
#include "state/fault.h"
#include "proc/symbols.h"
#include "base/sys.h"

#define TERMINATE_BYTES 64 /* of std::terminate and of __terminate: both are short */
#define HANDLER_WORDS   16 /* the frame of the handler is not larger */
#define CHUNK_WORDS     64
#define STACK_WORDS     32768 /* of the stack that are looked at */
#define HANDLER_OF_HEADER                                                                                    \
    56 /* bytes from the unwinder's header back to the handler in force at the throw                         \
        */

static uint64_t word_at(uint64_t address)
{
    uint64_t word = 0;
    return address && safe_peek_memory(address, &word, sizeof word) == 0 ? word : 0;
}

/* __terminate has no symbol: it is what std::terminate calls last. 0: not found. */
static __attribute__((noinline)) uint64_t find_terminate(const struct safe_object *object)
{
    uint8_t code[TERMINATE_BYTES];
    uint64_t size = 0, found = 0, at = safe_symbols_find(object, "_ZSt9terminatev", &size);
    if (!at || size > sizeof code || safe_peek_memory(at, code, size) < 0)
        return 0;
    for (uint64_t i = 0; i + 5 <= size; i++) {
        uint32_t distance = code[i + 1] | code[i + 2] << 8 | code[i + 3] << 16 | (uint32_t)code[i + 4] << 24;
        uint64_t target = at + i + 5 + (uint64_t)(int64_t)(int32_t)distance;
        if (code[i] == 0xe8 && safe_symbols_has_code(object, target))
            found = target;
    }
    return found;
}

/* Whether __terminate is behind the handler's frame, and nowhere else on the stack. */
static __attribute__((noinline)) bool is_terminating_once(uint64_t terminate, void *const *stack)
{
    uint64_t word[CHUNK_WORDS], chunk = CHUNK_WORDS, count = 0;
    for (uint64_t at = 0; at < STACK_WORDS; at += chunk) {
        if (safe_peek_memory((uint64_t)(stack + at), word, chunk * sizeof *word) < 0) {
            if (chunk == 1)
                break; /* the end of the stack */
            chunk = 1;
            at -= 1;
            continue;
        }
        for (uint64_t i = 0; i < chunk; i++)
            if (word[i] > terminate && word[i] - terminate < TERMINATE_BYTES &&
                (++count > 1 || at + i >= HANDLER_WORDS))
                return false;
    }
    return count == 1;
}

/* Returns the object's terminate handler where it is the one that called abort(), else 0. */
static uint64_t find_caller(const struct safe_object *object, void *const *frame)
{
    uint64_t handler = safe_symbols_find(object, "_ZN9__gnu_cxx27__verbose_terminate_handlerEv", NULL);
    if (!handler || !safe_symbols_has_code(object, (uint64_t)frame[1]))
        return 0;
    uint64_t terminate = find_terminate(object);
    return terminate && is_terminating_once(terminate, frame + 2) ? handler : 0;
}

/* Once in a process: the handler asks for the first exception only, that of another thread meanwhile it calls
 * a recursion. */
static bool is_first(void)
{
    static _Atomic int asked;
    int pid = safe_getpid();
    return __atomic_exchange_n(&asked, pid, __ATOMIC_ACQ_REL) != pid;
}

static uint64_t own_fs_base(void)
{
    uint64_t base;
    __asm__("movq %%fs:0, %0" : "=r"(base)); /* the thread's descriptor begins with its own address */
    return base;
}

/* Apart: an abort() of anything else needs little stack. */
static __attribute__((noinline)) void ask(uint64_t handler)
{
    struct safe_exception e;
    char text[SAFE_EXCEPTION_BYTES];
    const char *(*what)(uint64_t);
    if (!safe_exception_find(own_fs_base(), &e) || e.what[0] || !e.standard ||
        word_at(e.header - HANDLER_OF_HEADER) != handler || !is_first())
        return;
    /* The third entry of std::exception's vtable, behind the two destructors. */
    what = (const char *(*)(uint64_t))word_at(word_at(e.standard) + 16);
    const char *said = what ? what(e.standard) : NULL;
    if (said && safe_peek_string((uint64_t)said, text, sizeof text) > 0)
        safe_exception_tell(&e, text);
}

/* The frame of an abort(), by the thread that called it last. */
static struct {
    _Atomic int tid;
    void *const *frame;
} aborting;

static void ask_of_abort(void *unused)
{
    struct safe_object object;
    uint64_t handler = 0;
    (void)unused;
    if (__atomic_load_n(&aborting.tid, __ATOMIC_ACQUIRE) != safe_fault.tid)
        return;
    for (bool more = safe_symbols_first(&object); more && !handler; more = safe_symbols_next(&object))
        handler = find_caller(&object, aborting.frame);
    if (handler)
        ask(handler);
}

void exception_at_abort(void *const *frame)
{
    __atomic_store_n(&aborting.tid, 0, __ATOMIC_RELEASE);
    aborting.frame = frame;
    __atomic_store_n(&aborting.tid, safe_gettid(), __ATOMIC_RELEASE);
    safe_fatal_ask = ask_of_abort;
}
