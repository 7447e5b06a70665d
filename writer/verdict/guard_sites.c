/* SPDX-License-Identifier: MIT */
#include "verdict/guard_sites.h"

#include <elf.h>
#include <string.h>

#include "code/eh_frame.h"
#include "core/elf_symbols.h"
#include "crash/crash.h"

#define PARTS_MAX      128
#define GUARD_CALLS    3
#define JUMP_BYTES     5 /* of a call or jump, with its distance */
#define DISTANCE_BYTES 4

/* A function has a part for each range of its code: "f" and "f.cold". */
struct part {
    struct eh_procedure range;
    bool is_cold; /* its first instruction may be reached by a jump from another part */
};

struct search {
    const struct memory *memory;
    const struct module *module;
    struct symbol_named calls[GUARD_CALLS];
    struct part parts[PARTS_MAX];
    size_t count;
    bool is_partial; /* there are more parts */
};

static bool is_inside(const struct part *part, uint64_t address)
{
    return address - part->range.start < part->range.end - part->range.start;
}

/* Returns whether there is a part around address. */
static bool add_part(struct search *search, uint64_t address, bool is_cold)
{
    struct part part = {.is_cold = is_cold};
    if (eh_frame_find(search->memory, search->module, address, &part.range) < 0)
        return false;
    for (size_t i = 0; i < search->count; i++)
        if (search->parts[i].range.start == part.range.start)
            return true;
    if (search->count == PARTS_MAX)
        search->is_partial = true;
    else
        search->parts[search->count++] = part;
    return true;
}

/* The parts that the frames stand in. */
static void add_frames(struct search *search, const struct crash *crash, size_t count)
{
    static const char cold[] = ".cold";
    for (size_t i = 0; i < count; i++) {
        const struct place *place = crash_place(crash, crash_frame(crash, &crash->stacks[0], i));
        if (place->module != search->module)
            continue;
        const bool is_cold =
            place->function && memmem(place->function, place->function_size, cold, sizeof cold - 1);
        search->is_partial |= !add_part(search, place->lookup, is_cold);
    }
}

/* Where the call or jump at code leads, which lies at address. */
static uint64_t target_of(const uint8_t *code, uint64_t address)
{
    int32_t distance;
    memcpy(&distance, code + JUMP_BYTES - DISTANCE_BYTES, sizeof distance);
    return address + JUMP_BYTES + (uint64_t)(int64_t)distance;
}

/*
 * Adds the parts that jump into a part of the frames: nothing else shows that two parts are one function. A jump
 * to the beginning of a function is a tail call. Bytes inside an instruction may look like a jump: they only add
 * a part that does not matter.
 */
static void add_jumping(struct search *search, const uint8_t *code, size_t size, uint64_t address)
{
    const size_t count = search->count;
    for (size_t i = 1; i + JUMP_BYTES <= size; i++) {
        if (code[i] != 0xe9 && !((code[i] & 0xf0) == 0x80 && code[i - 1] == 0x0f))
            continue;
        const uint64_t target = target_of(code + i, address + i);
        for (size_t k = 0; k < count; k++) {
            const struct part *part = &search->parts[k];
            if (is_inside(part, target) && !is_inside(part, address + i) &&
                (part->is_cold || target != part->range.start))
                (void)add_part(search, address + i, false);
        }
    }
}

static void add_all_jumping(struct search *search)
{
    const struct elf_view *view = &search->module->view;
    for (size_t i = 0; i < view->program_count; i++) {
        const Elf64_Phdr *segment = &view->programs[i];
        const uint64_t address = view->bias + segment->p_vaddr;
        bool is_writable;
        if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_X))
            continue;
        const uint8_t *code = module_file_at(search->module, address, segment->p_filesz, &is_writable);
        if (code)
            add_jumping(search, code, segment->p_filesz, address);
        else
            search->is_partial = true;
    }
}

static bool calls_guard(const struct search *search, const struct part *part)
{
    const uint64_t start = part->range.start, bias = search->module->view.bias;
    const size_t size = part->range.end - start;
    bool is_writable;
    const uint8_t *code = module_file_at(search->module, start, size, &is_writable);
    for (size_t i = 0; code && i + JUMP_BYTES <= size; i++)
        for (size_t k = 0; k < GUARD_CALLS && (code[i] & 0xfe) == 0xe8; k++)
            if (search->calls[k].address && target_of(code + i, start + i) == search->calls[k].address + bias)
                return true;
    return !code;
}

static bool has_guards(const struct crash *crash, size_t count, const struct module *module)
{
    struct search search = {
        .memory = &crash->memory,
        .module = module,
        .calls = {{.name = "__cxa_guard_acquire"},
                  {.name = "__cxa_guard_release"},
                  {.name = "__cxa_guard_abort"}},
    };
    add_frames(&search, crash, count);
    if (!search.count && !search.is_partial)
        return false;
    elf_symbols_find(module, search.calls, GUARD_CALLS);
    if (!search.calls[0].address)
        return false;
    add_all_jumping(&search);
    for (size_t i = 0; i < search.count && !search.is_partial; i++)
        if (calls_guard(&search, &search.parts[i]))
            return true;
    return search.is_partial;
}

bool guard_sites_on_stack(const struct crash *crash, size_t count)
{
    for (size_t i = 0; i < crash->modules.count; i++)
        if (has_guards(crash, count, &crash->modules.items[i]))
            return true;
    return false;
}
