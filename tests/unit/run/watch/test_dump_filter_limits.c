/* SPDX-License-Identifier: MIT */
/* For how long and how much is held back; nothing is lost in any order of lines. */
#include <stdio.h>
#include <string.h>

#include "run/watch/dump_feed.h"
#include "unit.h"

START_TEST(nothing_waits_before_the_first_goroutine_has_ended)
{
    begin(true);
    feed("pan");
    ck_assert_str_eq(passed, "pan");
    feed("ic: a\nb");
    ck_assert_str_eq(passed, "panic: a\nb");
    feed("\n\ngoroutine 1 [running]:\nmain.main()\n");
    ck_assert_str_eq(passed, "panic: a\nb\n\ngoroutine 1 [running]:\nmain.main()\n");
    feed("\t/src");
    ck_assert_uint_eq(passed_size, strlen("panic: a\nb\n\ngoroutine 1 [running]:\nmain.main()\n"));
    ck_assert_int_eq(dump_filter_wait(filter, now), DUMP_QUIET_MS);
    tick(DUMP_QUIET_MS - 1);
    ck_assert_int_eq(dump_filter_wait(filter, now), 1);
    tick(1);
    ck_assert_int_eq(dump_filter_wait(filter, now), -1);
    ck_assert_str_eq(passed, "panic: a\nb\n\ngoroutine 1 [running]:\nmain.main()\n\t/src");
}
END_TEST

START_TEST(a_server_that_lives_on_while_it_writes)
{
    begin(true);
    feed(MESSAGE FIRST REST);
    ck_assert_str_eq(passed, MESSAGE FIRST);
    for (int i = 0; i < DUMP_QUIET_MS / 100; i++, now += 100)
        feed("line\n");
    ck_assert_str_eq(passed, MESSAGE FIRST);
    feed("line\n"); /* no tick is needed */
    ck_assert_str_eq(passed, MESSAGE FIRST REST "line\nline\nline\nline\nline\nline\n");
    now += DUMP_LAST_MS;
    end(true); /* os.Exit(2), later */
    ck_assert(!filter->is_last);
}
END_TEST

START_TEST(a_large_process_takes_its_time_to_end)
{
    begin(true);
    feed(MESSAGE FIRST REST);
    tick(DUMP_QUIET_MS);
    ck_assert_str_eq(passed, MESSAGE FIRST REST);
    now += DUMP_LAST_MS / 2;
    end(true);
    ck_assert_str_eq(passed, MESSAGE FIRST REST);
    kept_is(MESSAGE FIRST REST);
}
END_TEST

START_TEST(what_never_stops_is_not_held_for_ever)
{
    size_t fed = strlen(MESSAGE FIRST);
    begin(true);
    feed(MESSAGE FIRST);
    for (int64_t until = now + DUMP_MS_MAX; now < until; now += 100, fed += strlen(OTHER_A))
        feed(OTHER_A);
    ck_assert_uint_eq(passed_size, strlen(MESSAGE FIRST));
    feed(OTHER_A);
    ck_assert_uint_eq(passed_size, fed + strlen(OTHER_A));
    tick(DUMP_QUIET_MS - 100); /* it goes on, and is kept */
    feed(OTHER_A);
    end(true);
    ck_assert(filter->is_last);
    ck_assert_uint_eq(filter->size, fed + 2 * strlen(OTHER_A));
}
END_TEST

START_TEST(what_is_held_back_for_too_long_is_asked_for_once)
{
    begin(true);
    filter->long_ms = 300;
    feed(MESSAGE FIRST);
    now += 300;
    ck_assert(!dump_filter_is_long(filter, now)); /* nothing of the others yet */
    feed(REST);
    ck_assert(dump_filter_is_long(filter, now));
    ck_assert(!dump_filter_is_long(filter, now - 1));
    filter->is_declined = true;
    ck_assert(!dump_filter_is_long(filter, now));
    end(false);
    ck_assert_str_eq(passed, MESSAGE FIRST REST);
    begin(false); /* nothing is held back */
    filter->long_ms = 300;
    feed(MESSAGE FIRST REST);
    ck_assert(!dump_filter_is_long(filter, now + 300));
}
END_TEST

START_TEST(a_process_that_was_ended_leaves_half_a_line)
{
    begin(true);
    feed(MESSAGE FIRST REST "\ngoroutine 9 [select]:\nmain.wai");
    filter->is_ended = true;
    end(true);
    ck_assert_str_eq(passed, MESSAGE FIRST);
    begin(true);
    feed(MESSAGE FIRST REST "half a line");
    filter->is_ended = true;
    end(false); /* it was not */
    ck_assert_str_eq(passed, MESSAGE FIRST REST "half a line");
}
END_TEST

START_TEST(the_next_dump_takes_the_place_of_the_last)
{
    begin(true);
    feed(MESSAGE FIRST REST);
    tick(DUMP_QUIET_MS);
    feed("line\npanic: second\n" FIRST REST);
    end(true);
    ck_assert_str_eq(passed, MESSAGE FIRST REST "line\npanic: second\n" FIRST);
    kept_is("panic: second\n" FIRST REST);
}
END_TEST

/* GOTRACEBACK=none; main that called runtime.Goexit. */
START_TEST(a_message_alone_at_the_end)
{
    static const struct {
        const char *text;
        bool is_bare,
            is_bare_held; /* the second with GOTRACEBACK=all, which prints the goroutines of a panic */
    } texts[] = {{"log\npanic: x\n[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x64e742]\n",
                  true, false},
                 {"fatal error: x\n", true, true},
                 {"log panic: x\n", false, false},
                 {"log panic: x\npanic: y\n", true, false},
                 {"SIGQUIT: quit\n", false, false},
                 {MESSAGE FIRST, false, false}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (size_t chunk = 1; chunk < 10; chunk++) {
            const bool holds_back = chunk % 2;
            begin(holds_back);
            feed_bytes(texts[i].text, strlen(texts[i].text), chunk);
            end(true);
            ck_assert_int_eq(filter->is_bare, holds_back ? texts[i].is_bare_held : texts[i].is_bare);
            ck_assert_str_eq(passed, texts[i].text);
        }
    begin(true);
    feed("panic: only a word\n");
    tick(DUMP_QUIET_MS);
    end(true);
    ck_assert(!filter->is_bare);
}
END_TEST

START_TEST(after_the_end_all_passes)
{
    begin(true);
    feed(MESSAGE FIRST REST);
    end(true);
    end(false);
    feed(MESSAGE FIRST REST);
    ck_assert_str_eq(passed, MESSAGE FIRST MESSAGE FIRST REST);
    kept_is(MESSAGE FIRST REST);
    ck_assert_int_eq(dump_filter_wait(filter, now), -1);
}
END_TEST

START_TEST(a_message_of_a_megabyte_and_bytes_of_any_kind)
{
    static char text[700000];
    begin(true);
    memset(text, 'x', sizeof text);
    memcpy(text, "panic: a\0b\x1b[31m", 14);
    feed_bytes(text, sizeof text, 16384);
    const size_t size = passed_size;
    ck_assert_uint_eq(size, sizeof text);
    feed("\n" FIRST REST);
    ck_assert_uint_eq(passed_size, size + 1 + strlen(FIRST));
    end(true);
    ck_assert_uint_eq(filter->size, size + 1 + strlen(FIRST REST));
    ck_assert_mem_eq(filter->text, text, 100);
}
END_TEST

/* The rest passes, and what was held back before it. */
static uint64_t counted;
static void count(void *context, const char *bytes, size_t size)
{
    (void)context, (void)bytes;
    counted += size;
}

START_TEST(more_than_finds_room)
{
    const struct dump_sink counter = {count, NULL};
    static char chunk[1 << 16];
    uint64_t fed = strlen(MESSAGE FIRST);
    size_t used = 0;
    while (used + strlen(OTHER_A) < sizeof chunk)
        used += (size_t)sprintf(chunk + used, OTHER_A);
    begin(true);
    dump_filter_feed(filter, MESSAGE FIRST, fed, now, &counter);
    while (fed + used <= CRUMPLE_MAX_GO_DUMP) {
        dump_filter_feed(filter, chunk, used, now, &counter);
        fed += used;
    }
    ck_assert_uint_eq(counted, strlen(MESSAGE FIRST));
    dump_filter_feed(filter, chunk, used, now, &counter);
    dump_filter_feed(filter, chunk, used, now, &counter);
    ck_assert_uint_eq(counted, fed + 2 * used);
    for (int i = 0; i < 100; i++, now += DUMP_QUIET_MS - 1, fed += used)
        dump_filter_feed(filter, chunk, used, now, &counter);
    dump_filter_end(filter, true, now, &counter);
    ck_assert(filter->is_last);
    ck_assert_uint_eq(filter->size + filter->lost, fed + 2 * used);
    ck_assert_uint_eq(counted, fed + 2 * used);
}
END_TEST

START_TEST(a_message_that_is_too_long_is_none)
{
    const struct dump_sink counter = {count, NULL};
    static char chunk[1 << 20];
    memset(chunk, 'x', sizeof chunk);
    begin(true);
    dump_filter_feed(filter, "panic: x\n", 9, now, &counter);
    for (int i = 0; i < 3; i++)
        dump_filter_feed(filter, chunk, sizeof chunk, now, &counter);
    ck_assert_uint_eq(counted, 9 + 3 * sizeof chunk);
    ck_assert_int_eq(filter->state, DUMP_NONE);
}
END_TEST

START_TEST(others_write_more_than_finds_room)
{
    begin(true);
    feed(MESSAGE FIRST OTHER_A);
    const size_t size = strlen("somebody else writes a line\n");
    size_t fed = strlen(MESSAGE FIRST OTHER_A);
    for (; fed < DUMP_OTHERS_BYTES + 1024; fed += size)
        feed("somebody else writes a line\n");
    ck_assert_uint_eq(passed_size, fed);
    feed(REST);
    ck_assert_uint_eq(passed_size, fed + strlen(REST));
    end(true);
    ck_assert(filter->is_last);
}
END_TEST

/* Lines in any order, cut anywhere, with pauses: nothing is lost unless the end is Go's, and then only what follows from lines of
 * goroutines; the order stays. */
static const char *const anything[] = {"panic: x\n",
                                       "\tpanic: y\n",
                                       "fatal error: z\n",
                                       "SIGQUIT: quit\n",
                                       "PC=0x1 m=0 sigcode=0\n",
                                       "\n",
                                       "\r\n",
                                       "goroutine 1 [running]:\n",
                                       "goroutine 2 [select]:\n",
                                       "goroutine 3 [running, locked to thread]:\r\n",
                                       "\tgoroutine running on other thread; stack unavailable\n",
                                       "main.main()\n",
                                       "main.f(0x1, ...)\n",
                                       "\t/src/m.go:3 +0x7\n",
                                       "created by main.f\n",
                                       "talk\n",
                                       "no end ",
                                       "runtime stack:\n",
                                       "...additional frames elided...\n",
                                       "rax    0x0\n"};

static uint32_t random_state;
static uint32_t any(uint32_t below)
{
    random_state = random_state * 1664525 + 1013904223;
    return (random_state >> 8) % below;
}

/* Is it the whole with some parts left out? */
static bool is_part_of(const char *part, const char *whole)
{
    for (; *part; part++, whole++) {
        while (*whole && *whole != *part)
            whole++;
        if (!*whole)
            return false;
    }
    return true;
}

/* In lines of others. */
static size_t count_words(const char *text)
{
    size_t count = 0;
    while ((text = strstr(text, "talk"))) {
        text++;
        count++;
    }
    return count;
}

static size_t any_text(char *ret, size_t lines)
{
    size_t size = 0;
    for (size_t i = 0; i < lines; i++) {
        const char *line = anything[any(sizeof anything / sizeof *anything)];
        memcpy(ret + size, line, strlen(line) + 1);
        size += strlen(line);
    }
    return size;
}

START_TEST(any_lines_in_any_order)
{
    static char text[16384];
    for (uint32_t seed = 0; seed < 1500; seed++) {
        random_state = seed;
        const size_t size = any_text(text, 10 + any(60));
        const bool is_go_end = any(2);
        begin(any(8));
        for (size_t at = 0, n; at < size; at += n) {
            n = 1 + any(any(2) ? 3 : 200);
            n = n < size - at ? n : size - at;
            dump_filter_feed(filter, text + at, n, now, &sink);
            if (any(16) == 0)
                tick((int)any(2 * DUMP_QUIET_MS));
            ck_assert_uint_le(filter->passed_to, filter->may_pass);
            ck_assert_uint_le(filter->may_pass, filter->size);
            ck_assert_uint_le(filter->start, filter->size);
            ck_assert(filter->is_held || is_part_of(passed, text));
        }
        const bool may_drop = is_go_end && filter->has_rest;
        end(is_go_end);
        if (!may_drop)
            ck_assert_str_eq(passed, text);
        ck_assert_msg(is_part_of(passed, text), "seed %u", seed);
        ck_assert_uint_eq(count_words(passed), count_words(text));
        feed("end");
        ck_assert_str_eq(passed + passed_size - 3, "end");
    }
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, nothing_waits_before_the_first_goroutine_has_ended);
    tcase_add_test(tests, a_server_that_lives_on_while_it_writes);
    tcase_add_test(tests, a_large_process_takes_its_time_to_end);
    tcase_add_test(tests, what_never_stops_is_not_held_for_ever);
    tcase_add_test(tests, what_is_held_back_for_too_long_is_asked_for_once);
    tcase_add_test(tests, a_process_that_was_ended_leaves_half_a_line);
    tcase_add_test(tests, the_next_dump_takes_the_place_of_the_last);
    tcase_add_test(tests, a_message_alone_at_the_end);
    tcase_add_test(tests, after_the_end_all_passes);
    tcase_add_test(tests, a_message_of_a_megabyte_and_bytes_of_any_kind);
    tcase_add_test(tests, more_than_finds_room);
    tcase_add_test(tests, a_message_that_is_too_long_is_none);
    tcase_add_test(tests, any_lines_in_any_order);
    tcase_add_test(tests, others_write_more_than_finds_room);
}
