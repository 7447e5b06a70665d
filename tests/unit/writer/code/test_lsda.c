/* SPDX-License-Identifier: MIT */
/* Exception tables: what a forced unwind would do, and that no bytes lead the reader astray. */
#include <stdlib.h>
#include <string.h>

#include "code/lsda.h"
#include "unit.h"

#define START 0x1000

/*
 * A function at START whose call sites are uleb128: [0x10, 0x18) passes, [0x18, 0x20) cleans up,
 * [0x20, 0x28) action 1: a type, then cleanup, [0x28, 0x30) action 5: catch (...), [0x30, 0x38) action 7: a
 * list that is empty, [0x38, 0x40) action 9: a list that is not, [0x40, 0x48) action 11: a loop.
 */
static const uint8_t table[] = {
    0xff,                   /* landing pads are relative to the function */
    0x03, 50,               /* types are 4 bytes, absolute, and end 50 bytes on */
    0x01, 28,               /* call sites: uleb128, 28 bytes */
    0x10, 0x08, 0x00, 0x00, /* begin, length, landing pad, action */
    0x18, 0x08, 0x50, 0x00, /* */
    0x20, 0x08, 0x51, 0x01, /* */
    0x28, 0x08, 0x52, 0x05, /* */
    0x30, 0x08, 0x53, 0x07, /* */
    0x38, 0x08, 0x54, 0x09, /* */
    0x40, 0x08, 0x55, 0x0b, /* */
    0x02, 0x01,             /* action 1: type 2, then the next action */
    0x00, 0x00,             /* action 3: cleanup, the last */
    0x01, 0x00,             /* action 5: type 1 */
    0x7f, 0x00,             /* action 7: list 1, filter -1 */
    0x7e, 0x00,             /* action 9: list 2, filter -2 */
    0x00, 0x7f,             /* action 11: cleanup, then itself */
    1,    0,    0,    0,    /* type 2 */
    0,    0,    0,    0,    /* type 1: null, catch (...) */
    0,    1,    0,          /* list 1 is empty, list 2 holds type 1 */
};

static enum lsda_outcome look(uint64_t offset, bool is_cxx)
{
    struct eh_bytes bytes = {table, table + sizeof table, 0x5000, false};
    return lsda_look(bytes, START, START + offset, is_cxx, true);
}

START_TEST(test_tells_what_each_call_site_does)
{
    static const struct {
        uint64_t offset;
        enum lsda_outcome cxx, c;
    } rows[] = {
        {0x08, LSDA_TERMINATES, LSDA_PASSES},       {0x10, LSDA_PASSES, LSDA_PASSES},
        {0x17, LSDA_PASSES, LSDA_PASSES},           {0x18, LSDA_CLEANS, LSDA_CLEANS},
        {0x20, LSDA_CLEANS, LSDA_CLEANS},           {0x28, LSDA_CATCHES, LSDA_CLEANS},
        {0x30, LSDA_TERMINATES, LSDA_CLEANS},       {0x38, LSDA_PASSES, LSDA_CLEANS},
        {0x40, LSDA_DAMAGED, LSDA_CLEANS},          {0x48, LSDA_TERMINATES, LSDA_PASSES},
        {0xfffffff0, LSDA_TERMINATES, LSDA_PASSES},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ck_assert_int_eq(look(rows[i].offset, true), rows[i].cxx);
        ck_assert_int_eq(look(rows[i].offset, false), rows[i].c);
    }
}
END_TEST

/* Each byte in turn takes each value, and the end is cut at each place: the sanitizers watch. */
START_TEST(test_reads_no_byte_that_is_not_there)
{
    for (size_t at = 0; at < sizeof table; at++) {
        for (unsigned value = 0; value < 256; value++) {
            uint8_t *copy = malloc(sizeof table);
            memcpy(copy, table, sizeof table);
            copy[at] = (uint8_t)value;
            for (uint64_t offset = 0; offset < 0x60; offset += 8)
                (void)lsda_look((struct eh_bytes){copy, copy + sizeof table, 0x5000, false}, START,
                                START + offset, true, true);
            free(copy);
        }
        uint8_t *cut = malloc(at + 1);
        memcpy(cut, table, at);
        for (uint64_t offset = 0; offset < 0x60; offset += 8)
            (void)lsda_look((struct eh_bytes){cut, cut + at, 0x5000, false}, START, START + offset, true,
                            true);
        free(cut);
    }
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, test_tells_what_each_call_site_does);
    tcase_add_test(tests, test_reads_no_byte_that_is_not_there);
}
