/* SPDX-License-Identifier: MIT */
/* Unit tests of reads of memory that may not be there. */
#include <string.h>
#include <sys/mman.h>

#include "base/io.h"
#include "unit.h"

START_TEST(memory_that_is_not_there_is_an_error)
{
    char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char buffer[64];
    munmap(page + 4096, 4096);
    memset(page, 'x', 4096);
    ck_assert_int_eq(safe_read_memory((uint64_t)page + 4000, buffer, 64), 0);
    ck_assert_int_lt(safe_read_memory((uint64_t)page + 4064, buffer, 64), 0);
    ck_assert_int_lt(safe_read_memory(0, buffer, 8), 0);
    /* A string is read up to the page's end, and is an error only when it goes on. */
    strcpy(page + 4090, "hello");
    ck_assert_int_eq(safe_read_string((uint64_t)page + 4090, buffer, sizeof buffer), 5);
    ck_assert_str_eq(buffer, "hello");
    page[4095] = 'x';
    ck_assert_int_lt(safe_read_string((uint64_t)page + 4090, buffer, sizeof buffer), 0);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, memory_that_is_not_there_is_an_error);
}
