/* SPDX-License-Identifier: MIT */
/* Which lines are shown of a file, and how. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crumple_text.h"
#include "lookup/source_text.h"
#include "unit.h"

static char folder[] = "/tmp/crumple-text-XXXXXX";
static struct sources sources;
static struct source_texts *texts;

static void begin(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    sources = (struct sources){.source_dirs = {.paths = {folder}, .count = 1}};
    texts = source_texts_new(&sources);
    ck_assert_ptr_nonnull(texts);
}

static void end(void)
{
    char command[64];

    source_texts_free(texts);
    snprintf(command, sizeof command, "rm -r %s", folder);
    ck_assert_int_eq(system(command), 0);
}

static void put(const char *name, const char *text, size_t size)
{
    char path[128];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *to = fopen(path, "w");
    ck_assert_ptr_nonnull(to);
    ck_assert_uint_eq(fwrite(text, 1, size, to), size);
    fclose(to);
}

static const json_t *find(const char *name, int line)
{
    json_t *place = json_pack("{s:s, s:i}", "file", name, "line", line);
    const json_t *found = source_texts_find(texts, place);

    ck_assert_ptr_eq(found, source_texts_find(texts, place));
    json_decref(place);
    return found;
}

static const struct {
    int line;
    int first; /* 0: there are none */
    const char *lines;
} wanted[] = {
    {1, 1, "one|two|three|"},
    {2, 1, "one|two|three||"},
    {3, 1, "one|two|three||five|"},
    {4, 2, "two|three||five|six|"},
    {5, 3, "three||five|six|"},
    {6, 4, "|five|six|"},
    {7, 0, NULL},
};

START_TEST(two_lines_on_each_side_where_there_are_so_many)
{
    static const char file[] = "one\ntwo\nthree\n\nfive\r\nsix";

    put("a.c", file, sizeof file - 1);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        const json_t *found = find("/src/a.c", wanted[i].line), *line;
        char lines[64] = "";
        size_t k;

        if (!wanted[i].lines) {
            ck_assert_str_eq(json_string_value(json_object_get(found, "why")), "the file has fewer lines");
            continue;
        }
        json_array_foreach(json_object_get(found, "lines"), k, line)
        {
            strcat(strcat(lines, json_string_value(line)), "|");
        }
        ck_assert_str_eq(lines, wanted[i].lines);
        ck_assert_int_eq(json_integer_value(json_object_get(found, "first")), wanted[i].first);
        ck_assert_int_gt(json_integer_value(json_object_get(found, "modified")), 0);
    }
    ck_assert_str_eq(json_string_value(json_object_get(find("b.c", 1), "why")),
                     "no such file below --source-dir");
    ck_assert_ptr_null(find("a.c", 0));
    ck_assert_ptr_null(find("a.c", -1));
    ck_assert_ptr_null(source_texts_new(NULL));
    ck_assert_ptr_null(source_texts_limit(NULL));
}
END_TEST

/* The one line of a file. */
static const char *shown(const char *text, size_t size)
{
    static int number;
    char name[16];

    snprintf(name, sizeof name, "%d.c", ++number);
    put(name, text, size);
    return json_string_value(json_array_get(json_object_get(find(name, 1), "lines"), 0));
}

START_TEST(a_long_line_is_cut_between_characters)
{
    char text[256], *at = text;

    memset(text, 'x', sizeof text);
    ck_assert_uint_eq(strlen(shown(text, 200)), 200);
    ck_assert_str_eq(shown(text, 201) + 199, "x\xe2\x80\xa6");
    memcpy(at + 198, "\xe2\x82\xac", 3);
    ck_assert_str_eq(shown(text, 201) + 197, "x\xe2\x80\xa6");
    memcpy(at + 197, "\xe2\x82\xacx", 4);
    ck_assert_str_eq(shown(text, 201) + 196, "x\xe2\x82\xac\xe2\x80\xa6");
    memset(text, '\t', sizeof text);
    ck_assert_uint_eq(strlen(shown(text, 50)), 200);
    ck_assert_str_eq(shown(text, 51) + 199, " \xe2\x80\xa6");
    text[0] = 'a';
    ck_assert_uint_eq(strspn(shown(text, 1 + 50) + 1, " "), 199);
    ck_assert_str_eq(shown("a\0b\xff", 4), "a\xef\xbf\xbd"
                                           "b\xef\xbf\xbd");
    ck_assert_str_eq(shown("\r", 1), "");
    ck_assert_str_eq(shown("\n", 1), "");
}
END_TEST

START_TEST(any_bytes_are_valid_text_of_a_bounded_length)
{
    char text[600];

    srand(7);
    for (int round = 0; round < 500; round++) {
        const size_t size = (size_t)rand() % sizeof text;
        static const char kinds[] = {'\t', '\r', '\0', '\x80', '\xe2', 'x', '\xf0', '\xbf'};

        text[0] = 'x';
        for (size_t i = 1; i < size; i++)
            text[i] = round % 2 ? (char)rand() : kinds[rand() % 8];
        const char *line = shown(text, size ? size : 1);
        ck_assert_ptr_nonnull(line);
        ck_assert_uint_le(strlen(line), 3 * (SOURCE_TEXT_BYTES + 4));
        ck_assert_ptr_null(strchr(line, '\t'));
        ck_assert_ptr_null(strchr(line, '\n'));
        for (uint32_t c; *line;) {
            const size_t len = crumple_text_decode(line, strlen(line), &c);
            ck_assert_uint_gt(len, 0);
            line += len;
        }
    }
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, two_lines_on_each_side_where_there_are_so_many);
    tcase_add_test(tests, a_long_line_is_cut_between_characters);
    tcase_add_test(tests, any_bytes_are_valid_text_of_a_bounded_length);
}
