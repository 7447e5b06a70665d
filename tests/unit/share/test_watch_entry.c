/* SPDX-License-Identifier: MIT */
#include "watch_entry.h"

#include <string.h>

#include "unit.h"

static struct watch_entry parse(const char *text)
{
    struct watch_entry entry;
    const char *problem = "none";
    ck_assert_msg(watch_entry_next(&text, &entry, &problem), "%s", text);
    ck_assert_msg(!problem, "%.*s: %s", (int)entry.size, entry.text, problem);
    return entry;
}

static const char *problem_of(const char *text)
{
    struct watch_entry entry;
    const char *problem = NULL;
    ck_assert(watch_entry_next(&text, &entry, &problem));
    ck_assert_msg(problem, "'%.*s' is taken", (int)entry.size, entry.text);
    return problem;
}

START_TEST(takes_all_forms)
{
    struct watch_entry e = parse("tick=g_tick:u64");
    ck_assert_str_eq(e.name, "tick");
    ck_assert_str_eq(e.symbol, "g_tick");
    ck_assert_int_eq(e.type, WATCH_U64);
    ck_assert(!e.is_secret && !e.step_count && !e.stars && !e.has_offset);
    e = parse("!match-id=**libgame-2.so!g_ctx+0x18->match.id[3]->+8->0x10:hex");
    ck_assert_str_eq(e.name, "match-id");
    ck_assert(e.is_secret && e.has_offset);
    ck_assert_uint_eq(e.stars, 2);
    ck_assert_str_eq(e.module, "libgame-2.so");
    ck_assert_int_eq(e.offset, 0x18);
    ck_assert_uint_eq(e.step_count, 5);
    ck_assert_int_eq(e.steps[0].kind, WATCH_ARROW);
    ck_assert_str_eq(e.steps[1].name, "id");
    ck_assert_int_eq(e.steps[2].number, 3);
    ck_assert_int_eq(e.steps[3].kind, WATCH_ARROW_OFFSET);
    ck_assert_int_eq(e.steps[4].number, 16);
    ck_assert_int_eq(e.type, WATCH_HEX);
    ck_assert_uint_eq(e.steps[4].end, e.expression_size);
    ck_assert(strncmp(e.expression, "**libgame", 9) == 0);
}
END_TEST

START_TEST(takes_names_of_cpp_and_of_functions)
{
    ck_assert_str_eq(parse("a=game::world::tick").symbol, "game::world::tick");
    ck_assert_int_eq(parse("a=game::tick:u8").type, WATCH_U8);
    ck_assert_int_eq(parse("a=game::u8").type, WATCH_UNTOLD);
    ck_assert_str_eq(parse("a=_ZN4game4tickE:f64").symbol, "_ZN4game4tickE");
    const struct watch_entry e = parse("a=calls.0.count");
    ck_assert_str_eq(e.symbol, "calls.0");
    ck_assert_str_eq(e.steps[0].name, "count");
}
END_TEST

START_TEST(says_what_is_wrong)
{
    static const char *const wrong[] = {"tick",        "=g",      "a=",      "a=:u64",
                                        "a=g:u65",     "a=g:",    "a=g->",   "a=g.",
                                        "a=g[x]",      "a=g[1",   "a=g+",    "a=!g",
                                        "a=g->+",      "a=1g",    "a b=g",   "a=g h",
                                        "a=g->\x1b[1", "a=g[-1]", "a=->x",   "a=g..b",
                                        "a=m!",        "a=g+0x",  "a=g[0x]", "a=g+99999999999999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_str_ne(problem_of(wrong[i]), "");
    char text[1200] = "a=g";
    for (int i = 0; i <= WATCH_STEPS_MAX; i++)
        strcat(text, ".b");
    ck_assert_str_eq(problem_of(text), "it has too many steps");
    memset(text, 'a', 300);
    strcpy(text + 300, "=g");
    ck_assert_str_ne(problem_of(text), "");
}
END_TEST

START_TEST(goes_through_a_list)
{
    const char *text = " a=g ,, b=[ ,c=h:str,", *problem;
    struct watch_entry entry;
    ck_assert(watch_entry_next(&text, &entry, &problem) && !problem);
    ck_assert_str_eq(entry.name, "a");
    ck_assert(watch_entry_next(&text, &entry, &problem) && problem);
    ck_assert_uint_eq(entry.size, 3);
    ck_assert(watch_entry_next(&text, &entry, &problem) && !problem);
    ck_assert_str_eq(entry.name, "c");
    ck_assert(!watch_entry_next(&text, &entry, &problem));
    ck_assert(!watch_entry_next(&text, &entry, &problem));
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, takes_all_forms);
    tcase_add_test(tests, takes_names_of_cpp_and_of_functions);
    tcase_add_test(tests, says_what_is_wrong);
    tcase_add_test(tests, goes_through_a_list);
}
