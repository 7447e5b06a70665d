/* SPDX-License-Identifier: MIT */
/* The crash directory: the shim's rules, on facts and on real folders. */
#include <errno.h>

#include "facts/directory.h"
#include "tree.h"
#include "verdicts.h"

#define FOLDER(owner, mode)                                                                                  \
    {                                                                                                        \
        .status = {.st_uid = (owner), .st_gid = (owner), .st_mode = S_IFDIR | (mode) }                       \
    }
#define NONE                                                                                                 \
    {                                                                                                        \
        .error = -ENOENT                                                                                     \
    }

static const struct {
    struct directory_facts facts;
    enum directory_answer answer;
} cases[] = {
    {{.entry = FOLDER(0, 0711), .own = FOLDER(7, 0700)}, DIRECTORY_READY},
    {{.entry = FOLDER(0, 0711), .own = NONE}, DIRECTORY_NO_WRITE},
    {{.entry = FOLDER(0, 01733), .own = NONE}, DIRECTORY_READY},
    {{.entry = FOLDER(7, 0700), .own = NONE}, DIRECTORY_READY},
    {{.entry = FOLDER(7, 0500), .own = NONE}, DIRECTORY_NO_WRITE},
    {{.entry = FOLDER(8, 0755), .own = FOLDER(7, 0700)}, DIRECTORY_FOREIGN},
    {{.entry = FOLDER(0, 0777), .own = FOLDER(7, 0700)}, DIRECTORY_OPEN},
    {{.entry = FOLDER(0, 0711), .own = FOLDER(7, 0770)}, DIRECTORY_OWN_BAD},
    {{.entry = FOLDER(0, 0711), .own = FOLDER(8, 0700)}, DIRECTORY_OWN_BAD},
    {{.entry = FOLDER(0, 0711), .own = {.status = {.st_uid = 7, .st_mode = S_IFREG | 0600}}},
     DIRECTORY_OWN_BAD},
    {{.entry = {.status = {.st_mode = S_IFREG | 0644}}, .own = {.error = -ENOTDIR}}, DIRECTORY_NO_FOLDER},
    {{.entry = NONE, .above = FOLDER(7, 0755), .own = NONE}, DIRECTORY_READY},
    {{.entry = NONE, .above = FOLDER(0, 0755), .own = NONE}, DIRECTORY_NO_WRITE},
    {{.entry = FOLDER(0, 0711), .own = FOLDER(7, 0700), .is_read_only = true}, DIRECTORY_READ_ONLY},
    {{.entry = FOLDER(0, 0711), .own = FOLDER(7, 0700), .refuses = "/secret"}, DIRECTORY_NO_SEARCH},
};

static const struct user seven = {.uid = 7, .groups = {7}, .group_count = 1};

START_TEST(the_rules_are_those_of_the_shim)
{
    ck_assert_int_eq(directory_answer(&cases[_i].facts, &seven), cases[_i].answer);
}
END_TEST

START_TEST(a_refusal_names_the_other_place_and_the_command)
{
    struct directory_facts facts = {.base = "/crash",
                                    .fallback = "/tmp",
                                    .is_asked = true,
                                    .entry = FOLDER(0, 0711),
                                    .own = NONE,
                                    .temporary = FOLDER(0, 01777),
                                    .temporary_own = NONE};
    struct verdicts verdicts = {0};
    directory_judge(&facts, &seven, &verdicts);
    ck_assert_verdict(&verdicts, VERDICT_WARN, "bundles go to /tmp/crumple-7");
    ck_assert(has_advice(&verdicts, "install -d -m 700 -o 7 '/crash/7'"));
    verdicts_clear(&verdicts);
    facts.is_asked = false;
    directory_judge(&facts, &seven, &verdicts);
    ck_assert_int_eq(verdicts_worst(&verdicts), VERDICT_NOTE);
    verdicts_clear(&verdicts);
    facts.temporary.status.st_mode = S_IFDIR | 0755;
    directory_judge(&facts, &seven, &verdicts);
    ck_assert_verdict(&verdicts, VERDICT_FAIL, "a crash leaves no bundle");
    verdicts_clear(&verdicts);
}
END_TEST

START_TEST(kinds_of_file_systems_are_told)
{
    struct directory_facts facts = {.base = "/crash",
                                    .entry = FOLDER(0, 0711),
                                    .own = FOLDER(7, 0700),
                                    .is_remote = true,
                                    .is_memory = true,
                                    .is_layer = true,
                                    .free_percent = 3,
                                    .keep_free_percent = 5};
    struct verdicts verdicts = {0};
    directory_judge(&facts, &seven, &verdicts);
    ck_assert_verdict(&verdicts, VERDICT_WARN, "hangs");
    ck_assert_verdict(&verdicts, VERDICT_NOTE, "tmpfs");
    ck_assert_verdict(&verdicts, VERDICT_NOTE, "gone with the container");
    ck_assert_verdict(&verdicts, VERDICT_WARN, "3% of the space");
    verdicts_clear(&verdicts);
}
END_TEST

START_TEST(facts_are_those_of_the_root_that_is_asked)
{
    struct directory_facts facts;
    char path[64];
    int root = tree_new(path);
    tree_add_text(root, "var/crash/crumple/7/x", "");
    tree_add_text(root, "locked/in/x", "");
    ck_assert_int_eq(fchmodat(root, "locked", 0700, 0), 0);
    ck_assert_int_eq(symlinkat("/var/crash", root, "link"), 0);
    directory_read(root, &seven, "", NULL, &facts);
    ck_assert_str_eq(facts.base, "/var/crash/crumple");
    ck_assert_int_eq(facts.own.error, 0);
    directory_read(root, &seven, "/link/crumple", "relative", &facts); /* inside the root */
    ck_assert_int_eq(facts.own.error, 0);
    ck_assert_str_eq(facts.fallback, "/tmp");
    directory_read(root, &seven, "/link/crumple/none/at/all", NULL, &facts);
    ck_assert_int_eq(facts.entry.error, -ENOENT);
    ck_assert_int_eq(facts.above.error, 0);
    directory_read(root, &seven, "/locked/in", NULL, &facts);
    ck_assert_str_eq(facts.refuses, getuid() == 7 ? "" : "/locked");
    tree_remove(root, path);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_loop_test(tests, the_rules_are_those_of_the_shim, 0, sizeof cases / sizeof *cases);
    tcase_add_test(tests, a_refusal_names_the_other_place_and_the_command);
    tcase_add_test(tests, kinds_of_file_systems_are_told);
    tcase_add_test(tests, facts_are_those_of_the_root_that_is_asked);
}
