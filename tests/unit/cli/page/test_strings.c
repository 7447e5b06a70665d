/* SPDX-License-Identifier: MIT */
/* Texts of a page: each once, and nothing in them that a terminal or HTML would obey. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "page/strings.h"
#include "unit.h"

static char *put(const char *text)
{
    char *out;
    size_t size;
    FILE *to = open_memstream(&out, &size);
    page_strings_put(to, text);
    fclose(to);
    return out;
}

/* What is left when JSON is read must be the cleaned text. */
static void check(const char *text)
{
    char *out = put(text), *cleaned = text_clean(text);
    json_t *value = json_loads(out, JSON_DECODE_ANY, NULL);

    ck_assert_ptr_nonnull(value);
    ck_assert_str_eq(json_string_value(value), cleaned);
    ck_assert_ptr_null(strpbrk(out, "<>&'"));
    json_decref(value);
    free(cleaned);
    free(out);
}

static const char *const texts[] = {
    "",
    "plain",
    "</script><script>alert(1)</script>",
    "<!-- <script> ]]> &amp;",
    "\"quotes\" 'and' \\back\\slashes\\u003c",
    "\x1b[31m\x07\x7f\r\n\t",
    "a\xe2\x80\xae\xe2\x80\xa8\xef\xbb\xbf z",
    "broken \xff\xc0\xaf\xed\xa0\x80",
    "\xf0\x9f\x9a\x80 \xc3\xa9",
};

START_TEST(texts_are_inert)
{
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        check(texts[i]);
}
END_TEST

/* The cut may come after any of a character's bytes. */
START_TEST(long_texts_are_cut_between_characters)
{
    char text[6001];

    for (size_t before = 0; before < 3; before++) {
        memset(text, 'x', before);
        for (size_t i = before; i + 3 < sizeof text; i += 3)
            memcpy(text + i, "\xe2\x82\xac\0", 4);
        char *out = put(text);
        json_t *value = json_loads(out, JSON_DECODE_ANY, NULL);
        ck_assert_ptr_nonnull(value);
        const char *cut = json_string_value(value);
        ck_assert_uint_le(strlen(cut), STRINGS_TEXT_MAX + 3);
        ck_assert_uint_ge(strlen(cut), STRINGS_TEXT_MAX);
        ck_assert_str_eq(cut + strlen(cut) - 3, "\xe2\x80\xa6");
        json_decref(value);
        free(out);
    }
}
END_TEST

START_TEST(each_text_has_one_number)
{
    struct page_strings *strings = page_strings_new();
    char *out, text[16];
    size_t size;

    ck_assert_uint_eq(page_strings_add(strings, NULL), 0);
    ck_assert_uint_eq(page_strings_add(strings, ""), 0);
    ck_assert_uint_eq(page_strings_add(strings, "a"), 1);
    ck_assert_uint_eq(page_strings_add(strings, "\xff"), 2);
    ck_assert_uint_eq(page_strings_add_names(strings, "a"), 1);
    for (int i = 0; i < 1000; i++) {
        snprintf(text, sizeof text, "t%d", i);
        ck_assert_uint_eq(page_strings_add(strings, text), (size_t)i + 3);
    }
    FILE *to = open_memstream(&out, &size);
    struct lookup *lookup = lookup_new();
    page_strings_write(strings, lookup, to);
    fclose(to);
    json_t *all = json_loads(out, 0, NULL);
    ck_assert_uint_eq(json_array_size(all), 1003);
    ck_assert_str_eq(json_string_value(json_array_get(all, 2)), "\\xff");
    ck_assert_str_eq(json_string_value(json_array_get(all, 1002)), "t999");
    ck_assert(!page_strings_failed(strings));
    json_decref(all);
    lookup_free(lookup);
    page_strings_free(strings);
    free(out);
}
END_TEST

/* A page has a limit, however long the texts of its bundles are. */
START_TEST(too_many_texts_become_one)
{
    struct page_strings *strings = page_strings_new();
    static char text[1 << 20];
    size_t numbers = 0, last = 0;

    memset(text, 'x', sizeof text - 1);
    for (size_t i = 0; i < 20000; i++) {
        snprintf(text, 8, "%07zu", i);
        text[7] = 'x';
        last = page_strings_add(strings, text);
        numbers = last > numbers ? last : numbers;
    }
    ck_assert_uint_le(numbers, STRINGS_BYTES_MAX / STRINGS_TEXT_MAX + 2);
    ck_assert_uint_eq(last, numbers);
    ck_assert(!page_strings_failed(strings));
    page_strings_free(strings);
}
END_TEST

START_TEST(a_path_is_plain_or_not)
{
    ck_assert(page_strings_is_plain("/var/crash/a b"));
    ck_assert(page_strings_is_plain("/var/crash/\xc3\xa9"));
    ck_assert(!page_strings_is_plain("/var/crash/a\nb"));
    ck_assert(!page_strings_is_plain("/var/crash/\xff"));
    ck_assert(!page_strings_is_plain("/var/crash/\xe2\x80\xae"));
}
END_TEST

UNIT_TESTS(tests)
{
    text_init();
    tcase_add_test(tests, texts_are_inert);
    tcase_add_test(tests, long_texts_are_cut_between_characters);
    tcase_add_test(tests, each_text_has_one_number);
    tcase_add_test(tests, too_many_texts_become_one);
    tcase_add_test(tests, a_path_is_plain_or_not);
}
