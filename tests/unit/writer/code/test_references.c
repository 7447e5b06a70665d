/* SPDX-License-Identifier: MIT */
/* References to code, in functions of this very program. */
#include "code/references.h"
#include "unit.h"
#include "writer/code/own_module.h"

__asm__(".text\n.p2align 4\n"
        "called: nop\n nop\n"
        "taken: nop\n nop\n"
        "jumped: nop\n nop\n here: nop\n"
        "other: call called\n lea taken(%rip), %rax\n jmp jumped\n");
extern const char called[], taken[], here[];
/* In data: this file's own code must not take their addresses. */
static const char *const volatile labels[] = {called, taken, here};

START_TEST(test_finds_the_nearest_first)
{
    uint64_t targets[3] = {0};
    const uint64_t call = (uintptr_t)labels[0], take = (uintptr_t)labels[1], pc = (uintptr_t)labels[2];
    own_module_open();
    ck_assert_uint_eq(references_before(&own_module.memory, &own_module.module, pc, targets, 3), 3);
    ck_assert_uint_eq(targets[0], take); /* not where a jump leads */
    ck_assert_uint_eq(targets[1], call);
    ck_assert_uint_lt(targets[2], targets[1]);
    ck_assert_uint_eq(references_before(&own_module.memory, &own_module.module, take - 1, targets, 1), 1);
    ck_assert_uint_eq(targets[0], call);
    ck_assert_uint_eq(references_before(&own_module.memory, &own_module.module, 0, targets, 3), 0);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, test_finds_the_nearest_first);
}
