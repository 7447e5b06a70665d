/* SPDX-License-Identifier: MIT */
/* What the head of a member of a tar archive can say. */
#include <errno.h>

#include "tar.h"
#include "unit.h"

START_TEST(test_tar_header_has_limits)
{
    uint8_t block[TAR_BLOCK];
    ck_assert_int_eq(tar_header("core", (UINT64_C(1) << 33) - 1, 0, block), 0);
    ck_assert_str_eq((char *)block + 124, "77777777777");
    ck_assert_int_eq(tar_header("core", UINT64_C(1) << 33, 0, block), -EFBIG);
    ck_assert_uint_eq(tar_padding(512), 0);
    ck_assert_uint_eq(tar_padding(513), 511);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, test_tar_header_has_limits);
}
