/* SPDX-License-Identifier: MIT */
/* Bytes and times for people. */
#include "amounts.h"
#include "unit.h"

START_TEST(bytes)
{
    static const struct {
        uint64_t bytes;
        const char *text;
    } rows[] = {
        {0, "0 bytes"},
        {1023, "1023 bytes"},
        {1024, "1 KiB"},
        {1536, "1.5 KiB"},
        {UINT64_C(256) << 20, "256 MiB"},
        {(UINT64_C(256) << 20) - 4096, "255.9 MiB"},
        {(UINT64_C(3) << 30) / 2, "1.5 GiB"},
        {UINT64_C(1) << 40, "1 TiB"},
        {UINT64_MAX, "16777215.9 TiB"},
    };
    char text[AMOUNT_BYTES];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        amount_bytes(rows[i].bytes, text);
        ck_assert_str_eq(text, rows[i].text);
    }
}
END_TEST

START_TEST(times)
{
    static const struct {
        uint64_t ms;
        const char *text;
    } rows[] = {
        {0, "0 ms"},
        {999, "999 ms"},
        {1000, "1 s"},
        {12345, "12 s"},
        {60000, "1 min"},
        {250000, "4 min 10 s"},
        {3600000, "1 h"},
        {11520000, "3 h 12 min"},
        {UINT64_C(86400000) * 5 + 7200000, "5 d 2 h"},
        {UINT64_MAX, "213503982334 d 14 h"},
    };
    char text[AMOUNT_BYTES];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        amount_time(rows[i].ms, text);
        ck_assert_str_eq(text, rows[i].text);
    }
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, bytes);
    tcase_add_test(tests, times);
}
