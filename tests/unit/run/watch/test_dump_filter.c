/* SPDX-License-Identifier: MIT */
/* What passes of a dump, what is held back, and for how long: texts as Go 1.19 prints them, cut anywhere. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "unit.h"
#include "watch/dump_filter.h"

#define MESSAGE "panic: all is lost\n"
#define FIRST                                                                                                \
    "\ngoroutine 1 [running]:\n"                                                                             \
    "main.explode(0x7, {0xc0000140a8?, 0x1})\n\t/src/main.go:7 +0x1d\n"                                      \
    "main.main()\n\t/src/main.go:3 +0x72\n"
#define OTHER_A   "\ngoroutine 6 [chan receive, 5 minutes]:\nmain.wait(0x0?, 0x0?)\n\t/src/main.go:24 +0x31\n"
#define CREATED_A "created by main.others\n\t/src/main.go:33 +0x54\n"
#define RUNNING                                                                                              \
    "\ngoroutine 9 [running]:\n\tgoroutine running on other thread; stack unavailable\n"                     \
    "created by main.others\n\t/src/main.go:33 +0x54\n"
#define REST OTHER_A CREATED_A RUNNING OTHER_A CREATED_A

static struct dump_filter the_filter, *const filter = &the_filter;
static char passed[1 << 20];
static size_t passed_size;
static int passes;
static int64_t now;

static void take(void *context, const char *bytes, size_t size)
{
    (void)context;
    ck_assert_uint_le(passed_size + size, sizeof passed - 1);
    memcpy(passed + passed_size, bytes, size);
    passed_size += size;
    passed[passed_size] = '\0';
    passes++;
}
static const struct dump_sink sink = {take, NULL};

static void begin(bool holds_back)
{
    memset(filter, 0, offsetof(struct dump_filter, others));
    filter->holds_back = holds_back;
    passed_size = 0;
    passed[0] = '\0';
    passes = 0;
    now = 1000;
}

static void feed_bytes(const char *bytes, size_t size, size_t chunk)
{
    for (size_t at = 0; at < size; at += chunk)
        dump_filter_feed(filter, bytes + at, size - at < chunk ? size - at : chunk, now, &sink);
}

static void feed(const char *text)
{
    feed_bytes(text, strlen(text), strlen(text));
}

static void end(bool is_go_end)
{
    dump_filter_end(filter, is_go_end, now, &sink);
}

static void tick(int ms)
{
    now += ms;
    dump_filter_tick(filter, now, &sink);
}

static void kept_is(const char *text)
{
    ck_assert(filter->is_last);
    ck_assert_uint_eq(filter->size - filter->start, strlen(text));
    ck_assert_mem_eq(filter->text + filter->start, text, strlen(text));
}

/* In chunks of each size: with Go's status, without it, and if the process lives on. dump NULL: none is seen. */
static void expect(bool holds_back, const char *text, const char *with_go_end, const char *dump)
{
    const size_t size = strlen(text);
    for (size_t chunk = 1; chunk <= size; chunk += chunk < 20 ? 1 : 41) {
        begin(holds_back);
        feed_bytes(text, size, chunk);
        end(true);
        ck_assert_str_eq(passed, with_go_end);
        if (dump)
            kept_is(dump);
        else
            ck_assert(!filter->is_last);
        begin(holds_back);
        feed_bytes(text, size, chunk);
        end(false);
        ck_assert_str_eq(passed, text);
        begin(holds_back);
        feed_bytes(text, size, chunk);
        tick(DUMP_QUIET_MS);
        ck_assert_str_eq(passed, text);
        feed("more\n");
        ck_assert_uint_eq(passed_size, size + 5);
    }
}

START_TEST(a_panic_passes_its_message_and_the_first_goroutine)
{
    expect(true, "log\n" MESSAGE FIRST REST, "log\n" MESSAGE FIRST, MESSAGE FIRST REST);
    expect(true, MESSAGE FIRST, MESSAGE FIRST, MESSAGE FIRST);
}
END_TEST

START_TEST(all_passes_where_crumple_has_not_asked_for_it)
{
    expect(false, MESSAGE FIRST REST, MESSAGE FIRST REST, MESSAGE FIRST REST);
}
END_TEST

START_TEST(a_nil_pointer_after_a_line_without_end)
{
    static const char dump[] =
        "panic: runtime error: invalid memory address or nil pointer dereference\n"
        "[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x64e6a2]\n" FIRST;
    char text[1024], whole[1024], kept[1024];
    snprintf(text, sizeof text, "loading...%s", dump);
    snprintf(whole, sizeof whole, "loading...%s" REST, dump);
    snprintf(kept, sizeof kept, "%s" REST, dump);
    expect(true, whole, text, kept);
}
END_TEST

START_TEST(nested_and_repanicked)
{
    static const char text[] = "panic: first [recovered]\n\tpanic: second\n" FIRST;
    expect(true, "panic: first [recovered]\n\tpanic: second\n" FIRST REST, text,
           "panic: first [recovered]\n\tpanic: second\n" FIRST REST);
}
END_TEST

START_TEST(a_message_of_several_lines_with_goroutines_in_it)
{
    expect(true, "panic: first\n\nsecond\n\n" FIRST REST, "panic: first\n\nsecond\n\n" FIRST,
           "panic: first\n\nsecond\n\n" FIRST REST);
    expect(true, "panic: worker:\n" FIRST OTHER_A "\n" FIRST REST,
           "panic: worker:\n" FIRST OTHER_A "\n" FIRST, "panic: worker:\n" FIRST OTHER_A "\n" FIRST REST);
    expect(true, "panic: worker:\n" FIRST "\n" FIRST REST, "panic: worker:\n" FIRST "\n" FIRST,
           "panic: worker:\n" FIRST "\n" FIRST REST);
}
END_TEST

START_TEST(fatal_errors_and_signals_pass_whole)
{
    static const char *const whole[] = {
        "fatal error: all goroutines are asleep - deadlock!\n" OTHER_A CREATED_A OTHER_A,
        "fatal error: stack overflow\n\nruntime stack:\nruntime.throw({0x6c?, 0x8?})\n\t/go/panic.go:1047 +0x5d fp=0x7 "
        "sp=0x7 pc=0x4\n" FIRST REST,
        "SIGQUIT: quit\nPC=0x466500 m=0 sigcode=0\n\ngoroutine 0 [idle]:\nruntime.epollwait()\n\t/go/sys.s:706 +0x20\n" REST
        "\nrax    0xfffffffffffffffc\nrip    0x466500\n",
        "SIGSEGV: segmentation violation\nPC=0x46 m=0 sigcode=1\nsignal arrived during cgo execution\n" FIRST
            REST};
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        expect(true, whole[i], whole[i], whole[i]);
        ck_assert_int_eq(filter->has_signal, i >= 2);
    }
}
END_TEST

START_TEST(a_terminal_s_lines)
{
    expect(
        true,
        "panic: x\r\n\r\ngoroutine 1 [running]:\r\nmain.main()\r\n\t/m.go:3 +0x7\r\n\r\ngoroutine 2 [select]:\r\n",
        "panic: x\r\n\r\ngoroutine 1 [running]:\r\nmain.main()\r\n\t/m.go:3 +0x7\r\n",
        "panic: x\r\n\r\ngoroutine 1 [running]:\r\nmain.main()\r\n\t/m.go:3 +0x7\r\n\r\ngoroutine 2 [select]:\r\n");
}
END_TEST

START_TEST(lines_of_others_pass_in_order)
{
    static const char text[] =
        MESSAGE "talk 1\n" FIRST "talk 2\n"
                "\ntalk 3\ngoroutine 6 [chan receive]:\ntalk 4\nmain.wait(0x0?, 0x0?)\ntalk "
                "5\n\t/src/main.go:24 +0x31\n\ntalk 6\n"
                "goroutine 9 [running]:\ntalk 7\n\tgoroutine running on other thread; stack "
                "unavailable\ntalk 8\nlast";
    expect(true, text,
           MESSAGE "talk 1\n" FIRST "talk 2\ntalk 3\ntalk 4\ntalk 5\ntalk 6\ntalk 7\ntalk 8\nlast", text);
    /* An empty line of somebody else, and no other goroutine. */
    expect(true, MESSAGE FIRST "\ntalk\n\nsecond\n", MESSAGE FIRST "\ntalk\n\nsecond\n",
           MESSAGE FIRST "\ntalk\n\nsecond\n");
}
END_TEST

START_TEST(two_threads_that_panic)
{
    static const char second[] =
        "panic: left\n\ngoroutine 20 [running]:\nmain.left()\n\t/src/main.go:9 +0x2\n";
    char text[2048], with_go_end[1024];
    snprintf(text, sizeof text, MESSAGE FIRST REST "%s", second);
    snprintf(with_go_end, sizeof with_go_end, MESSAGE FIRST "%s", second);
    expect(true, text, with_go_end, text);
    snprintf(text, sizeof text, MESSAGE FIRST "%s", second); /* there was no other goroutine */
    expect(true, text, text, text);
}
END_TEST

START_TEST(another_process_s_dump_just_before)
{
    expect(true, "panic: of a child\n" FIRST REST MESSAGE FIRST "talk\n" REST,
           "panic: of a child\n" FIRST MESSAGE FIRST "talk\n", MESSAGE FIRST "talk\n" REST);
    expect(true, "panic: of a child\n" FIRST REST MESSAGE FIRST "\ntalk\n",
           "panic: of a child\n" FIRST MESSAGE FIRST "\ntalk\n",
           "panic: of a child\n" FIRST REST MESSAGE FIRST "\ntalk\n");
}
END_TEST

START_TEST(a_signal_and_a_fatal_error_in_a_dump)
{
    static const char quit[] = "SIGQUIT: quit\nPC=0x466500 m=0 sigcode=0\n" OTHER_A;
    static const char fatal[] =
        "fatal error: out of memory\n\nruntime stack:\nruntime.throw({0x6c?})\n\t/go/panic.go:1 +0x5\n";
    char text[2048], with_go_end[2048];
    snprintf(text, sizeof text, MESSAGE FIRST REST "%s", quit);
    snprintf(with_go_end, sizeof with_go_end, MESSAGE FIRST "%s", quit);
    expect(true, text, with_go_end, text);
    snprintf(text, sizeof text, MESSAGE FIRST "%s", quit);
    expect(true, text, text, text);
    snprintf(text, sizeof text, MESSAGE FIRST REST "%s", fatal);
    snprintf(with_go_end, sizeof with_go_end, MESSAGE FIRST "%s", fatal);
    expect(true, text, with_go_end, text);
    snprintf(text, sizeof text, "panic: x\n%s", fatal);
    expect(true, text, text, fatal);
}
END_TEST

START_TEST(words_are_no_dump)
{
    static const char *const texts[] = {
        "panic: only a word\nline 1\nline 2\n",
        "http: panic serving 127.0.0.1:80: boom\ngoroutine 34 [running]:\nnet/http.f()\n\t/h.go:1 +0x2\n",
        "{\"msg\":\"fatal error: x\"}\n{}\n",
        "panic: recovered\n\ngoroutine 6 [select]:\nmain.f()\n\t/h.go:1 +0x2\n",
        "SIGSEGV: segmentation violation\nnothing more\n",
        "SIGSEGV: was sent\nPC=0x46 m=0\n",
        "PANIC: A\n\ngoroutine 1 [running]:\n",
        "no end of the line: panic: "};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        expect(true, texts[i], texts[i], NULL);
}
END_TEST

START_TEST(a_word_before_a_dump_is_not_of_it)
{
    expect(true, "panic: only a word\nline 1\n" MESSAGE FIRST REST,
           "panic: only a word\nline 1\n" MESSAGE FIRST, MESSAGE FIRST REST);
    begin(true);
    feed("panic: only a word\n");
    tick(DUMP_QUIET_MS);
    feed("fatal error: x\n" FIRST);
    end(true);
    kept_is("fatal error: x\n" FIRST);
}
END_TEST

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
    for (int64_t until = now + DUMP_MOST_MS; now < until; now += 100, fed += strlen(OTHER_A))
        feed(OTHER_A);
    ck_assert_uint_eq(passed_size, strlen(MESSAGE FIRST));
    feed(OTHER_A);
    ck_assert_uint_eq(passed_size, fed + strlen(OTHER_A));
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
    dump_filter_end(filter, true, now, &counter);
    ck_assert(filter->is_last);
    ck_assert_uint_eq(filter->size + filter->lost, fed + 2 * used);
    ck_assert_uint_eq(counted, fed + 2 * used);
}
END_TEST

START_TEST(a_word_before_more_than_finds_room)
{
    const struct dump_sink counter = {count, NULL};
    static char chunk[1 << 20];
    memset(chunk, 'x', sizeof chunk);
    begin(true);
    dump_filter_feed(filter, "panic: x\n", 9, now, &counter);
    for (int i = 0; i < 34; i++)
        dump_filter_feed(filter, chunk, sizeof chunk, now, &counter);
    ck_assert_uint_eq(counted, 9 + 34 * sizeof chunk);
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
    tcase_add_test(tests, a_panic_passes_its_message_and_the_first_goroutine);
    tcase_add_test(tests, all_passes_where_crumple_has_not_asked_for_it);
    tcase_add_test(tests, a_nil_pointer_after_a_line_without_end);
    tcase_add_test(tests, nested_and_repanicked);
    tcase_add_test(tests, a_message_of_several_lines_with_goroutines_in_it);
    tcase_add_test(tests, fatal_errors_and_signals_pass_whole);
    tcase_add_test(tests, a_terminal_s_lines);
    tcase_add_test(tests, lines_of_others_pass_in_order);
    tcase_add_test(tests, two_threads_that_panic);
    tcase_add_test(tests, another_process_s_dump_just_before);
    tcase_add_test(tests, a_signal_and_a_fatal_error_in_a_dump);
    tcase_add_test(tests, words_are_no_dump);
    tcase_add_test(tests, a_word_before_a_dump_is_not_of_it);
    tcase_add_test(tests, nothing_waits_before_the_first_goroutine_has_ended);
    tcase_add_test(tests, a_server_that_lives_on_while_it_writes);
    tcase_add_test(tests, a_large_process_takes_its_time_to_end);
    tcase_add_test(tests, what_never_stops_is_not_held_for_ever);
    tcase_add_test(tests, the_next_dump_takes_the_place_of_the_last);
    tcase_add_test(tests, after_the_end_all_passes);
    tcase_add_test(tests, a_message_of_a_megabyte_and_bytes_of_any_kind);
    tcase_add_test(tests, more_than_finds_room);
    tcase_add_test(tests, a_word_before_more_than_finds_room);
    tcase_add_test(tests, any_lines_in_any_order);
    tcase_add_test(tests, others_write_more_than_finds_room);
}
