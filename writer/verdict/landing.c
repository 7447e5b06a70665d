/* SPDX-License-Identifier: MIT */
#include "verdict/landing.h"

#include <string.h>

#include "crash/crash.h"
#include "code/eh_frame.h"
#include "code/imports.h"
#include "core/elf_symbols.h"
#include "code/lsda.h"
#include "verdict/guard_sites.h"

enum personality { PERSONALITY_UNKNOWN = 0, PERSONALITY_C, PERSONALITY_CXX, PERSONALITY_RUST };

/* The personalities of a stack are few: the last one that was looked up. */
struct personality_memo {
    uint64_t address;
    enum personality kind;
};

static void symbol_name(const struct crash *crash, uint64_t address, struct import_name *ret_name)
{
    struct module *module = modules_find(crash->memory.modules, address);
    if (!module)
        return;
    struct symbol_query query = {.address = address - module->view.bias};
    elf_symbols_resolve(crash->memory.core, module, &query, 1);
    *ret_name = (struct import_name){query.name, query.name_size};
}

static bool name_has(const struct import_name *name, const char *text)
{
    return name->text && memmem(name->text, name->size, text, strlen(text));
}

/* A word that no relocation names is a number that the linker knew, packed relocations (DT_RELR) add the
 * bias. */
static uint64_t constant_at(const struct module *module, uint64_t address)
{
    bool is_writable;
    uint64_t value = 0;
    const uint8_t *bytes = module_file_at(module, address, sizeof value, &is_writable);
    if (bytes)
        memcpy(&value, bytes, sizeof value);
    return value ? value + module->view.bias : 0;
}

static enum personality find_personality(const struct crash *crash, const struct module *module,
                                         const struct eh_procedure *procedure)
{
    struct import_name name = {0};
    uint64_t address = procedure->personality, value = 0;
    if (procedure->is_indirect && !imports_at(module, address, &name, &value))
        value = constant_at(module, address);
    else if (!procedure->is_indirect && !imports_stub(&crash->memory, address, &name))
        value = address;
    if (!name.text && value)
        symbol_name(crash, value, &name);
    if (name_has(&name, "__gxx_personality_v0"))
        return PERSONALITY_CXX;
    /* libc has one of its own, without a name. */
    if (name_has(&name, "__gcc_personality_v0") || frame_class_of(module_basename(module)) == FRAME_LIBC)
        return PERSONALITY_C;
    return name_has(&name, "rust_eh_personality") ? PERSONALITY_RUST : PERSONALITY_UNKNOWN;
}

/* What one frame does when the unwinder comes by. *ret_has_table: that is written somewhere. */
static enum lsda_outcome look_at(const struct crash *crash, const struct place *place,
                                 struct personality_memo *memo, bool *ret_is_rust, bool *ret_has_table)
{
    struct eh_procedure procedure;
    struct eh_bytes bytes;
    if (eh_frame_find(&crash->memory, place->module, place->lookup, &procedure) < 0)
        return LSDA_DAMAGED;
    if (!procedure.personality)
        return LSDA_PASSES;
    if (memo->address != procedure.personality)
        *memo = (struct personality_memo){procedure.personality,
                                          find_personality(crash, place->module, &procedure)};
    *ret_is_rust = memo->kind == PERSONALITY_RUST;
    *ret_has_table = procedure.lsda != 0;
    if (!procedure.lsda)
        return LSDA_PASSES;
    if (memo->kind == PERSONALITY_UNKNOWN || !eh_bytes_at(&crash->memory, procedure.lsda, &bytes))
        return LSDA_DAMAGED;
    return lsda_look(bytes, procedure.start, place->lookup, memo->kind == PERSONALITY_CXX,
                     place->module->view.bias != 0);
}

const char *landing_find(const struct crash *crash, size_t count, bool is_unwound, enum verdict_how *how)
{
    const struct stack *stack = &crash->stacks[0];
    struct personality_memo memo = {0};
    for (size_t i = 0; i < count; i++) {
        const struct place *place = crash_place(crash, crash_frame(crash, stack, i));
        bool is_rust = false, has_table = false;
        if (!place->module)
            continue; /* a jump to nowhere: its caller is known */
        enum lsda_outcome outcome = look_at(crash, place, &memo, &is_rust, &has_table);
        if (is_rust)
            return REASON_RUST; /* only Rust knows which words are its locks */
        if (outcome != LSDA_PASSES && crash->notes.recovery.guard)
            return REASON_CLEANUPS; /* the thread goes on without what they would have given back */
        if (outcome != LSDA_PASSES && has_table && !is_unwound)
            return REASON_MUSL;
        if (outcome != LSDA_PASSES && outcome != LSDA_CLEANS)
            *how = VERDICT_JUMP;
    }
    return guard_sites_on_stack(crash, count) ? REASON_GUARD : NULL;
}
