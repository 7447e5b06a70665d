/* SPDX-License-Identifier: MIT */
#include "typed_arithmetic.h"

#include <dwarf.h>

#include "unit.h"

static uint64_t compute(int atom, uint64_t a, uint64_t b)
{
    struct typed_stack stack = {0};
    uint64_t result = 0xdead;
    ck_assert(typed_stack_push(&stack, a) && typed_stack_push(&stack, b));
    ck_assert(typed_arithmetic(&stack, &(Dwarf_Op){.atom = (uint8_t)atom}));
    ck_assert(typed_stack_pop(&stack, &result));
    return result;
}

START_TEST(two_operands)
{
    const uint64_t minus = (uint64_t)-8;
    ck_assert_uint_eq(compute(DW_OP_minus, 3, 5), (uint64_t)-2);
    ck_assert_uint_eq(compute(DW_OP_div, minus, 2), (uint64_t)-4);
    ck_assert_uint_eq(compute(DW_OP_mod, 17, 5), 2);
    ck_assert_uint_eq(compute(DW_OP_shl, 1, 63), UINT64_C(1) << 63);
    ck_assert_uint_eq(compute(DW_OP_shl, 1, 64), 0);
    ck_assert_uint_eq(compute(DW_OP_shr, minus, 60), 15);
    ck_assert_uint_eq(compute(DW_OP_shra, minus, 1), (uint64_t)-4);
    ck_assert_uint_eq(compute(DW_OP_shra, minus, 0), minus);
    ck_assert_uint_eq(compute(DW_OP_shra, minus, 99), UINT64_MAX);
    ck_assert_uint_eq(compute(DW_OP_lt, minus, 1), 1);
    ck_assert_uint_eq(compute(DW_OP_ge, minus, 1), 0);
    ck_assert_uint_eq(compute(DW_OP_ne, 1, 1), 0);
}
END_TEST

START_TEST(the_stack_turns)
{
    struct typed_stack stack = {.word = {1, 2, 3}, .count = 3};
    ck_assert(typed_arithmetic(&stack, &(Dwarf_Op){.atom = DW_OP_rot}));
    ck_assert_uint_eq(stack.word[0], 3);
    ck_assert_uint_eq(stack.word[1], 1);
    ck_assert_uint_eq(stack.word[2], 2);
    ck_assert(typed_arithmetic(&stack, &(Dwarf_Op){.atom = DW_OP_swap}));
    ck_assert_uint_eq(stack.word[2], 1);
    ck_assert(typed_arithmetic(&stack, &(Dwarf_Op){.atom = DW_OP_pick, .number = 2}));
    ck_assert_uint_eq(stack.word[3], 3);
    ck_assert(!typed_arithmetic(&stack, &(Dwarf_Op){.atom = DW_OP_pick, .number = 4}));
    ck_assert(typed_arithmetic(&stack, &(Dwarf_Op){.atom = DW_OP_drop}));
    ck_assert_uint_eq(stack.count, 3);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, two_operands);
    tcase_add_test(tests, the_stack_turns);
}
