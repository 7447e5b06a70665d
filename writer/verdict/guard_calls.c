/* SPDX-License-Identifier: MIT */
#include "verdict/guard_calls.h"

#include <string.h>

static const struct {
    const char *name;
    enum guard_call call;
} known[] = {
    {"__cxa_guard_acquire", GUARD_CALL_ACQUIRE},
    {"__cxa_guard_release", GUARD_CALL_RELEASE},
    {"__cxa_guard_abort", GUARD_CALL_ABORT},
    {"_Unwind_Resume", GUARD_CALL_NORETURN},
    {"__cxa_throw", GUARD_CALL_NORETURN},
    {"__cxa_rethrow", GUARD_CALL_NORETURN},
    {"__cxa_throw_bad_array_new_length", GUARD_CALL_NORETURN},
    {"__cxa_throw_bad_array_length", GUARD_CALL_NORETURN},
    {"__cxa_bad_cast", GUARD_CALL_NORETURN},
    {"__cxa_bad_typeid", GUARD_CALL_NORETURN},
    {"__cxa_call_unexpected", GUARD_CALL_NORETURN},
    {"__cxa_call_terminate", GUARD_CALL_NORETURN},
    {"__clang_call_terminate", GUARD_CALL_NORETURN},
    {"_ZSt9terminatev", GUARD_CALL_NORETURN},
    {"__stack_chk_fail", GUARD_CALL_NORETURN},
    {"abort", GUARD_CALL_NORETURN},
    {"__assert_fail", GUARD_CALL_NORETURN},
    {"exit", GUARD_CALL_NORETURN},
    {"_exit", GUARD_CALL_NORETURN},
    {"pthread_exit", GUARD_CALL_NORETURN},
    {"longjmp", GUARD_CALL_NORETURN},
    {"__longjmp_chk", GUARD_CALL_NORETURN},
};

#define KNOWN (sizeof known / sizeof known[0])
_Static_assert(KNOWN <= GUARD_CALL_NAMES, "all are looked up at once");

/* std::__throw_out_of_range and its like: _ZSt20__throw_out_of_range... */
static bool is_throwing(const struct import_name *name)
{
    size_t at = 4;
    if (name->size < at || memcmp(name->text, "_ZSt", at) != 0)
        return false;
    while (at < name->size && name->text[at] >= '0' && name->text[at] <= '9')
        at++;
    return at > 4 && name->size - at > 8 && memcmp(name->text + at, "__throw_", 8) == 0;
}

static enum guard_call call_of_name(const struct import_name *name)
{
    if (!name->text)
        return GUARD_CALL_OTHER;
    for (size_t i = 0; i < KNOWN; i++)
        if (strlen(known[i].name) == name->size && memcmp(known[i].name, name->text, name->size) == 0)
            return known[i].call;
    return is_throwing(name) ? GUARD_CALL_NORETURN : GUARD_CALL_OTHER;
}

bool guard_calls_begin(struct guard_calls *calls, const struct module *module)
{
    if (calls->module == module)
        return calls->has_guards;
    calls->module = module;
    memset(calls->memo, 0, sizeof calls->memo);
    for (size_t i = 0; i < KNOWN; i++)
        calls->names[i].name = known[i].name;
    elf_symbols_find(module, calls->names, KNOWN);
    calls->has_guards = calls->names[0].is_there;
    return calls->has_guards;
}

/* The code at address: an entry of a linkage table, or a function of the module. */
static enum guard_call call_of_code(const struct guard_calls *calls, uint64_t address)
{
    struct import_name name = {0};
    if (imports_stub(calls->memory, address, &name))
        return call_of_name(&name);
    for (size_t i = 0; i < KNOWN; i++)
        if (calls->names[i].address && calls->names[i].address + calls->module->view.bias == address)
            return known[i].call;
    return GUARD_CALL_OTHER;
}

static enum guard_call call_of_slot(const struct guard_calls *calls, uint64_t slot)
{
    struct import_name name = {0};
    uint64_t value = 0;
    if (slot < calls->module->base || slot >= calls->module->end ||
        !imports_at(calls->module, slot, &name, &value))
        return GUARD_CALL_OTHER;
    return value ? call_of_code(calls, value) : call_of_name(&name);
}

/* Relocations are looked through from the first to the last, and loops come back. */
static enum guard_call remember(struct guard_calls *calls, uint64_t address, bool is_slot)
{
    const size_t at = (address ^ address >> 8) % GUARD_CALL_MEMO;
    if (calls->memo[at].address != address) {
        calls->memo[at].call =
            (uint8_t)(is_slot ? call_of_slot(calls, address) : call_of_code(calls, address));
        calls->memo[at].address = address;
    }
    return (enum guard_call)calls->memo[at].call;
}

enum guard_call guard_calls_of(struct guard_calls *calls, const struct instruction *insn,
                               const uint64_t registers[16])
{
    if (insn->has_target)
        return remember(calls, insn->target, false);
    if (insn->has_address)
        return remember(calls, insn->address, true);
    if (insn->mod != 3 || !registers[insn->rm])
        return GUARD_CALL_OTHER;
    /* A register keeps the address of the slot that it was loaded from, or of the function itself. */
    enum guard_call call = remember(calls, registers[insn->rm], true);
    return call ? call : call_of_code(calls, registers[insn->rm]);
}

enum guard_call guard_calls_before(struct guard_calls *calls, uint64_t return_address)
{
    struct import_name name = {0};
    uint64_t target = 0;
    if (imports_called(calls->memory, return_address, &name, &target))
        return call_of_name(&name);
    return target ? remember(calls, target, false) : GUARD_CALL_OTHER;
}
