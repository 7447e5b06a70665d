/* SPDX-License-Identifier: MIT */
#include "code/machine.h"

#include <string.h>

static const struct machine_value unknown = {0, MACHINE_UNKNOWN};

static struct machine_value number_of(uint64_t number)
{
    return (struct machine_value){number, MACHINE_NUMBER};
}

struct machine_value machine_load(const struct machine *machine, uint64_t address)
{
    uint64_t word;
    for (size_t i = 0; i < machine->store_count; i++)
        if (machine->stores[i].address == address)
            return machine->stores[i].value;
    if (machine->is_full || !machine->memory ||
        core_read(machine->memory->core, address, &word, sizeof word) != sizeof word)
        return unknown;
    return number_of(word);
}

static void store(struct machine *machine, uint64_t address, struct machine_value value)
{
    size_t i = 0;
    while (i < machine->store_count && machine->stores[i].address != address)
        i++;
    if (i == MACHINE_STORES) {
        machine->is_full = true;
        return;
    }
    machine->store_count += i == machine->store_count;
    machine->stores[i].address = address;
    machine->stores[i].value = value;
}

static void move_stack(struct machine *machine, uint64_t distance)
{
    if (machine->registers[MACHINE_RSP].kind == MACHINE_NUMBER)
        machine->registers[MACHINE_RSP].number += distance;
}

static void push(struct machine *machine, struct machine_value value)
{
    const struct machine_value *sp = &machine->registers[MACHINE_RSP];
    move_stack(machine, -UINT64_C(8));
    if (sp->kind == MACHINE_NUMBER)
        store(machine, sp->number, value);
}

static struct machine_value pop(struct machine *machine)
{
    const struct machine_value sp = machine->registers[MACHINE_RSP];
    move_stack(machine, 8);
    return sp.kind == MACHINE_NUMBER ? machine_load(machine, sp.number) : unknown;
}

/* The register around a register operand: without REX the numbers 4 to 7 of a byte are %ah to %bh. */
static struct machine_value *whole(struct machine *machine, const struct instruction *insn, uint8_t number)
{
    const uint8_t opcode = insn->opcode;
    const bool is_byte =
        insn->map == 0 ? !(opcode & 1) : opcode / 16 == 9 || opcode == 0xb0 || opcode == 0xc0;
    return &machine->registers[is_byte && !insn->has_rex ? number & 3 : number];
}

/* Of a memory operand, if it is a known register and a displacement. */
static struct machine_value address_of(const struct machine *machine, const struct instruction *insn)
{
    if (insn->mod == 3 || insn->base == INSTRUCTION_NO_REGISTER || insn->index != INSTRUCTION_NO_REGISTER ||
        insn->segment || insn->has_short_address)
        return unknown;
    struct machine_value base = machine->registers[insn->base];
    base.number += insn->displacement;
    return base.kind == MACHINE_NUMBER ? base : unknown;
}

/* mov between registers, and between a register and the stack. */
static void move(struct machine *machine, const struct instruction *insn, bool is_store)
{
    struct machine_value *reg = &machine->registers[insn->reg], *rm = &machine->registers[insn->rm];
    const struct machine_value address = address_of(machine, insn);
    if (insn->mod == 3 && is_store)
        *rm = insn->is_wide ? *reg : unknown;
    else if (insn->mod == 3)
        *reg = insn->is_wide ? *rm : unknown;
    else if (!is_store)
        *reg = insn->is_wide && address.kind ? machine_load(machine, address.number) : unknown;
    else if (address.kind)
        store(machine, address.number & ~UINT64_C(7),
              insn->is_wide && address.number % 8 == 0 ? *reg : unknown);
}

/* add, sub and with a constant. */
static void compute(struct machine *machine, const struct instruction *insn, const uint8_t *code)
{
    enum { ADD = 0, AND = 4, SUB = 5, COMPARE = 7 };
    const unsigned what = insn->reg & 7;
    if (insn->mod != 3 || what == COMPARE)
        return;
    struct machine_value *value = whole(machine, insn, insn->rm);
    const uint8_t *end = code + insn->length;
    int32_t constant = (int8_t)end[-1];
    if (insn->opcode == 0x81 && insn->is_wide)
        memcpy(&constant, end - sizeof constant, sizeof constant);
    const uint64_t operand = (uint64_t)(int64_t)constant;
    if (value->kind != MACHINE_NUMBER || !insn->is_wide || insn->opcode == 0x80)
        *value = unknown;
    else if (what == ADD)
        value->number += operand;
    else if (what == SUB)
        value->number -= operand;
    else if (what == AND && machine->memory)
        value->number &= operand;
    else
        *value = unknown;
}

static void forget_after_call(struct machine *machine)
{
    for (unsigned i = 0; i < 16; i++)
        if (i < 12 && i != MACHINE_RBX && i != MACHINE_RSP && i != MACHINE_RBP)
            machine->registers[i] = unknown;
}

/* Instructions that write their register operand, by opcode. */
static bool writes_reg(const struct instruction *insn)
{
    const uint8_t opcode = insn->opcode;
    if (insn->map == 1)
        return (opcode >= 0x40 && opcode <= 0x4f) || opcode == 0xaf || (opcode & 0xf6) == 0xb6 ||
               opcode == 0xbc || opcode == 0xbd;
    return !insn->map && ((opcode < 0x38 && (opcode & 6) == 2) || opcode == 0x63 || opcode == 0x69 ||
                          opcode == 0x6b || opcode == 0x86 || opcode == 0x87 || opcode == 0x8a);
}

/* Instructions that write their other operand, if it is a register. */
static bool writes_rm(const struct instruction *insn)
{
    const uint8_t opcode = insn->opcode;
    if (insn->map == 1)
        return (opcode >= 0x90 && opcode <= 0x9f) || opcode == 0xc0 || opcode == 0xc1 || opcode == 0xb0 ||
               opcode == 0xb1;
    if (insn->map)
        return false;
    return (opcode < 0x38 && (opcode & 6) == 0) || opcode == 0x86 || opcode == 0x87 || opcode == 0x88 ||
           opcode == 0xc0 || opcode == 0xc1 || opcode == 0xc6 || opcode == 0xc7 ||
           (opcode >= 0xd0 && opcode <= 0xd3) ||
           ((opcode == 0xf6 || opcode == 0xf7) && (insn->reg & 6) == 2) ||
           ((opcode == 0xfe || opcode == 0xff) && (insn->reg & 7) < 2);
}

static void execute_other(struct machine *machine, const struct instruction *insn)
{
    if (insn->has_modrm && writes_reg(insn))
        *whole(machine, insn, insn->reg) = unknown;
    if (insn->has_modrm && insn->mod == 3 && writes_rm(insn))
        *whole(machine, insn, insn->rm) = unknown;
    if (!insn->map && insn->opcode >= 0xb0 && insn->opcode <= 0xb7)
        machine->registers[insn->has_rex ? insn->rm : insn->rm & 3] = unknown;
    if (!insn->map && insn->opcode >= 0xb8 && insn->opcode <= 0xbf)
        machine->registers[insn->rm] = unknown;
    if (!insn->map && insn->opcode > 0x90 && insn->opcode < 0x98)
        machine->registers[insn->rm] = machine->registers[MACHINE_RAX] = unknown;
    if (insn->map == 1 && insn->opcode == 0x05) /* syscall */
        machine->registers[MACHINE_RAX] = machine->registers[MACHINE_RCX] = machine->registers[11] = unknown;
    if (insn->map == 1 && insn->opcode == 0xa2) /* cpuid */
        machine->registers[MACHINE_RBX] = unknown;
}

/* ff: calls and pushes of any operand. Returns whether it was one. */
static bool execute_group(struct machine *machine, const struct instruction *insn)
{
    const unsigned what = insn->opcode == 0xff ? insn->reg & 7 : 0;
    if (what / 2 == 1)
        forget_after_call(machine);
    else if (what == 6)
        push(machine, insn->mod == 3 ? machine->registers[insn->rm] : unknown);
    return what / 2 == 1 || what == 6;
}

/* Of the map of one byte: what the machine understands. Returns whether it was one. */
static bool execute_plain(struct machine *machine, const struct instruction *insn, const uint8_t *code)
{
    switch (insn->opcode) {
    case 0x50 ... 0x57:
        push(machine, machine->registers[insn->rm]);
        return true;
    case 0x58 ... 0x5f:
        machine->registers[insn->rm] = pop(machine);
        return true;
    case 0x68:
    case 0x6a:
    case 0x9c:
        push(machine, unknown);
        return true;
    case 0x8f:
    case 0x9d:
        (void)pop(machine);
        return true;
    case 0x80:
    case 0x81:
    case 0x83:
        compute(machine, insn, code);
        return true;
    case 0x89:
    case 0x8b:
        move(machine, insn, insn->opcode == 0x89);
        return true;
    case 0x8d:
        machine->registers[insn->reg] = insn->is_wide ? address_of(machine, insn) : unknown;
        return true;
    case 0xc8:
        machine->registers[MACHINE_RSP] = unknown;
        return true;
    case 0xc9:
        machine->registers[MACHINE_RSP] = machine->registers[MACHINE_RBP];
        machine->registers[MACHINE_RBP] = pop(machine);
        return true;
    case 0xe8:
        forget_after_call(machine);
        return true;
    default:
        return execute_group(machine, insn);
    }
}

void machine_execute(struct machine *machine, const struct instruction *insn, const uint8_t *code)
{
    if (insn->map || !execute_plain(machine, insn, code))
        execute_other(machine, insn);
}
