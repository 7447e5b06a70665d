/* SPDX-License-Identifier: MIT */
/* What passes of a dump, and what is held back: texts as Go 1.19 prints them, cut anywhere. */
#include <stdio.h>
#include <string.h>

#include "run/watch/dump_feed.h"
#include "unit.h"

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
        "fatal error: concurrent map writes\nfatal error: concurrent map writes\n" FIRST REST,
        "fatal error: stack overflow\n\nruntime stack:\nruntime.throw({0x6c?, 0x8?})\n\t/go/panic.go:1047 +0x5d fp=0x7 "
        "sp=0x7 pc=0x4\n" FIRST REST,
        "SIGQUIT: quit\nPC=0x466500 m=0 sigcode=0\n\ngoroutine 0 [idle]:\nruntime.epollwait()\n\t/go/sys.s:706 +0x20\n" REST
        "\nrax    0xfffffffffffffffc\nrip    0x466500\n",
        "SIGSEGV: segmentation violation\nPC=0x46 m=0 sigcode=1\nsignal arrived during cgo execution\n" FIRST
            REST};
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        expect(true, whole[i], whole[i], whole[i]);
        ck_assert_int_eq(filter->has_signal, i >= 3);
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

START_TEST(a_line_of_others_within_one_of_go_s)
{
    static const char text[] = MESSAGE FIRST
        "\ngoroutine 9 [running]:\n\tgoroutine running on other thread; stack unavailable<1>\n\ncreated by "
        "<2>\nmain.others\n\t/src/main.go:33 +0x54<3>\n\n\ngoroutine 6 [select]:\n";
    expect(true, text,
           MESSAGE FIRST
           "\tgoroutine running on other thread; stack unavailable<1>\ncreated by <2>\nmain.others\n"
           "\t/src/main.go:33 +0x54<3>\n\n",
           text);
}
END_TEST

START_TEST(a_first_goroutine_whose_head_is_broken)
{
    static const char text[] =
        MESSAGE "\ngoroutine <1>\n1 [running]:\nmain.main()\n\t/src/main.go:3 +0x72\n" OTHER_A;
    expect(true, text, text, text);
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

START_TEST(another_process_s_dump_that_is_not_held_back)
{
    expect(false, "panic: of a child\n" FIRST REST MESSAGE FIRST REST,
           "panic: of a child\n" FIRST REST MESSAGE FIRST REST, MESSAGE FIRST REST);
    /* Or another thread's: it cannot be told. */
    expect(false, "panic: first\n" FIRST MESSAGE FIRST, "panic: first\n" FIRST MESSAGE FIRST,
           "panic: first\n" FIRST MESSAGE FIRST);
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
    tcase_add_test(tests, a_line_of_others_within_one_of_go_s);
    tcase_add_test(tests, a_first_goroutine_whose_head_is_broken);
    tcase_add_test(tests, two_threads_that_panic);
    tcase_add_test(tests, another_process_s_dump_just_before);
    tcase_add_test(tests, another_process_s_dump_that_is_not_held_back);
    tcase_add_test(tests, a_signal_and_a_fatal_error_in_a_dump);
    tcase_add_test(tests, words_are_no_dump);
    tcase_add_test(tests, a_word_before_a_dump_is_not_of_it);
}
