/* SPDX-License-Identifier: MIT */
/* The words that an option's argument may be. */
#include <stdlib.h>
#include <string.h>

#include "screen/options.h"
#include "unit.h"

struct settings {
    const char *kind, *open;
    enum options_color color;
    enum options_format format;
};

static const struct options_row rows[] = {
    {0, "kind", "NAME:a|bc|d", "Only {}.", options_read_string, offsetof(struct settings, kind)},
    {'o', "open", "KEY=GLOB:x|y|", "", options_read_string, offsetof(struct settings, open)},
    OPTIONS_COLOR_ROW(struct settings, color),
    OPTIONS_TABLE_ROW(struct settings, format),
    OPTIONS_JSON_ROW(struct settings, format),
    {0, NULL, NULL, NULL, NULL, 0},
};

static const struct {
    const char *word, *message; /* NULL: the word is fine */
} words[] = {
    {"--kind=bc", NULL},
    {"--kind=b", "'b' is not a value for --kind NAME; NAME is a, bc or d"},
    {"--kind=", "'' is not a value for --kind NAME; NAME is a, bc or d"},
    {"--kind=a|bc", "'a|bc' is not a value for --kind NAME; NAME is a, bc or d"},
    {"--kind", "option '--kind' needs an argument: NAME"},
    {"-o", "option '-o' needs an argument: KEY=GLOB"},
    {"--open=other", NULL},
    {"--color=sometimes", "'sometimes' is not a value for --color WHEN; WHEN is auto, always or never"},
    {"--json=1", "option '--json' takes no argument"},
};

START_TEST(a_word_is_checked_and_the_message_lists_the_others)
{
    struct settings settings = {0};
    struct options_operands operands;
    char *word = strdup(words[_i].word), *message, *argv[] = {word};
    int error = options_parse(rows, 1, argv, &settings, &operands, &message);
    ck_assert_int_eq(error < 0, words[_i].message != NULL);
    if (words[_i].message)
        ck_assert_str_eq(message, words[_i].message);
    free(message);
    free(word);
}
END_TEST

START_TEST(the_last_of_table_and_json_holds)
{
    char table[] = "--table", json[] = "--json", color[] = "--color=never", *argv[] = {json, color, table};
    struct settings settings = {0};
    struct options_operands operands;
    char *message;
    ck_assert_int_eq(options_parse(rows, 3, argv, &settings, &operands, &message), 0);
    ck_assert_int_eq(settings.format, OPTIONS_FORMAT_TABLE);
    ck_assert_int_eq(settings.color, OPTIONS_COLOR_NEVER);
}
END_TEST

START_TEST(words_are_listed_for_people)
{
    static const char *const lists[][2] = {{"a", "a"}, {"a|b", "a or b"}, {"a|b|c|", "a, b or c"}, {"", ""}};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        char *text = options_words_text(lists[i][0]);
        ck_assert_str_eq(text, lists[i][1]);
        free(text);
    }
    ck_assert_int_eq(options_word_index("a|bc|d", "d"), 2);
    ck_assert_int_eq(options_word_index("a|bc|", ""), -1);
    ck_assert_ptr_null(options_words(&rows[3]));
    ck_assert_str_eq(options_words(&rows[0]), "a|bc|d");
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_loop_test(tests, a_word_is_checked_and_the_message_lists_the_others, 0,
                        sizeof words / sizeof words[0]);
    tcase_add_test(tests, the_last_of_table_and_json_holds);
    tcase_add_test(tests, words_are_listed_for_people);
}
