/* SPDX-License-Identifier: MIT */
/* What instructions do to the stack pointer and to registers. */
#include "code/machine.h"
#include "unit.h"

#define STACK 0x1000
#define FRAME 0x2000

/* %rsp, %rbp and %rbx are known, the caller's %r12 is in place. */
static struct machine machine_after(const uint8_t *code, size_t size)
{
    struct machine machine = {0};
    machine.registers[MACHINE_RSP] = (struct machine_value){STACK, MACHINE_NUMBER};
    machine.registers[MACHINE_RBP] = (struct machine_value){FRAME, MACHINE_NUMBER};
    machine.registers[MACHINE_RBX] = (struct machine_value){5, MACHINE_NUMBER};
    machine.registers[12] = (struct machine_value){12, MACHINE_CALLERS};
    for (size_t at = 0; at < size;) {
        struct instruction insn;
        ck_assert(instruction_decode(code + at, size - at, &insn));
        machine_execute(&machine, &insn, code + at);
        at += insn.length;
    }
    return machine;
}

START_TEST(test_moves_the_stack_pointer)
{
    static const struct {
        uint8_t code[16];
        size_t size;
        uint64_t sp; /* 0: unknown */
    } rows[] = {
        {{0x53}, 1, STACK - 8},                           /* push %rbx */
        {{0x41, 0x54, 0x5b}, 3, STACK},                   /* push %r12; pop %rbx */
        {{0x6a, 1, 0x68, 0, 0, 0, 0}, 7, STACK - 16},     /* push $1; push $0 */
        {{0xff, 0x30}, 2, STACK - 8},                     /* push (%rax) */
        {{0x48, 0x83, 0xec, 0x18}, 4, STACK - 24},        /* sub $24,%rsp */
        {{0x48, 0x83, 0xc4, 0x80}, 4, STACK - 128},       /* add $-128,%rsp */
        {{0x48, 0x81, 0xec, 0, 1, 0, 0}, 7, STACK - 256}, /* sub $256,%rsp */
        {{0x48, 0x83, 0xfc, 0x18}, 4, STACK},             /* cmp $24,%rsp */
        {{0x48, 0x8d, 0x64, 0x24, 0x20}, 5, STACK + 32},  /* lea 32(%rsp),%rsp */
        {{0x48, 0x8d, 0x65, 0xe0}, 4, FRAME - 32},        /* lea -32(%rbp),%rsp */
        {{0x48, 0x89, 0xec}, 3, FRAME},                   /* mov %rbp,%rsp */
        {{0xc9}, 1, FRAME + 8},                           /* leave */
        {{0x48, 0x29, 0xc4}, 3, 0},                       /* sub %rax,%rsp */
        {{0x48, 0x83, 0xe4, 0xf0}, 4, 0},                 /* and $-16,%rsp: of a made-up stack */
        {{0x5c}, 1, 0},                                   /* pop %rsp */
        {{0xb4, 1, 0x88, 0xdc, 0xd0, 0xe4, 0x0f, 0x94, 0xc4}, 9, STACK}, /* %ah is not %spl */
        {{0x40, 0xb4, 1}, 3, 0},                                         /* mov $1,%spl */
        {{0xe8, 0, 0, 0, 0, 0xff, 0xd0, 0x0f, 0x05}, 9, STACK},          /* calls come back */
        {{0x9c, 0x9d}, 2, STACK},
        {{0xc8, 16, 0, 0}, 4, 0}, /* enter */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct machine_value sp = machine_after(rows[i].code, rows[i].size).registers[MACHINE_RSP];
        ck_assert_msg((sp.kind == MACHINE_NUMBER) == (rows[i].sp != 0), "row %zu", i);
        ck_assert_msg(!rows[i].sp || sp.number == rows[i].sp, "row %zu: %#llx", i,
                      (unsigned long long)sp.number);
    }
}
END_TEST

START_TEST(test_keeps_saved_registers)
{
    static const struct {
        uint8_t code[16];
        size_t size;
        uint8_t number, kind;
    } rows[] = {
        {{0x41, 0x54, 0x45, 0x31, 0xe4}, 5, 12, MACHINE_UNKNOWN},             /* push; xor %r12d,%r12d */
        {{0x41, 0x54, 0x45, 0x31, 0xe4, 0x41, 0x5c}, 7, 12, MACHINE_CALLERS}, /* and pop */
        {{0x4c, 0x89, 0x64, 0x24, 8, 0x49, 0x89, 0xc4, 0x4c, 0x8b, 0x64, 0x24, 8}, 13, 12, MACHINE_CALLERS},
        {{0x4c, 0x89, 0x64, 0x24, 8, 0xc6, 0x44, 0x24, 8, 0}, 10, 12, MACHINE_CALLERS},
        {{0x4c, 0x89, 0x64, 0x24, 8, 0x89, 0x44, 0x24, 12, 0x4c, 0x8b, 0x64, 0x24, 8},
         14,
         12,
         MACHINE_UNKNOWN},
        {{0x4c, 0x89, 0xe0, 0x45, 0x31, 0xe4, 0x49, 0x89, 0xc4}, 9, 12, MACHINE_CALLERS}, /* by %rax */
        {{0x4c, 0x89, 0xe0, 0xe8, 0, 0, 0, 0, 0x49, 0x89, 0xc4}, 11, 12, MACHINE_UNKNOWN},
        {{0x49, 0x89, 0xc4}, 3, 12, MACHINE_UNKNOWN},       /* mov %rax,%r12 */
        {{0x4c, 0x89, 0xe7}, 3, 12, MACHINE_CALLERS},       /* mov %r12,%rdi */
        {{0x4d, 0x85, 0xe4}, 3, 12, MACHINE_CALLERS},       /* test %r12,%r12 */
        {{0x4d, 0x0f, 0x44, 0xe0}, 4, 12, MACHINE_UNKNOWN}, /* cmove %r8,%r12 */
        {{0x41, 0xff, 0xc4}, 3, 12, MACHINE_UNKNOWN},       /* inc %r12d */
        {{0x41, 0xf7, 0xdc}, 3, 12, MACHINE_UNKNOWN},       /* neg %r12d */
        {{0x41, 0xbc, 1, 0, 0, 0}, 6, 12, MACHINE_UNKNOWN}, /* mov $1,%r12d */
        {{0x4c, 0x87, 0xe0}, 3, 12, MACHINE_UNKNOWN},       /* xchg %rax,%r12 */
        {{0x0f, 0xa2}, 2, MACHINE_RBX, MACHINE_UNKNOWN},    /* cpuid */
        {{0x48, 0x83, 0xc3, 2}, 4, MACHINE_RBX, MACHINE_NUMBER},
        {{0x83, 0xc3, 2}, 3, MACHINE_RBX, MACHINE_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct machine machine = machine_after(rows[i].code, rows[i].size);
        ck_assert_msg(machine.registers[rows[i].number].kind == rows[i].kind, "row %zu", i);
    }
}
END_TEST

/* More stores than it remembers: nothing that is loaded is believed. */
START_TEST(test_forgets_what_it_cannot_hold)
{
    uint8_t code[2 * (MACHINE_STORES + 1) + 2];
    for (size_t i = 0; i < sizeof code; i += 2)
        code[i] = 0x41, code[i + 1] = 0x54;
    code[sizeof code - 1] = 0x5c;
    const struct machine machine = machine_after(code, sizeof code);
    ck_assert(machine.is_full);
    ck_assert_uint_eq(machine.registers[12].kind, MACHINE_UNKNOWN);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, test_moves_the_stack_pointer);
    tcase_add_test(tests, test_keeps_saved_registers);
    tcase_add_test(tests, test_forgets_what_it_cannot_hold);
}
