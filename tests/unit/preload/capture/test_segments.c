/* SPDX-License-Identifier: MIT */
/* Unit tests of the shim's plain functions: nothing here is interposed, and nothing faults. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "start/config.h"
#include "crumple_options.h"
#include "base/io.h"
#include "proc/maps.h"
#include "base/scratch.h"
#include "capture/segments.h"
#include "proc/tasks.h"
#include "base/text.h"
#include "unit.h"

const struct crumple_config *crumple_config;

START_TEST(text_stops_at_the_end_of_its_buffer)
{
    char buffer[8];
    struct safe_text t = safe_text_on(buffer, sizeof buffer);
    safe_text_add(&t, "12345");
    ck_assert(!t.truncated);
    safe_text_add(&t, "6789");
    ck_assert(t.truncated);
    ck_assert_str_eq(buffer, "1234567");
}
END_TEST

START_TEST(numbers_are_written_as_printf_would)
{
    static const uint64_t values[] = {0, 9, 10, 4095, UINT32_MAX, UINT64_MAX};
    size_t i;
    for (i = 0; i < sizeof values / sizeof *values; i++) {
        char got[64], want[64];
        struct safe_text t = safe_text_on(got, sizeof got);
        safe_text_add_u64(&t, values[i]);
        safe_text_add(&t, " ");
        safe_text_add_hex(&t, values[i]);
        snprintf(want, sizeof want, "%llu 0x%llx", (unsigned long long)values[i],
                 (unsigned long long)values[i]);
        ck_assert_str_eq(got, want);
    }
}
END_TEST

START_TEST(foreign_text_is_cleaned)
{
    static const struct {
        const char *from, *to;
    } texts[] = {
        {"a\x1b[31m\n\x7f", "a [31m  "},
        {"\u0436\u00e9 \U0001f642 \u2764\ufe0f", "\u0436\u00e9 \U0001f642 \u2764\ufe0f"},
        {"1\u202e2\u2066"
         "3\u200b4\u200d5\u2028"
         "6\u00ad7\xc2\x9b"
         "8\ufeff9\U000e0041",
         "1 2 3 4 5 6 7 8 9 "},
        {"\xff\xc0\x80\xed\xa0\x80\xf4\x90\x80\x80|\xe2\x80", "          |  "},
    };
    char got[64];
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct safe_text t = safe_text_on(got, sizeof got);
        safe_text_add_clean(&t, texts[i].from, strlen(texts[i].from));
        ck_assert_str_eq(got, texts[i].to);
    }
    struct safe_text t = safe_text_on(got, 4);
    safe_text_add_clean(&t, "ab\u0436", 4);
    ck_assert(t.truncated);
    ck_assert_str_eq(got, "ab"); /* half a character is no text */
}
END_TEST

START_TEST(signed_and_padded_numbers)
{
    char got[64];
    struct safe_text t = safe_text_on(got, sizeof got);
    safe_text_add_i64(&t, -17);
    safe_text_add(&t, " ");
    safe_text_add_i64(&t, INT64_MIN);
    safe_text_add(&t, " ");
    safe_text_add_padded(&t, 42, 6);
    ck_assert_str_eq(got, "-17 -9223372036854775808 000042");
}
END_TEST

START_TEST(control_characters_become_blanks)
{
    char got[16];
    struct safe_text t = safe_text_on(got, sizeof got);
    safe_text_add_clean(&t, "a\033[1m\n\177b", 8);
    ck_assert_str_eq(got, "a [1m  b");
}
END_TEST

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

static void some_code(void)
{
}

START_TEST(maps_find_what_is_mapped)
{
    struct safe_scratch scratch;
    struct safe_maps maps;
    const struct safe_map *map;
    static int data;
    safe_scratch_open(&scratch);
    ck_assert_int_eq(safe_maps_read(&maps, getpid(), &scratch), 0);
    ck_assert_uint_gt(maps.count, 4);
    map = safe_maps_find(&maps, (uint64_t)&maps);
    ck_assert_ptr_nonnull(map);
    ck_assert(safe_map_is(map, "[stack]"));
    map = safe_maps_find(&maps, (uint64_t)&data);
    ck_assert(map && map->writable && map->readable && !map->executable);
    map = safe_maps_find(&maps, (uint64_t)some_code);
    ck_assert(map && map->executable && !map->writable && safe_map_is_file(map));
    ck_assert_ptr_null(safe_maps_find(&maps, 0));
    ck_assert_ptr_null(safe_maps_find(&maps, UINT64_MAX));
}
END_TEST

START_TEST(segments_are_sorted_and_merged)
{
    struct safe_scratch scratch;
    struct safe_segments list;
    safe_scratch_open(&scratch);
    ck_assert_int_eq(safe_segments_open(&list, 8, &scratch), 0);
    safe_segments_add(&list, 0x9000, 0x9100);
    safe_segments_add(&list, 0x1000, 0x1800);
    safe_segments_add(&list, 0x1700, 0x1900); /* overlaps */
    safe_segments_add(&list, 0x1930, 0x1940); /* near, same page: cheaper than a header */
    safe_segments_add(&list, 0x3000, 0x3000); /* empty */
    safe_segments_add(&list, 0x1ff0, 0x2000);
    safe_segments_add(&list, 0x2010, 0x2020); /* near, but on the next page, which may not be there */
    safe_segments_finish(&list, 100);
    ck_assert_uint_eq(list.count, 4);
    ck_assert_uint_eq(list.segment[0].start, 0x1000);
    ck_assert_uint_eq(list.segment[0].end, 0x1940);
    ck_assert_uint_eq(list.segment[1].start, 0x1ff0);
    ck_assert_uint_eq(list.segment[2].start, 0x2010);
    ck_assert_uint_eq(list.segment[3].end, 0x9100);
    ck_assert(!list.overflow);
}
END_TEST

static void is_segment(const struct safe_segments *list, uint32_t at, uint64_t start, uint64_t end)
{
    ck_assert_uint_lt(at, list->count);
    ck_assert_uint_eq(list->segment[at].start, start);
    ck_assert_uint_eq(list->segment[at].end, end);
}

START_TEST(hidden_ranges_are_taken_out)
{
    struct safe_scratch scratch;
    struct safe_segments list;
    safe_scratch_open(&scratch);
    ck_assert_int_eq(safe_segments_open(&list, 16, &scratch), 0);
    safe_segments_hide(&list, 0x5000, 0x9000); /* over two pieces and what is between */
    safe_segments_hide(&list, 0x1100, 0x1180); /* within one: two pieces are left */
    safe_segments_hide(&list, 0x1200, 0x1300);
    safe_segments_hide(&list, 0x6000, 0x6100); /* within another hidden one */
    safe_segments_hide(&list, 0xa000, 0xb000); /* all of one */
    safe_segments_hide(&list, 0xc000, 0xc000); /* empty */
    safe_segments_hide(&list, 0x1ff8, 0x2008); /* what merging would bring in */
    safe_segments_add(&list, 0x1000, 0x1400);
    safe_segments_add(&list, 0x4000, 0x5800);
    safe_segments_add(&list, 0x8000, 0x9800);
    safe_segments_add(&list, 0xa000, 0xb000);
    safe_segments_add(&list, 0x1ff0, 0x2000);
    safe_segments_add(&list, 0xc000, 0xd000);
    safe_segments_finish(&list, 100);
    ck_assert_uint_eq(list.count, 7);
    is_segment(&list, 0, 0x1000, 0x1100);
    is_segment(&list, 1, 0x1180, 0x1200);
    is_segment(&list, 2, 0x1300, 0x1400);
    is_segment(&list, 3, 0x1ff0, 0x1ff8);
    is_segment(&list, 4, 0x4000, 0x5000);
    is_segment(&list, 5, 0x9000, 0x9800);
    is_segment(&list, 6, 0xc000, 0xd000);
    ck_assert(!list.overflow);
}
END_TEST

START_TEST(hidden_ranges_keep_the_limit)
{
    struct safe_scratch scratch;
    struct safe_segments list;
    uint64_t i;
    safe_scratch_open(&scratch);
    ck_assert_int_eq(safe_segments_open(&list, 10, &scratch), 0);
    for (i = 0; i < 10; i++)
        safe_segments_add(&list, 0x10000 + i * 0x10000, 0x10000 + i * 0x10000 + 0x1000);
    for (i = 0; i < 4; i++)
        safe_segments_hide(&list, 0x10100 + i * 0x10000, 0x10200 + i * 0x10000);
    safe_segments_finish(&list, 10);
    ck_assert(list.overflow);
    ck_assert_uint_le(list.count, 10);
    for (i = 0; i < list.count; i++)
        ck_assert((list.segment[i].start & 0xffff) == 0 || (list.segment[i].start & 0xffff) == 0x200);
}
END_TEST

START_TEST(too_many_segments_lose_the_last_added)
{
    struct safe_scratch scratch;
    struct safe_segments list;
    uint64_t i;
    safe_scratch_open(&scratch);
    ck_assert_int_eq(safe_segments_open(&list, 100, &scratch), 0);
    for (i = 0; i < 100; i++)
        safe_segments_add(&list, (100 - i) * 0x10000, (100 - i) * 0x10000 + 8);
    safe_segments_finish(&list, 10);
    ck_assert(list.overflow);
    ck_assert_uint_eq(list.count, 10);
    ck_assert_uint_eq(list.segment[0].start, 91 * 0x10000);
    ck_assert_uint_eq(list.segment[9].start, 100 * 0x10000);
}
END_TEST

START_TEST(tasks_hold_this_thread)
{
    struct safe_tasks tasks;
    bool found = false;
    int tid;
    ck_assert_int_eq(safe_tasks_open(&tasks, getpid()), 0);
    while ((tid = safe_tasks_next(&tasks)) > 0)
        found |= tid == gettid();
    safe_tasks_close(&tasks);
    ck_assert(found);
    ck_assert_int_lt(safe_tasks_open(&tasks, 0x7fffffff), 0);
    ck_assert_uint_ge(safe_task_estimate(getpid()), 64);
}
END_TEST

/* One variable, its value, and whether the default must stand. */
static const struct {
    const char *variable;
    bool accepted;
} settings[] = {
    {"CRUMPLE_TIMEOUT=3s", true},
    {"CRUMPLE_TIMEOUT=500ms", true},
    {"CRUMPLE_TIMEOUT=5", false},
    {"CRUMPLE_TIMEOUT=0s", false},
    {"CRUMPLE_TIMEOUT=-1s", false},
    {"CRUMPLE_TIMEOUT=99999999999999999999s", false},
    {"CRUMPLE_TIMEOUT=1h", false},
    {"CRUMPLE_STACK_BYTES=4K", true},
    {"CRUMPLE_STACK_BYTES=1", false},
    {"CRUMPLE_STACK_BYTES=x", false},
    {"CRUMPLE_STDERR=json", true},
    {"CRUMPLE_STDERR=jso", false},
    {"CRUMPLE_STDERR=js on", false},
    {"CRUMPLE_WAIT=core", true},
    {"CRUMPLE_DIR=relative", false},
    {"CRUMPLE_DIR=/abs", true},
    {"CRUMPLE=2", false},
    {"CRUMPLE_WRITER=", true},
};

START_TEST(settings_are_checked)
{
    static struct crumple_config got, by_default;
    char *none[] = {NULL};
    char *one[] = {(char *)settings[_i].variable, NULL};
    config_parse(&by_default, none);
    config_parse(&got, one);
    if (!settings[_i].accepted || !strchr(settings[_i].variable, '=')[1])
        ck_assert_mem_eq(&got, &by_default, sizeof got);
    else
        ck_assert_mem_ne(&got, &by_default, sizeof got);
}
END_TEST

START_TEST(settings_have_their_values)
{
    static struct crumple_config c;
    char *env[] = {"CRUMPLE_TIMEOUT=2m", "CRUMPLE_STACK_BYTES=128K", "CRUMPLE_STDERR=off",
                   "CRUMPLE_ONLY=nginx*", NULL};
    config_parse(&c, env);
    ck_assert_uint_eq(c.timeout_ns, UINT64_C(120000000000));
    ck_assert_uint_eq(c.stack_bytes, 131072);
    ck_assert_int_eq(c.stderr_mode, CRUMPLE_STDERR_OFF);
    ck_assert_int_eq(c.wait_mode, CRUMPLE_WAIT_BUNDLE);
    ck_assert_str_eq(c.only, "nginx*");
    ck_assert(c.enabled);
}
END_TEST

START_TEST(secrets_of_the_environment_are_redacted)
{
    static struct crumple_config c;
    char *env[] = {
        "PATH=/bin", "DB_PASSWORD=hunter2", "AWS_SECRET=abc", "CRUMPLE_DIR=/x", "LC_ALL=C", "EMPTY", NULL};
    static const char want[] =
        "PATH=/bin\0DB_PASSWORD=[redacted]\0AWS_SECRET=[redacted]\0CRUMPLE_DIR=/x\0LC_ALL=C\0EMPTY";
    config_redact_environ(&c, env);
    ck_assert_uint_eq(c.environ_bytes, sizeof want);
    ck_assert_mem_eq(c.environ_text, want, sizeof want);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, text_stops_at_the_end_of_its_buffer);
    tcase_add_test(tests, numbers_are_written_as_printf_would);
    tcase_add_test(tests, signed_and_padded_numbers);
    tcase_add_test(tests, foreign_text_is_cleaned);
    tcase_add_test(tests, control_characters_become_blanks);
    tcase_add_test(tests, memory_that_is_not_there_is_an_error);
    tcase_add_test(tests, maps_find_what_is_mapped);
    tcase_add_test(tests, segments_are_sorted_and_merged);
    tcase_add_test(tests, hidden_ranges_are_taken_out);
    tcase_add_test(tests, hidden_ranges_keep_the_limit);
    tcase_add_test(tests, too_many_segments_lose_the_last_added);
    tcase_add_test(tests, tasks_hold_this_thread);
    tcase_add_loop_test(tests, settings_are_checked, 0, sizeof settings / sizeof *settings);
    tcase_add_test(tests, settings_have_their_values);
    tcase_add_test(tests, secrets_of_the_environment_are_redacted);
}
