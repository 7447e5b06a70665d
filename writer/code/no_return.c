/* SPDX-License-Identifier: MIT */
#include "code/no_return.h"

#include <string.h>

#include "code/branch.h"
#include "code/eh_frame.h"
#include "code/imports.h"
#include "code/instruction.h"

#define CODE_MAX    (UINT64_C(256) << 10) /* a way to die is shorter */
#define REGIONS_MAX 8                     /* a function, its cold part, and the functions that it jumps to */

static void add_jump(struct code_exits *exits, uint64_t target)
{
    for (size_t i = 0; i < exits->jump_count; i++)
        if (exits->jumps[i] == target)
            return;
    if (exits->jump_count == NO_RETURN_JUMPS)
        exits->returns = true; /* not known */
    else
        exits->jumps[exits->jump_count++] = target;
}

static bool is_return(const struct instruction *insn)
{
    return !insn->map && (insn->opcode == 0xc2 || insn->opcode == 0xc3 || insn->opcode == 0xca ||
                          insn->opcode == 0xcb || insn->opcode == 0xcf);
}

/* A tail call, a table of a switch, or the linkage table: where it leads the bytes do not say. */
static bool is_indirect_jump(const struct instruction *insn)
{
    return !insn->map && insn->opcode == 0xff && (insn->reg & 7) / 2 == 2;
}

static bool is_call(const struct instruction *insn)
{
    return !insn->map && (insn->opcode == 0xe8 || (insn->opcode == 0xff && (insn->reg & 7) / 2 == 1));
}

void code_exits_read(const uint8_t *code, size_t size, uint64_t address, struct code_exits *ret_exits)
{
    struct instruction insn;
    *ret_exits = (struct code_exits){.returns = size == 0};
    for (size_t at = 0; at < size && !ret_exits->returns; at += insn.length) {
        if (!instruction_decode(code + at, size - at, &insn) || is_return(&insn) || is_indirect_jump(&insn)) {
            ret_exits->returns = true;
            return;
        }
        uint64_t target;
        const enum branch branch = branch_read(&insn, code + at, address + at, &target);
        ret_exits->calls += is_call(&insn);
        if ((branch == BRANCH_JUMP || branch == BRANCH_CONDITIONAL) && target - address >= size)
            add_jump(ret_exits, target);
    }
}

bool no_return_name(const char *name, size_t size)
{
    static const char *const names[] = {
        "abort",
        "exit",
        "_exit",
        "_Exit",
        "quick_exit",
        "__assert_fail",
        "__assert",
        "__assert_perror_fail",
        "__stack_chk_fail",
        "__chk_fail",
        "__fortify_fail",
        "__libc_fatal",
        "longjmp",
        "_longjmp",
        "siglongjmp",
        "__longjmp_chk",
        "err",
        "errx",
        "verr",
        "verrx",
        "pthread_exit",
        "__cxa_throw",
        "__cxa_rethrow",
        "_Unwind_Resume",
        "_ZSt9terminatev",
        "__cxa_throw_bad_array_new_length",
        "__cxa_bad_cast",
        "__cxa_bad_typeid",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strlen(names[i]) == size && memcmp(names[i], name, size) == 0)
            return true;
    return size > 12 && memcmp(name, "_ZSt", 4) == 0 && memmem(name, size, "__throw_", 8) != NULL;
}

/* Functions whose ends decide about the first one. */
struct search {
    uint64_t entries[REGIONS_MAX];
    size_t count;
    size_t calls;
    bool returns;
};

static void want(struct search *search, uint64_t entry)
{
    for (size_t i = 0; i < search->count; i++)
        if (search->entries[i] == entry)
            return;
    if (search->count == REGIONS_MAX)
        search->returns = true;
    else
        search->entries[search->count++] = entry;
}

static void look_at(const struct memory *memory, struct search *search, uint64_t entry)
{
    struct import_name name;
    struct eh_procedure procedure;
    struct eh_bytes bytes;
    struct code_exits exits;
    const struct module *module = modules_find(memory->modules, entry);
    if (imports_stub(memory, entry, &name)) {
        search->returns = !no_return_name(name.text, name.size);
        return;
    }
    search->returns = true;
    if (!module || eh_frame_find(memory, module, entry, &procedure) < 0 || procedure.end - entry > CODE_MAX ||
        !eh_bytes_at(memory, entry, &bytes) || (uint64_t)(bytes.end - bytes.at) < procedure.end - entry)
        return;
    code_exits_read(bytes.at, procedure.end - entry, entry, &exits);
    search->returns = exits.returns;
    search->calls += exits.calls;
    for (size_t i = 0; i < exits.jump_count; i++)
        want(search, exits.jumps[i]);
}

/* The compiler knew: nothing that could run follows the call. */
static bool is_last(const struct memory *memory, uint64_t address)
{
    static const uint8_t traps[][2] = {{0x0f, 0x0b}, {0xeb, 0xfe}, {0xf4, 0}, {0xcc, 0}};
    struct eh_procedure procedure;
    uint8_t code[2] = {0};
    const struct module *module = modules_find(memory->modules, address - 1);
    if (module && eh_frame_find(memory, module, address - 1, &procedure) == 0 && procedure.end == address)
        return true;
    if (!memory_read(memory, address, code, sizeof code))
        return false;
    for (size_t i = 0; i < sizeof traps / sizeof traps[0]; i++)
        if (code[0] == traps[i][0] && (!traps[i][1] || code[1] == traps[i][1]))
            return true;
    return false;
}

struct no_return no_return_call(const struct memory *memory, uint64_t address, uint64_t entry)
{
    struct import_name name = {0};
    struct search search = {0};
    uint64_t target;
    bool is_known = is_last(memory, address);
    if (imports_called(memory, address, &name, &target) && no_return_name(name.text, name.size))
        is_known = true;
    if (target || entry)
        want(&search, target ? target : entry);
    for (size_t i = 0; i < search.count && !search.returns; i++)
        look_at(memory, &search, search.entries[i]);
    return (struct no_return){is_known || (search.count && !search.returns), search.calls};
}
