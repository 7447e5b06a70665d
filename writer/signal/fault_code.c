/* SPDX-License-Identifier: MIT */
#include "signal/fault_code.h"

#include "code/operand.h"

#define RSP           4  /* its number */
#define OPERAND_REACH 64 /* an operand's end may be what is not mapped */

void fault_code_read(const struct fault_input *input, struct fault *fault)
{
    if (!input->registers || !input->read)
        return;
    const uint64_t pc = input->registers->rip;
    size_t size = INSTRUCTION_BYTES;
    while (size && !input->read(input->context, pc, fault->code, size))
        size--;
    fault->code_size = size;
    fault->has_instruction = size && instruction_decode(fault->code, size, &fault->insn);
}

static bool set_register(const struct user_regs_struct *registers, uint8_t number, struct fault *fault)
{
    if (!operand_register_name(number))
        return false;
    fault->reg = number;
    fault->reg_value = operand_register(registers, number);
    return true;
}

/* String instructions have no ModRM: what they read is at %rsi, what they write at %rdi. */
static uint64_t string_operands(const struct instruction *insn)
{
    const uint64_t reads = 1U << 6, writes = 1U << 7;
    if (insn->map)
        return 0;
    switch (insn->opcode) {
    case 0xa4:
    case 0xa5:
    case 0xa6:
    case 0xa7:
        return reads | writes;
    case 0xaa:
    case 0xab:
    case 0xae:
    case 0xaf:
        return writes;
    case 0xac:
    case 0xad:
        return reads;
    default:
        return 0;
    }
}

void fault_code_find_register(const struct fault_input *input, struct fault *fault)
{
    uint64_t address;
    if (!fault->has_instruction)
        return;
    if (operand_address(&fault->insn, input->registers, input->registers->rip, &address)) {
        if (fault->address - address >= OPERAND_REACH)
            return;
        /* The base, unless it is the index that is large. */
        if (!set_register(input->registers, fault->insn.base, fault))
            (void)set_register(input->registers, fault->insn.index, fault);
        return;
    }
    const uint64_t operands = string_operands(&fault->insn);
    for (uint8_t number = 6; number <= 7; number++)
        if (operands >> number & 1 &&
            fault->address - operand_register(input->registers, number) < OPERAND_REACH)
            (void)set_register(input->registers, number, fault);
    if (!operands && !fault->insn.has_modrm && input->registers->rsp - fault->address < OPERAND_REACH)
        (void)set_register(input->registers, RSP, fault); /* push, call */
}

void fault_code_find_operand(const struct fault_input *input, struct fault *fault)
{
    uint64_t address;
    if (!fault->has_instruction ||
        !operand_address(&fault->insn, input->registers, input->registers->rip, &address))
        return;
    fault->address = address;
    (void)set_register(input->registers, fault->insn.base, fault);
}

static void set_non_canonical(uint64_t address, struct fault *fault)
{
    fault->class = FAULT_NON_CANONICAL;
    fault->has_address = true;
    fault->address = address;
}

/* Instructions that only the kernel may run. */
static const char *privileged_name(const struct fault *fault)
{
    const struct instruction *insn = &fault->insn;
    const uint8_t op = insn->opcode, group = insn->reg & 7;
    if (insn->map == 0)
        return op == 0xf4                                                          ? "hlt"
               : op == 0xfa                                                        ? "cli"
               : op == 0xfb                                                        ? "sti"
               : (op & 0xfe) == 0xe4 || (op & 0xfe) == 0xec || (op & 0xfe) == 0x6c ? "in"
               : (op & 0xfe) == 0xe6 || (op & 0xfe) == 0xee || (op & 0xfe) == 0x6e ? "out"
               : op == 0xcd                                                        ? "int"
               : op == 0xcf                                                        ? "iret"
                                                                                   : NULL;
    if (insn->map != 1)
        return NULL;
    switch (op) {
    case 0x00:
        return group == 2 ? "lldt" : group == 3 ? "ltr" : NULL;
    case 0x01:
        if (insn->mod == 3)
            return group == 2 ? "xsetbv" : "system instruction";
        return group == 2 ? "lgdt" : group == 3 ? "lidt" : group == 7 ? "invlpg" : group == 6 ? "lmsw" : NULL;
    case 0x06:
        return "clts";
    case 0x07:
        return "sysret";
    case 0x08:
        return "invd";
    case 0x09:
        return "wbinvd";
    case 0x20:
    case 0x22:
        return "mov of a control register";
    case 0x21:
    case 0x23:
        return "mov of a debug register";
    case 0x30:
        return "wrmsr";
    case 0x31:
        return "rdtsc";
    case 0x32:
        return "rdmsr";
    case 0x33:
        return "rdpmc";
    case 0x35:
        return "sysexit";
    default:
        return NULL;
    }
}

/* The target of a return, or of a call or jump by a register or memory. Returns whether it explains the
 * fault. */
static bool is_bad_target(const struct fault_input *input, struct fault *fault)
{
    const struct instruction *insn = &fault->insn;
    const struct user_regs_struct *r = input->registers;
    uint64_t at, target;
    if (insn->map)
        return false;
    bool is_return = (insn->opcode & 0xfe) == 0xc2;
    bool is_indirect = insn->opcode == 0xff && ((insn->reg & 6) == 2 || (insn->reg & 6) == 4);
    if (is_indirect && insn->mod == 3) {
        target = operand_register(r, insn->rm);
    } else if (is_return || (is_indirect && operand_address(insn, r, r->rip, &at))) {
        at = is_return ? r->rsp : at;
        if (!fault_is_canonical(at) || !input->read(input->context, at, &target, sizeof target))
            return false;
    } else {
        return false;
    }
    if (fault_is_canonical(target))
        return false;
    set_non_canonical(target, fault);
    fault->is_return = is_return;
    fault->is_call = is_indirect;
    if (is_indirect && insn->mod == 3)
        (void)set_register(r, insn->rm, fault);
    return true;
}

static bool is_bad_operand(const struct fault_input *input, struct fault *fault)
{
    const struct instruction *insn = &fault->insn;
    const struct user_regs_struct *r = input->registers;
    uint64_t address;
    if (!operand_address(insn, r, r->rip, &address)) {
        const uint64_t operands = string_operands(insn);
        for (uint8_t number = 6; number <= 7; number++)
            if (operands >> number & 1 && !fault_is_canonical(operand_register(r, number))) {
                set_non_canonical(operand_register(r, number), fault);
                return set_register(r, number, fault);
            }
        return false;
    }
    const bool is_index_bad = insn->index < 16 && !fault_is_canonical(operand_register(r, insn->index));
    if (!fault_is_canonical(address)) {
        set_non_canonical(address, fault);
        (void)set_register(r, is_index_bad || insn->base > 15 ? insn->index : insn->base, fault);
        return true;
    }
    if (!operand_must_be_aligned(insn, &fault->alignment) || address % fault->alignment == 0)
        return false;
    fault->class = FAULT_UNALIGNED;
    fault->has_address = true;
    fault->address = address;
    (void)set_register(r, insn->base, fault);
    return true;
}

/* Without the instruction: a register that cannot be an address tells which it was, most likely. */
static void guess_register(const struct fault_input *input, struct fault *fault)
{
    for (uint8_t number = 0; number < 16; number++) {
        uint64_t value = operand_register(input->registers, number);
        if (fault_is_canonical(value))
            continue;
        fault->class = FAULT_NON_CANONICAL;
        (void)set_register(input->registers, number, fault);
        return;
    }
}

void fault_code_protection(const struct fault_input *input, struct fault *fault)
{
    fault->class = FAULT_PROTECTION;
    if (!input->registers)
        return;
    if (!fault_is_canonical(input->registers->rip)) {
        set_non_canonical(input->registers->rip, fault);
        fault->is_jump = true;
        return;
    }
    if (!fault->has_instruction) {
        guess_register(input, fault);
        return;
    }
    if (is_bad_target(input, fault) || is_bad_operand(input, fault))
        return;
    if (!fault->insn.has_modrm && !fault_is_canonical(input->registers->rsp)) { /* push, call, ret */
        set_non_canonical(input->registers->rsp, fault);
        (void)set_register(input->registers, RSP, fault);
        return;
    }
    fault->instruction = privileged_name(fault);
    if (fault->instruction)
        fault->class = FAULT_PRIVILEGED;
    else if (!fault->insn.has_modrm || fault->insn.mod != 3)
        guess_register(input, fault);
}

/* div and idiv: a quotient that does not fit is the same fault as a divisor of 0. */
void fault_code_divide(const struct fault_input *input, struct fault *fault)
{
    const struct instruction *insn = &fault->insn;
    uint64_t address, divisor = 0;
    if (!fault->has_instruction || insn->map || (insn->opcode & 0xfe) != 0xf6 || (insn->reg & 6) != 6)
        return;
    const size_t size = insn->opcode == 0xf6 ? 1 : insn->is_wide ? 8 : insn->is_short ? 2 : 4;
    if (insn->mod == 3) {
        divisor = operand_register(input->registers, insn->rm);
        if (size == 1 && insn->rm >= 4 && insn->rm <= 7 && !insn->has_rex) /* %ah to %bh */
            divisor = operand_register(input->registers, insn->rm - 4) >> 8;
        divisor &= size == 8 ? UINT64_MAX : (UINT64_C(1) << (8 * size)) - 1;
        (void)set_register(input->registers, insn->rm, fault);
    } else if (!operand_address(insn, input->registers, input->registers->rip, &address) ||
               !input->read(input->context, address, &divisor, size)) {
        return;
    }
    fault->is_overflow = divisor != 0;
}
