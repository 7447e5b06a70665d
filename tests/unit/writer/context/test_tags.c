/* SPDX-License-Identifier: MIT */
/* Tags of a note, which may be a stranger's, and what counts of those with one name. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "context/tags.h"
#include "crash/secrets.h"
#include "report/tags_report.h"
#include "unit.h"

static struct crash crash;
static struct notes_thread threads[2] = {{.tid = 10}, {.tid = 11}};

static void gather(const char *note, size_t size)
{
    crash.notes.event = "crash";
    crash.notes.threads = threads;
    crash.notes.thread_count = 2;
    crash.notes.tags = (struct core_span){(const uint8_t *)note, size};
    tags_gather(&crash);
}

static void expect(const char *expected)
{
    struct tag_word words[TAGS_MERGED_MAX];
    char out[4096] = "";
    const size_t count = tags_merge(&crash, words);
    for (size_t i = 0; i < count; i++) {
        strcat(strcat(out, words[i].name), "=");
        strcat(strncat(out, words[i].value, words[i].size), ";");
    }
    ck_assert_str_eq(out, expected);
    free(crash.tags.items);
    buffer_release(&crash.secrets);
}

#define GATHER(note) gather(note, sizeof note - 1)

START_TEST(the_nearer_one_wins)
{
    GATHER("given a=1,b=1,c=1,d=1\n0 b=2\n0 c=2\n10 c=3\n11 c=4\n11 e=5\n");
    expect("a=1;b=2;c=3;d=1;");
}
END_TEST

START_TEST(go_labels_win_over_what_the_settings_say)
{
    crash.go.labels = (struct logged_tags){.items = {{"a", "go"}, {"f\"", "x"}}, .count = 2};
    GATHER("given a=1\n0 f=2\n");
    expect("a=go;f=2;");
    crash.go.labels.count = 0;
}
END_TEST

START_TEST(secrets_are_kept_apart)
{
    GATHER("given !a=one,token=two,!!c=bad\n0 !b=three\n10 key=four\n11 !a=five\n");
    ck_assert(crash_has_secrets(&crash));
    buffer_add_char(&crash.secrets, '\0');
    ck_assert_str_eq(
        crash.secrets.data,
        "{\"kind\":\"tag\",\"name\":\"a\",\"value\":\"one\"},{\"kind\":\"tag\",\"name\":\"token\",\"value\":\"two\"},"
        "{\"kind\":\"tag\",\"name\":\"b\",\"value\":\"three\"},{\"kind\":\"tag\",\"name\":\"key\",\"tid\":10,\"value\":\"four\"},"
        "{\"kind\":\"tag\",\"name\":\"a\",\"tid\":11,\"value\":\"five\"}");
    expect("a=[secret];token=[secret];b=[secret];key=[secret];");
}
END_TEST

START_TEST(threads_have_their_own)
{
    size_t first;
    GATHER("11 a=1\n10 a=2\n11 b=3\n12 a=4\n");
    ck_assert_uint_eq(tags_of_thread(&crash, 11, &first), 2);
    ck_assert_str_eq(crash.tags.items[first].name, "a");
    ck_assert_str_eq(crash.tags.items[first + 1].name, "b");
    ck_assert_uint_eq(tags_of_thread(&crash, 13, &first), 0);
    expect("a=2;");
}
END_TEST

START_TEST(a_dump_has_none_of_the_thread_that_was_asked)
{
    struct watch_result items[2] = {{.entry.name = "tick", .value.text = "7"},
                                    {.entry.name = "player", .value.text = "8", .is_per_thread = true}};
    crash.watch = (struct watch_words){.items = items, .count = 2};
    GATHER("0 a=1\n10 b=2\n");
    expect("a=1;tick=7;player=8;b=2;");
    GATHER("0 a=1\n10 b=2\n");
    crash.notes.event = "dump";
    expect("a=1;tick=7;");
    crash.watch = (struct watch_words){0};
}
END_TEST

START_TEST(events_are_redacted_as_log_lines_are)
{
    static const char note[] = "1000000 7 login password=sesame to redis://u:sesame@h\n";
    struct buffer out = {0};
    crash.notes.time_ns = 3000000;
    crash.notes.breadcrumbs = (struct core_span){(const uint8_t *)note, sizeof note - 1};
    told_events_json(&crash, &out);
    told_events_text(&crash, &out);
    buffer_add_char(&out, '\0');
    ck_assert_ptr_nonnull(
        strstr(out.data, "\"before_ms\":2,\"tid\":7,\"text\":\"login password=[redacted] to"));
    ck_assert_ptr_null(strstr(out.data, "sesame"));
    buffer_release(&out);
}
END_TEST

START_TEST(strange_notes_do_no_harm)
{
    static const char zeros[64];
    gather(zeros, sizeof zeros);
    expect("");
    GATHER(
        "=\n==\n 0 a=1\n0a=1\n0 =1\n0 a\n-1 a=1\n99999999999999999999 a=1\n0 a b=1\n0 \"=1\ngiven\ngiven \ngiven ,,=,\n0 x=");
    expect("x=;");
    GATHER("0 !");
    expect("");
    GATHER("0 \n0 n123456789012345678901234567890123456789012345678901234567890123=1\n");
    expect("");
}
END_TEST

START_TEST(there_may_be_more_than_have_room)
{
    static char note[200000];
    size_t n = 0;
    struct tag_word words[TAGS_MERGED_MAX];
    for (int i = 0; i < 1000; i++)
        n += (size_t)snprintf(note + n, sizeof note - n, "0 n%d=1\n10 m%d=2\n", i, i);
    gather(note, n);
    ck_assert_uint_eq(tags_merge(&crash, words), TAGS_MERGED_MAX);
    free(crash.tags.items);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, the_nearer_one_wins);
    tcase_add_test(tests, go_labels_win_over_what_the_settings_say);
    tcase_add_test(tests, secrets_are_kept_apart);
    tcase_add_test(tests, threads_have_their_own);
    tcase_add_test(tests, a_dump_has_none_of_the_thread_that_was_asked);
    tcase_add_test(tests, events_are_redacted_as_log_lines_are);
    tcase_add_test(tests, strange_notes_do_no_harm);
    tcase_add_test(tests, there_may_be_more_than_have_room);
}
