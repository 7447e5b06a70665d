/* SPDX-License-Identifier: MIT */
#include "watch_plan.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture/fixture.h"
#include "typed_deadline.h"
#include "unit.h"

static const uint8_t *image(size_t *ret_size)
{
    struct stat status;
    const int fd = open(FIXTURE, O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(fstat(fd, &status), 0);
    const uint8_t *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    (void)close(fd);
    *ret_size = (size_t)status.st_size;
    return bytes;
}

static struct typed_symbol find(const char *name)
{
    struct typed_symbol symbol = {.name = name};
    size_t size;
    const uint8_t *bytes = image(&size);
    ck_assert(typed_symbols_find(bytes, size, &symbol, 1));
    return symbol;
}

START_TEST(finds_symbols_by_all_spellings)
{
    ck_assert(find("tick").is_found == false); /* it is game::tick */
    ck_assert(find("game::tick").is_found && find("game::tick").address == find("_ZN4game4tickE").address);
    ck_assert(find("game::player::count").is_found);
    ck_assert_uint_eq(find("numbers").size, 48);
    ck_assert(find("player_id").is_thread_local);
    ck_assert(find("hidden").is_local && find("hidden").count == 1);
    ck_assert(!find("fixture_use").is_found); /* a function */
    ck_assert(!find("").is_found && !find("::").is_found && !find("a::").is_found);
    ck_assert(!find("nothing").is_found);
}
END_TEST

/* A damaged file gives fewer symbols, and no fault. */
START_TEST(reads_damaged_files)
{
    size_t size;
    const uint8_t *bytes = image(&size);
    struct typed_symbol symbol = {.name = "numbers"};
    for (size_t cut = 0; cut < size; cut += 1 + size / 300)
        (void)typed_symbols_find(bytes, cut, &symbol, 1);
    (void)typed_symbols_find((const uint8_t *)"", 0, &symbol, 1);
}
END_TEST

/* Makes the plan of 'a=EXPRESSION'; returns the reason where there is none. */
static const char *plan(const char *entry_text, bool is_typed, struct watch_plan *ret)
{
    static char why[400];
    static struct watch_entry entry;
    struct typed_variable variable;
    static struct fixture fixture; /* of this test's process: it counts how often it is loaded */
    const char *problem;
    if (!fixture.dwarf)
        fixture = fixture_load();
    ck_assert(watch_entry_next(&entry_text, &entry, &problem) && !problem);
    const struct typed_symbol symbol = find(entry.symbol);
    ck_assert(symbol.is_found);
    ck_assert(!is_typed ||
              typed_find_variable(fixture.dwarf, entry.symbol, typed_now_ms() + 10000, &variable));
    return watch_plan_make(&entry, &symbol, is_typed ? &variable : NULL, "fixture.so", ret, why, sizeof why)
               ? NULL
               : why;
}

START_TEST(plans_by_types)
{
    struct watch_plan p;
    ck_assert_ptr_null(plan("a=game::tick", true, &p));
    ck_assert(p.size == 8 && !p.follow_count && !p.text);
    ck_assert_ptr_null(plan("a=numbers[3]", true, &p));
    ck_assert_uint_eq(p.address, find("numbers").address + 12);
    ck_assert_ptr_null(plan("a=_ZN4game4tickE", true, &p)); /* debug information has it as game::tick */
    ck_assert(p.size == 8 && p.type == WATCH_UNTOLD);
    ck_assert_ptr_null(plan("a=octets", true, &p)); /* printed as numbers, unless they look like text */
    ck_assert(!p.text && p.size == 4);
    ck_assert_ptr_null(plan("a=octets:str", true, &p));
    ck_assert_int_eq(p.text, WATCH_TEXT_ARRAY);
    ck_assert_ptr_null(plan("a=grid[1]", true, &p)); /* a row, as in C */
    ck_assert(p.address == find("grid").address + 12 && p.size == 12);
    ck_assert_ptr_null(plan("a=grid[1][2]", true, &p));
    ck_assert(p.address == find("grid").address + 20 && p.size == 4);
    ck_assert_ptr_null(plan("a=game::first.next->id", true, &p));
    ck_assert(p.follow_count == 1 && p.follows[0].add == 4 && p.size == 4);
    ck_assert_ptr_null(plan("a=greeting", true, &p));
    ck_assert(p.text == WATCH_TEXT_POINTER && p.type == WATCH_STR);
    ck_assert_ptr_null(plan("a=game::first.name", true, &p));
    ck_assert(p.text == WATCH_TEXT_ARRAY && p.size == 16);
    ck_assert_ptr_null(plan("a=game::first.team", true, &p));
    ck_assert_uint_eq(p.bits.size, 3);
    ck_assert_ptr_null(plan("a=*chosen", true, &p));
    ck_assert_uint_eq(p.follow_count, 1);
    ck_assert_ptr_null(plan("a=numbers:u16", true, &p));
    ck_assert_ptr_null(plan("a=player_id", true, &p));
    ck_assert(p.is_thread_local);
}
END_TEST

START_TEST(plans_without_types)
{
    struct watch_plan p;
    ck_assert_ptr_null(plan("a=numbers[3]:i32", false, &p));
    ck_assert_uint_eq(p.address, find("numbers").address + 12);
    ck_assert_ptr_null(plan("a=chosen->+4->+8:u32", false, &p));
    ck_assert(p.follow_count == 2 && p.follows[0].add == 4 && p.follows[1].add == 8);
    ck_assert_ptr_null(plan("a=greeting:str", false, &p));
    ck_assert_int_eq(p.text, WATCH_TEXT_EITHER);
    ck_assert_ptr_null(plan("a=unended:str", false, &p));
    ck_assert(p.text == WATCH_TEXT_ARRAY && p.size == 4);
    ck_assert_ptr_null(plan("a=numbers+4:u32", true, &p));
    ck_assert_uint_eq(p.address, find("numbers").address + 4);
}
END_TEST

START_TEST(says_what_is_missing)
{
    static const struct {
        const char *entry, *why;
        bool is_typed;
    } cases[] = {
        {"a=game::tick",
         "its type is not known, since fixture.so has no debug information of it: write a=game::tick:u64",
         false},
        {"a=chosen->id",
         "the type of chosen is not known, since fixture.so has no debug information of it: write an offset and the type, such as chosen->+0x10:u32",
         false},
        {"a=numbers[12]", "numbers has 12 elements", true},
        {"a=grid[2][0]", "grid has 2 elements", true},
        {"a=grid[1][3]", "grid[1] has 3 elements", true},
        {"a=grid[1][2][0]", "grid[1][2] is neither an array nor a pointer", true},
        {"a=grid[1].x", "grid[1] has no members: it is of type int [3]", true},
        {"a=numbers.x", "numbers has no members: it is of type int [12]", true},
        {"a=small:u64", "it has 1 byte, and u64 is a type of 8", true},
        {"a=small->x", "small is no pointer", true},
        {"a=small[1]", "small is neither an array nor a pointer", true},
        {"a=game::first.team:u8", "it is a bit-field: leave out ':u8'", true},
        {"a=grid[1][1]", "the size of the elements of grid is not known: write an offset in bytes", false},
    };
    struct watch_plan p;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *why = plan(cases[i].entry, cases[i].is_typed, &p);
        ck_assert_msg(why && strcmp(why, cases[i].why) == 0, "%s: %s", cases[i].entry, why ? why : "a plan");
    }
    ck_assert_ptr_nonnull(plan("a=game::first.nobody", true, &p));
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, finds_symbols_by_all_spellings);
    tcase_add_test(tests, reads_damaged_files);
    tcase_add_test(tests, plans_by_types);
    tcase_add_test(tests, plans_without_types);
    tcase_add_test(tests, says_what_is_missing);
}
