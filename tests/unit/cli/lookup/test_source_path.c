/* SPDX-License-Identifier: MIT */
/* Where a source file of debug information is looked for below a directory. */
#include <string.h>

#include "lookup/source_path.h"
#include "unit.h"

static const struct {
    const char *path, *ends; /* the ends with ':' between them */
} paths[] = {
    {"/build/game/src/emote.cpp", "build/game/src/emote.cpp:game/src/emote.cpp:src/emote.cpp:emote.cpp"},
    {"emote.cpp", "emote.cpp"},
    {"src//./emote.cpp", "src/emote.cpp:emote.cpp"},
    {"/build/game/../lib/a.c", "build/lib/a.c:lib/a.c:a.c"},
    {"/build/a/b/../../c.c", "build/c.c:c.c"},
    {"../../../etc/shadow", "etc/shadow:shadow"},
    {"/../../etc/shadow", "etc/shadow:shadow"},
    {"a/../../../b.c", "b.c"},
    {"/rustc/0f/library/core/src/lib.rs",
     "rustc/0f/library/core/src/lib.rs:0f/library/core/src/lib.rs:library/core/src/lib.rs:core/src/lib.rs"},
    {"/usr/include/string.h", "usr/include/string.h"},
    {"/usr/include/../a.c", ""},
    {"/x/..", ""},
    {"...", "..."},
    {"/a..b/.c", "a..b/.c:.c"},
    {"a\n/b\x1b.c", "a\n/b\x1b.c:b\x1b.c"},
    {"", ""},
    {"/", ""},
    {"..", ""},
    {".//.", ""},
};

START_TEST(ever_shorter_ends_of_the_path_none_of_which_leads_up)
{
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct source_path path;
        char ends[256] = "";
        const bool is_any = source_path_read(paths[i].path, &path);

        ck_assert_int_eq(is_any, *paths[i].ends != '\0');
        for (size_t k = 0; k < path.count; k++) {
            strcat(ends, k ? ":" : "");
            strcat(ends, path.ends[k]);
        }
        ck_assert_str_eq(ends, paths[i].ends);
    }
}
END_TEST

START_TEST(of_a_hostile_path_only_the_shortest_ends)
{
    char text[PATH_MAX + 8];
    struct source_path path;

    memset(text, 0, sizeof text);
    for (size_t i = 0; i < PATH_MAX - 1; i++)
        text[i] = i % 2 ? '/' : 'a';
    ck_assert(source_path_read(text, &path));
    ck_assert_uint_eq(path.count, SOURCE_ENDS_MAX);
    ck_assert_uint_eq(strlen(path.ends[0]), 2 * SOURCE_ENDS_MAX - 1);
    ck_assert_str_eq(path.ends[SOURCE_ENDS_MAX - 1], "a");
    text[PATH_MAX - 1] = 'a';
    ck_assert(!source_path_read(text, &path));
    ck_assert_uint_eq(path.count, 0);
}
END_TEST

START_TEST(what_compilers_read_is_a_source)
{
    static const char *const sources[] = {"a.c", "/b/c.cpp", "x.y.rs", "d/.e.h", "a.go", "A.C", "v.v"};
    static const char *const others[] = {
        "",      ".env",   "/a/.c", "id_rsa", "a.",     "a.key", "b/.git/config", "a.c/b",
        "c.yml", "a.c cc", "x.c\n", "a. ",    "a.cpp ", "a. c",  "a.ya",          "a.+"};

    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
        ck_assert_msg(source_path_is_source(sources[i]), "%s", sources[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        ck_assert_msg(!source_path_is_source(others[i]), "%s", others[i]);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, ever_shorter_ends_of_the_path_none_of_which_leads_up);
    tcase_add_test(tests, of_a_hostile_path_only_the_shortest_ends);
    tcase_add_test(tests, what_compilers_read_is_a_source);
}
