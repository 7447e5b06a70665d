/* SPDX-License-Identifier: MIT */
/* Registers on a stack: those that the kernel has laid there, those that a call leaves, and bytes that are neither. */
#include <signal.h>
#include <string.h>
#include <ucontext.h>

#include "cgo/frame.h"
#include "unit.h"

#define ADDRESS UINT64_C(0x7f0000001004) /* not aligned: what begins at the stack pointer need not be */
#define PC      UINT64_C(0x4833b6)

static uint8_t bytes[8192];

static ucontext_t context(void)
{
    ucontext_t c;
    memset(&c, 0, sizeof c);
    c.uc_stack.ss_sp = (void *)(uintptr_t)(ADDRESS & ~UINT64_C(4095));
    c.uc_stack.ss_size = 65536;
    c.uc_mcontext.gregs[REG_RIP] = (greg_t)PC;
    c.uc_mcontext.gregs[REG_RSP] = 0x7ffc00;
    c.uc_mcontext.gregs[REG_RBP] = 0x7ffd00;
    c.uc_mcontext.gregs[REG_R15] = 15;
    c.uc_mcontext.gregs[REG_EFL] = 0x10246;
    c.uc_mcontext.gregs[REG_CSGSFS] = 0x2b000000000033;
    return c;
}

static bool find(const ucontext_t *c, size_t at, struct user_regs_struct *ret)
{
    memset(bytes, 0x41, sizeof bytes);
    memcpy(bytes + at, c, sizeof bytes - at < 200 ? sizeof bytes - at : 200); /* the kernel's part of it */
    return cgo_frame_of_handler(bytes, sizeof bytes, ADDRESS, PC, ret);
}

START_TEST(a_signal_frame)
{
    ucontext_t c = context();
    struct user_regs_struct registers;
    ck_assert(find(&c, 4004, &registers));
    ck_assert_uint_eq(registers.rip, PC);
    ck_assert_uint_eq(registers.rsp, 0x7ffc00);
    ck_assert_uint_eq(registers.rbp, 0x7ffd00);
    ck_assert_uint_eq(registers.r15, 15);
    ck_assert_uint_eq(registers.cs, 0x33);
    ck_assert_uint_eq(registers.ss, 0x2b);
    c.uc_stack.ss_size = 0; /* the handler runs on no alternate stack */
    ck_assert(find(&c, 4004, &registers));
}
END_TEST

START_TEST(what_is_no_signal_frame)
{
    struct user_regs_struct registers;
    ucontext_t c = context();
    ck_assert(!find(&c, 4005, &registers)); /* not aligned */
    ck_assert(!find(&c, sizeof bytes - 100, &registers));
    c.uc_mcontext.gregs[REG_RIP]++;
    ck_assert(!find(&c, 4004, &registers));
    c = context();
    c.uc_mcontext.gregs[REG_CSGSFS] = 0x23;
    ck_assert(!find(&c, 4004, &registers));
    c = context();
    c.uc_stack.ss_sp = (void *)(uintptr_t)(ADDRESS + 65536); /* of another stack: a copy */
    ck_assert(!find(&c, 4004, &registers));
    c = context();
    c.uc_mcontext.gregs[REG_RSP] = 0;
    ck_assert(!find(&c, 4004, &registers));
    for (size_t size = 0; size < 64; size++)
        ck_assert(!cgo_frame_of_handler(bytes, size, ADDRESS, PC, &registers));
}
END_TEST

START_TEST(a_call_at_the_fault)
{
    struct user_regs_struct registers;
    const uint64_t pc = PC, frame = 0x7ffd00;
    memset(bytes, 0, sizeof bytes);
    ck_assert(!cgo_frame_of_call(bytes, sizeof bytes, ADDRESS, PC, &registers));
    memcpy(bytes + 1004, &pc, 8); /* a number in a frame of Go's */
    memcpy(bytes + 2004 - 8, &frame, 8);
    memcpy(bytes + 2004, &pc, 8);
    memcpy(bytes + 3007, &pc, 8); /* not aligned */
    ck_assert(cgo_frame_of_call(bytes, sizeof bytes, ADDRESS, PC, &registers));
    ck_assert_uint_eq(registers.rip, PC);
    ck_assert_uint_eq(registers.rsp, ADDRESS + 2004 + 8);
    ck_assert_uint_eq(registers.rbp, frame);
    for (size_t size = 0; size < 12; size++)
        ck_assert(!cgo_frame_of_call(bytes, size, ADDRESS, PC, &registers));
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, a_signal_frame);
    tcase_add_test(tests, what_is_no_signal_frame);
    tcase_add_test(tests, a_call_at_the_fault);
}
