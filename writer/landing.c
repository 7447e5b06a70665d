/* SPDX-License-Identifier: MIT */
#include "landing.h"

#include <string.h>

#include "crash.h"
#include "eh_frame.h"
#include "elf_symbols.h"
#include "imports.h"
#include "lsda.h"

/* Where the call that gives a guard back is looked for: bytes of a part of a function, and parts. */
#define LANDING_BYTES 1024
#define LANDING_PARTS 8

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

static bool calls_guard_abort(const struct crash *crash, uint64_t return_address)
{
    static const char guard[] = "__cxa_guard_abort";
    struct import_name name = {0};
    uint64_t target;
    if (!imports_called(&crash->memory, return_address, &name, &target) && target)
        symbol_name(crash, target, &name);
    return name.text && name.size == sizeof guard - 1 && memcmp(name.text, guard, name.size) == 0;
}

/* The code from address to the end of its part of the function. */
static size_t read_part(const struct crash *crash, uint64_t address, uint8_t code[LANDING_BYTES])
{
    const struct module *module = modules_find(crash->memory.modules, address);
    struct eh_procedure part;
    if (!module || eh_frame_find(&crash->memory, module, address, &part) < 0)
        return 0;
    size_t size = part.end - address < LANDING_BYTES ? part.end - address : LANDING_BYTES;
    return memory_read(&crash->memory, address, code, size) ? size : 0;
}

/*
 * A function's static variable under construction: whoever comes next waits for ever unless the landing pad
 * gives its guard back, so that it must not be jumped over. Landing pads lie in the cold part of a function,
 * or jump there. What only looks like such a call costs nothing but a thread that could have been ended.
 */
static bool gives_back_guard(const struct crash *crash, uint64_t landing)
{
    uint64_t parts[LANDING_PARTS] = {landing};
    size_t part_count = 1;
    for (size_t part = 0; part < part_count; part++) {
        uint8_t code[LANDING_BYTES];
        size_t size = read_part(crash, parts[part], code);
        for (size_t i = 0; i + 5 <= size; i++) {
            const uint64_t next = parts[part] + i + 5;
            bool is_indirect = i + 6 <= size && code[i] == 0xff && code[i + 1] == 0x15;
            int32_t distance;
            if ((code[i] == 0xe8 && calls_guard_abort(crash, next)) ||
                (is_indirect && calls_guard_abort(crash, next + 1)))
                return true;
            memcpy(&distance, code + i + 1, sizeof distance);
            if (code[i] == 0xe9 && part_count < LANDING_PARTS)
                parts[part_count++] = next + (uint64_t)(int64_t)distance;
        }
    }
    return false;
}

/* What one frame does when the unwinder comes by. *ret_landing: where its cleanups begin, or 0. */
static enum lsda_outcome look_at(const struct crash *crash, const struct place *place,
                                 struct personality_memo *memo, bool *ret_is_rust, uint64_t *ret_landing)
{
    struct eh_procedure procedure;
    struct eh_bytes bytes;
    *ret_landing = 0;
    if (eh_frame_find(&crash->memory, place->module, place->lookup, &procedure) < 0)
        return LSDA_DAMAGED;
    if (!procedure.personality)
        return LSDA_PASSES;
    if (memo->address != procedure.personality)
        *memo = (struct personality_memo){procedure.personality,
                                          find_personality(crash, place->module, &procedure)};
    *ret_is_rust = memo->kind == PERSONALITY_RUST;
    if (!procedure.lsda)
        return LSDA_PASSES;
    if (memo->kind == PERSONALITY_UNKNOWN || !eh_bytes_at(&crash->memory, procedure.lsda, &bytes))
        return LSDA_DAMAGED;
    return lsda_look(bytes, procedure.start, place->lookup, memo->kind == PERSONALITY_CXX,
                     place->module->view.bias != 0, ret_landing);
}

const char *landing_find(const struct crash *crash, size_t count, enum verdict_how *how)
{
    const struct stack *stack = &crash->stacks[0];
    struct personality_memo memo = {0};
    uint64_t landings[CRUMPLE_MAX_FRAMES];
    size_t landing_count = 0;
    for (size_t i = 0; i < count && i < CRUMPLE_MAX_FRAMES; i++) {
        const struct place *place = crash_place(crash, crash_frame(crash, stack, i));
        bool is_rust = false;
        if (!place->module)
            continue; /* a jump to nowhere: its caller is known */
        enum lsda_outcome outcome = look_at(crash, place, &memo, &is_rust, &landings[landing_count]);
        /* Its locks are words that only it knows. */
        if (is_rust)
            return REASON_RUST;
        if (landings[landing_count])
            landing_count++;
        if (outcome != LSDA_PASSES && outcome != LSDA_CLEANS)
            *how = VERDICT_JUMP;
    }
    for (size_t i = 0; i < landing_count && *how == VERDICT_JUMP; i++)
        if (gives_back_guard(crash, landings[i]))
            return REASON_GUARD;
    return NULL;
}
