/* SPDX-License-Identifier: MIT */
/* The encodings of numbers and pointers in exception tables. */
#include "code/eh_bytes.h"
#include "unit.h"

START_TEST(test_reads_each_encoding)
{
    static const uint8_t raw[] = {0xf0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x80, 0x80, 0x7f};
    static const struct {
        uint8_t encoding, skip;
        bool has_bias, failed;
        uint64_t value;
    } rows[] = {
        {0x1b, 0, true, false, 0x5000 - 16},
        {0x1a, 0, true, false, 0x5000 - 16},
        {0x03, 0, false, false, 0xfffffff0},
        {0x03, 0, true, true, 0},
        {0x00, 0, false, false, (uint64_t)-16},
        {0x01, 8, false, false, 0x7f << 14},
        {0x09, 8, false, false, (uint64_t)-16384},
        {0x3b, 0, false, true, 0},
        {EH_OMIT, 0, false, true, 0},
        {0x00, 4, false, true, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct eh_bytes bytes = {raw + rows[i].skip, raw + sizeof raw, 0x5000, false};
        ck_assert_uint_eq(eh_pointer(&bytes, rows[i].encoding, rows[i].has_bias), rows[i].value);
        ck_assert_int_eq(bytes.failed, rows[i].failed);
    }
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, test_reads_each_encoding);
}
