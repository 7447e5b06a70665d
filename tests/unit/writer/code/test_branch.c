/* SPDX-License-Identifier: MIT */
/* Direct branches: their kinds and where they lead. */
#include "code/branch.h"
#include "unit.h"

START_TEST(test_reads_kinds_and_targets)
{
    static const struct {
        uint8_t code[8];
        enum branch branch;
        uint64_t target;
    } rows[] = {
        {{0xe8, 0, 1, 0, 0}, BRANCH_CALL, 0x1105},
        {{0xe9, 0xfb, 0xff, 0xff, 0xff}, BRANCH_JUMP, 0x1000},
        {{0xeb, 0xfe}, BRANCH_JUMP, 0x1000},
        {{0x74, 0x7f}, BRANCH_CONDITIONAL, 0x1081},
        {{0xe3, 0x80}, BRANCH_CONDITIONAL, 0xf82},
        {{0x0f, 0x84, 0, 1, 0, 0}, BRANCH_CONDITIONAL, 0x1106},
        {{0xff, 0xe0}, BRANCH_NONE, 0}, /* an indirect one */
        {{0xc3}, BRANCH_NONE, 0},
        {{0x0f, 0x1f, 0x80, 0, 0, 0, 0}, BRANCH_NONE, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct instruction insn;
        uint64_t target = 0;
        ck_assert(instruction_decode(rows[i].code, sizeof rows[i].code, &insn));
        ck_assert_msg(branch_read(&insn, rows[i].code, 0x1000, &target) == rows[i].branch, "row %zu", i);
        ck_assert_msg(target == rows[i].target, "row %zu: %llx", i, (unsigned long long)target);
    }
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, test_reads_kinds_and_targets);
}
