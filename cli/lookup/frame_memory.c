/* SPDX-License-Identifier: MIT */
/* Memory and registers of frames: see lookup/frame_memory.h. */
#include <string.h>

#include "lookup/frame_memory.h"
#include "read/report.h"
#include "readable_name.h"

/* The module of an address, and the address as its file counts it. */
static struct module *find_module(const struct frame_memory *memory, uint64_t address, uint64_t *ret_offset)
{
    const json_t *modules = json_object_get(memory->report, "modules"), *entry;
    size_t i;

    json_array_foreach(modules, i, entry)
    {
        uint64_t base, end;
        const char *path = report_string(entry, "path"), *build_id = report_string(entry, "build_id");

        if (report_address(entry, "base", &base) < 0 || report_address(entry, "end", &end) < 0 ||
            address < base || address >= end)
            continue;
        struct module *module = path && build_id ? modules_find(memory->modules, path, build_id) : NULL;
        if (module)
            *ret_offset = address - base + modules_start(module);
        return module;
    }
    return NULL;
}

static bool read_memory(void *context, uint64_t address, void *bytes, size_t size)
{
    const struct frame_memory *memory = context;
    uint64_t offset;

    if (core_memory_read(memory->core, address, bytes, size))
        return true;
    struct module *module = find_module(memory, address, &offset);
    return module && modules_read(module, offset, bytes, size);
}

struct typed_memory frame_memory_of(struct frame_memory *memory)
{
    return (struct typed_memory){.read = read_memory, .context = memory};
}

const char *frame_memory_function(void *context, uint64_t address)
{
    struct frame_memory *memory = context;
    uint64_t offset;
    struct module *module = find_module(memory, address, &offset);
    const char *name = module ? modules_symbol(module, offset) : NULL;

    if (!name)
        return NULL;
    (void)name_short(name, strlen(name), memory->name, NAME_SHORT_BYTES);
    return memory->name;
}

static void take(const json_t *registers, const char *name, unsigned number, struct typed_frame *frame)
{
    if (report_address(registers, name, &frame->value[number]) == 0)
        frame->known |= UINT32_C(1) << number;
}

/* The stack pointer in the caller, which is what it was before the call pushed the return address. */
static uint64_t stack_before_call(const json_t *next)
{
    const char *trust = report_string(next, "trust");
    uint64_t sp;

    if (!trust || strcmp(trust, "context") == 0 || report_address(next, "sp", &sp) < 0)
        return 0;
    return sp;
}

void frame_memory_registers(const struct frame_memory *memory, size_t index, struct typed_frame *ret_frame)
{
    static const char *const names[] = {"rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp",
                                        "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};
    const json_t *thread = json_array_get(json_object_get(memory->report, "threads"), 0);
    const json_t *frames = json_object_get(thread, "frames"), *frame = json_array_get(frames, index);
    const json_t *registers = json_object_get(index == 0 ? thread : frame, "registers");

    *ret_frame = (struct typed_frame){.cfa = stack_before_call(json_array_get(frames, index + 1))};
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        take(registers, names[i], i, ret_frame);
    take(frame, "sp", 7, ret_frame);
    take(frame, "pc", 16, ret_frame);
    if (index == 0)
        ret_frame->xmm = core_memory_vectors(memory->core);
}
