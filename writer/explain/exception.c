/* SPDX-License-Identifier: MIT */
#include "explain/exception.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "explain/type_name.h"

#define LOOK 32 /* frames in which a termination is looked for: a terminate handler may log first */

/* Functions that stand between who throws and who aborts. The second column: those of a throw. */
static const struct row {
    const char *function;
    bool is_throw;
} rows[] = {
    {"_ZSt9terminatev", false},
    {"_ZN10__cxxabiv111__terminateEPFvvE", false},
    {"_ZN9__gnu_cxx27__verbose_terminate_handlerEv", false},
    {"__cxa_throw", true},
    {"__cxa_rethrow", true},
    {"_ZSt17rethrow_exceptionNSt15__exception_ptr13exception_ptrE", true},
    {"__cxa_call_terminate", true},
    {"__clang_call_terminate", true},
    {"__gxx_personality_v0", true},
};

static enum exception_end end_of(const char *function, size_t size)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (function && strlen(rows[i].function) == size && memcmp(rows[i].function, function, size) == 0)
            return rows[i].is_throw ? EXCEPTION_END_THROW : EXCEPTION_END_TERMINATE;
    return EXCEPTION_END_NONE;
}

/* The shim has asked the shared libstdc++, which handled nothing that could be thrown again. */
static bool has_nothing_to_throw(const struct crash *crash, const struct place *place)
{
    static const char rethrow[] = "__cxa_rethrow", library[] = "libstdc++.so";
    return !crash->notes.recovery.exception_type && place->function &&
           place->function_size == sizeof rethrow - 1 &&
           memcmp(place->function, rethrow, sizeof rethrow - 1) == 0 && place->module &&
           strncmp(module_basename(place->module), library, sizeof library - 1) == 0;
}

enum exception_end exception_end(const struct crash *crash)
{
    const struct stack *stack = &crash->stacks[0];
    enum exception_end found = EXCEPTION_END_NONE;
    for (size_t i = 0; i < stack->count && i < LOOK; i++) {
        const struct place *place = crash_place(crash, crash_frame(crash, stack, i));
        enum exception_end end = has_nothing_to_throw(crash, place)
                                     ? EXCEPTION_END_NOTHING
                                     : end_of(place->function, place->function_size);
        found = end > found ? end : found;
    }
    return found;
}

void exception_words(const struct crash *crash, char *out, size_t size)
{
    const struct notes_recovery *told = &crash->notes.recovery;
    char type[CRASH_TYPE_BYTES];
    out[0] = '\0';
    if (!told->exception_type)
        return;
    type_name(told->exception_type, type, sizeof type);
    if (told->exception_what)
        snprintf(out, size, "%.150s(\"%.250s\")", type, told->exception_what);
    else
        snprintf(out, size, "%.150s", type);
}

void exception_json(const struct crash *crash, struct buffer *out)
{
    const struct notes_recovery *told = &crash->notes.recovery;
    char type[CRASH_TYPE_BYTES];
    if (!told->exception_type) {
        json_null(out, "exception");
        return;
    }
    type_name(told->exception_type, type, sizeof type);
    json_open(out, "exception", '{');
    json_string(out, "type", type);
    json_string(out, "what", told->exception_what);
    json_bool(out, "uncaught", crash->is_uncaught);
    json_close(out, '}');
}
