/* SPDX-License-Identifier: MIT */
#include "typed_expression.h"

#include <dwarf.h>
#include <string.h>

#include "typed_print.h"
#include "unit.h"

/* Memory in which each byte is the lowest of its address; nothing lies below 0x1000. */
static bool read_memory(void *context, uint64_t address, void *bytes, size_t size)
{
    (void)context;
    if (address < 0x1000)
        return false;
    for (size_t i = 0; i < size; i++)
        ((uint8_t *)bytes)[i] = (uint8_t)(address + i);
    return true;
}

static const struct typed_memory memory = {.read = read_memory};
static const uint8_t vectors[16][16] = {{1, 2, 3, 4, 5, 6, 7, 8}};
static struct typed_frame frame = {.value = {[0] = 0x11223344aabbccdd, [3] = 7, [6] = 0x2000},
                                   .known = 1 | 1 << 3 | 1 << 6,
                                   .cfa = 0x3000,
                                   .bias = 0x100000};
static struct typed_location location;

static const char *evaluate(const Dwarf_Op *operations, size_t count)
{
    const struct typed_scene scene = {.frame = &frame, .memory = &memory, .frame_base = 0x4000};
    return typed_evaluate(NULL, operations, count, &scene, &location);
}

#define EVALUATE(...)                                                                                        \
    evaluate((const Dwarf_Op[]){__VA_ARGS__}, sizeof((const Dwarf_Op[]){__VA_ARGS__}) / sizeof(Dwarf_Op))

static void is_at(const char *why, uint64_t address)
{
    ck_assert_ptr_null(why);
    ck_assert_int_eq(location.kind, TYPED_AT_ADDRESS);
    ck_assert_uint_eq(location.address, address);
}

static void is_word(const char *why, uint64_t word)
{
    uint64_t found = 0;
    ck_assert_ptr_null(why);
    ck_assert_int_eq(location.kind, TYPED_IN_BYTES);
    memcpy(&found, location.bytes, sizeof found);
    ck_assert_uint_eq(found, word);
}

START_TEST(addresses)
{
    is_at(EVALUATE({DW_OP_fbreg, (Dwarf_Word)-16, 0, 0}), 0x3ff0);
    is_at(EVALUATE({DW_OP_call_frame_cfa, 0, 0, 0}), 0x3000);
    is_at(EVALUATE({DW_OP_addr, 0x4010, 0, 0}), 0x104010);
    is_at(EVALUATE({DW_OP_breg6, 8, 0, 0}), 0x2008);
    is_at(EVALUATE({DW_OP_breg3, 0x1000, 0, 0}, {DW_OP_deref, 0, 0, 0}), 0x0e0d0c0b0a090807);
    is_at(EVALUATE({DW_OP_lit5, 0, 0, 0}, {DW_OP_plus_uconst, 7, 0, 0}), 12);
}
END_TEST

START_TEST(values)
{
    is_word(EVALUATE({DW_OP_reg0, 0, 0, 0}), 0x11223344aabbccdd);
    is_word(EVALUATE({DW_OP_breg3, 0, 0, 0}, {DW_OP_lit2, 0, 0, 0}, {DW_OP_mul, 0, 0, 0},
                     {DW_OP_stack_value, 0, 0, 0}),
            14);
    is_word(EVALUATE({DW_OP_lit1, 0, 0, 0}, {DW_OP_bra, 1, 0, 0}, {DW_OP_lit9, 0, 0, 3},
                     {DW_OP_lit7, 0, 0, 4}, {DW_OP_stack_value, 0, 0, 5}),
            7);
    frame.xmm = vectors;
    is_word(EVALUATE({DW_OP_reg17, 0, 0, 0}), 0x0807060504030201);
    frame.xmm = NULL;
    ck_assert_str_eq(EVALUATE({DW_OP_reg17, 0, 0, 0}), TYPED_NOT_SAVED);
}
END_TEST

START_TEST(what_has_no_value_says_why)
{
    ck_assert_str_eq(EVALUATE({DW_OP_reg1, 0, 0, 0}), TYPED_NOT_SAVED);
    ck_assert_str_eq(EVALUATE({DW_OP_breg1, 0, 0, 0}), TYPED_NOT_SAVED);
    ck_assert_str_eq(EVALUATE({DW_OP_lit1, 0, 0, 0}, {DW_OP_deref, 0, 0, 0}), TYPED_UNREADABLE);
    ck_assert_str_eq(EVALUATE({DW_OP_implicit_pointer, 0, 0, 0}), TYPED_OPTIMISED);
    ck_assert_str_eq(EVALUATE({DW_OP_entry_value, 0, 0, 0}, {DW_OP_stack_value, 0, 0, 0}), TYPED_OPTIMISED);
    ck_assert_ptr_nonnull(EVALUATE({0xff, 0, 0, 0}));
    ck_assert_ptr_nonnull(EVALUATE({DW_OP_plus, 0, 0, 0}));
    ck_assert_ptr_nonnull(EVALUATE({DW_OP_lit1, 0, 0, 0}, {DW_OP_lit0, 0, 0, 0}, {DW_OP_div, 0, 0, 0}));
    ck_assert_ptr_nonnull(EVALUATE({DW_OP_const8s, (Dwarf_Word)INT64_MIN, 0, 0},
                                   {DW_OP_const1s, (Dwarf_Word)-1, 0, 0}, {DW_OP_div, 0, 0, 0}));
    ck_assert_str_eq(evaluate(NULL, 0), TYPED_OPTIMISED);
}
END_TEST

START_TEST(pieces_that_are_known_are_kept)
{
    ck_assert_ptr_null(EVALUATE({DW_OP_reg3, 0, 0, 0}, {DW_OP_piece, 4, 0, 1}, {DW_OP_reg1, 0, 0, 2},
                                {DW_OP_piece, 4, 0, 3}, {DW_OP_breg6, 0, 0, 4}, {DW_OP_piece, 2, 0, 5},
                                {DW_OP_piece, 2, 0, 6}));
    ck_assert_uint_eq(location.size, 12);
    ck_assert_uint_eq(location.bytes[0], 7);
    ck_assert(location.known[0] && location.known[3] && !location.known[4] && !location.known[7]);
    ck_assert(location.known[8] && location.known[9] && !location.known[10]);
    ck_assert_uint_eq(location.bytes[9], 1);
    ck_assert_str_eq(EVALUATE({DW_OP_reg1, 0, 0, 0}, {DW_OP_piece, 4, 0, 1}), TYPED_OPTIMISED);
    ck_assert_ptr_nonnull(EVALUATE({DW_OP_reg0, 0, 0, 0}, {DW_OP_piece, 1 << 20, 0, 1}));
}
END_TEST

START_TEST(it_ends)
{
    Dwarf_Op many[200];
    ck_assert_ptr_nonnull(EVALUATE({DW_OP_skip, (Dwarf_Word)-3, 0, 0})); /* to itself */
    ck_assert_ptr_nonnull(EVALUATE({DW_OP_skip, 100, 0, 0}, {DW_OP_nop, 0, 0, 3}, {DW_OP_nop, 0, 0, 200}));
    for (size_t i = 0; i < 200; i++)
        many[i] = (Dwarf_Op){DW_OP_lit1, 0, 0, i};
    ck_assert_ptr_nonnull(evaluate(many, 200)); /* more than the stack holds */
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, addresses);
    tcase_add_test(tests, values);
    tcase_add_test(tests, what_has_no_value_says_why);
    tcase_add_test(tests, pieces_that_are_known_are_kept);
    tcase_add_test(tests, it_ends);
}
