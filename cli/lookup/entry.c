/* SPDX-License-Identifier: MIT */
/* Registers at the entry of functions: see lookup/entry.h. */
#include <string.h>

#include "lookup/entry.h"
#include "read/report.h"
#include "typed_call.h"

/* Code that has debug information. */
struct place {
    Dwarf_Die unit;
    uint64_t pc;   /* as the debug information counts it */
    uint64_t bias; /* of the process */
};

static bool find_place(const struct frame_memory *memory, const json_t *frame, struct place *ret)
{
    const char *path = report_string(frame, "module"), *build_id = report_string(frame, "build_id");
    uint64_t offset, pc, bias;

    if (!path || !build_id || report_address(frame, "offset", &offset) < 0 ||
        report_address(frame, "pc", &pc) < 0 || offset == 0)
        return false;
    struct module *module = modules_find(memory->modules, path, build_id);
    if (!module || !modules_unit(module, offset - 1, &ret->unit, &bias))
        return false;
    ret->pc = offset + bias;
    ret->bias = pc - offset - bias;
    return true;
}

static bool is_trusted(const json_t *frame)
{
    const char *trust = report_string(frame, "trust");

    return trust && (strcmp(trust, "cfi") == 0 || strcmp(trust, "code") == 0);
}

static bool read_entry(void *context, unsigned number, uint64_t *ret_word)
{
    const struct entry *entry = context;
    const json_t *thread = json_array_get(json_object_get(entry->memory->report, "threads"), 0);
    const json_t *frames = json_object_get(thread, "frames");
    const json_t *frame = json_array_get(frames, entry->frame),
                 *next = json_array_get(frames, entry->frame + 1);
    struct entry further = {entry->memory, entry->reader, entry->frame + 1, entry->depth + 1};
    struct typed_frame registers;
    struct place own, caller;

    if (entry->depth == ENTRY_DEPTH_MAX || !is_trusted(next) || !find_place(entry->memory, frame, &own) ||
        !find_place(entry->memory, next, &caller))
        return false;
    frame_memory_registers(entry->memory, entry->frame + 1, &registers);
    registers.bias = caller.bias;
    entry_set(&further, &registers);
    return typed_call_read(&caller.unit, caller.pc, typed_call_name(&own.unit, own.pc - 1), number,
                           &registers, entry->reader, ret_word);
}

void entry_set(struct entry *entry, struct typed_frame *registers)
{
    registers->entry = (struct typed_entry){read_entry, entry};
}
