/* SPDX-License-Identifier: MIT */
/* Titles, signatures and reports of ends that Go's runtime made, from what Debian's Go has printed (tests/golang/dumps). */
#include "golang/go_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyse.h"
#include "base/stages.h"
#include "crumple_format.h"
#include "report/event_json.h"
#include "report/go_report.h"
#include "report/json.h"
#include "report/summary.h"
#include "report/text.h"
#include "../../../notes_core.h"
#include "unit.h"

static const char build[] = "go\tgo1.19.8\npath\texample.com/deaths\nmod\texample.com/deaths\t(devel)\t\n"
                            "dep\tgithub.com/a/b\tv1.2.3\th1:abc=\n";

static const char *more_info = ""; /* keys of the note */
static struct crash crash;
static struct buffer json, text, lines;

static int make_core(const char *dump, size_t size, const char *output)
{
    char info[300];
    snprintf(info, sizeof info, "event=died\nend=go\nend_status=2\nexe=/srv/deaths\npid=7\n%s", more_info);
    struct buffer notes = {0};
    notes_add(&notes, CRUMPLE_NOTE_INFO, info, strlen(info));
    notes_add(&notes, CRUMPLE_NOTE_STDERR, output, strlen(output));
    notes_add(&notes, CRUMPLE_NOTE_GO_DUMP, dump, size);
    notes_add(&notes, CRUMPLE_NOTE_GO_BUILD, build, sizeof build - 1);
    int fd = notes_core(&notes);
    buffer_release(&notes);
    return fd;
}

static void analyse(const char *dump, size_t size, const char *output)
{
    struct core_damage damage;
    int fd = make_core(dump, size, output);
    ck_assert_int_eq(crash_open(fd, "20260102T030405.000001Z-deaths-7", &crash, &damage), 0);
    ck_assert_int_eq(analyse_crash(&crash), 0);
    report_json_write(&crash, &json);
    report_text_write(&crash, &text);
    summary_write(&crash, SUMMARY_TEXT, "/var/crash/0/x.tar.zst", &lines);
    buffer_add_char(&json, '\0');
    buffer_add_char(&text, '\0');
    buffer_add_char(&lines, '\0');
    close(fd);
}

static void release(void)
{
    crash_release(&crash);
    buffer_release(&json);
    buffer_release(&text);
    buffer_release(&lines);
}

static size_t read_recorded(const char *name, char *ret_dump, size_t size)
{
    char path[400];
    snprintf(path, sizeof path, GO_DUMPS "/%s.txt", name);
    FILE *file = fopen(path, "r");
    ck_assert_msg(file, "%s", path);
    size = fread(ret_dump, 1, size, file);
    fclose(file);
    return size;
}

static void analyse_recorded(const char *name)
{
    static char dump[1 << 16];
    analyse(dump, read_recorded(name, dump, sizeof dump), "");
}
#define NIL "runtime error: invalid memory address or nil pointer dereference"

START_TEST(titles_and_signatures)
{
    static const struct {
        const char *name, *title, *signature;
    } rows[] = {
        {"nil", "Go panic: " NIL " in main.(*match).loop (main.go:22)",
         "Go panic | " NIL " | main.(*match).loop"},
        {"same-panic", "Go panic: " NIL " in main.(*match).loop (main.go:22)",
         "Go panic | " NIL " | main.(*match).loop | main.samePanic | main.main"},
        {"nil-error",
         "Go fatal error: panic while printing panic value: type runtime.errorString in main.(*nilText).Error (main.go:32)",
         "Go fatal error | panic while printing panic value: type runtime.errorString | main.(*nilText).Error | main.nilError | main.main"},
        {"lines", "Go panic: first line in main.glob..func4 (main.go:165)",
         "Go panic | first line | main.glob..func# | main.main"},
        {"index",
         "Go panic: runtime error: index out of range [7] with length 3 in main.glob..func10 (main.go:179)",
         "Go panic | runtime error: index out of range [#] with length # | main.glob..func# | main.main"},
        {"struct", "Go panic: (main.point) 0xc0000a4000 in main.glob..func6 (main.go:167)",
         "Go panic | (main.point) # | main.glob..func# | main.main"},
        {"map-writes", "Go fatal error: concurrent map writes in main.mapWrites.func1 (main.go:81)",
         "Go fatal error | concurrent map writes | main.mapWrites.func#"},
        {"asleep", "Go fatal error: all goroutines are asleep - deadlock! in main.asleep (main.go:113)",
         "Go fatal error | all goroutines are asleep - deadlock! | main.asleep | main.main"},
        {"threads", "Go fatal error: thread exhaustion", "Go fatal error | thread exhaustion"},
        {"overflow", "Go fatal error: stack overflow in main.recurse (main.go:37)",
         "Go fatal error | stack overflow | main.recurse"},
        {"plugin", "Go panic: " NIL " in example.com/module.(*match).loop (module.go:7)",
         "Go panic | " NIL
         " | example.com/module.(*match).loop | example.com/module.Loop.func# | example.com/module.Loop"},
        {"quit", "deaths was ended by SIGQUIT, which was sent to it", "Go SIGQUIT sent | deaths"},
        {"segv-sent", "deaths was ended by SIGSEGV, which was sent to it", "Go SIGSEGV sent | deaths"},
        {"read-only", "Go SIGSEGV at address 0x56631f in main.(*match).scribble (main.go:157)",
         "Go SIGSEGV | main.(*match).scribble | main.readOnly | main.main"},
        {"plugin-mismatch",
         "Go panic: plugin.Open(\"/tmp/tmp.1Y6UYnYfdx/other\"): plugin was built with a different version of package internal/cpu in main.runPlugin (main.go:147)",
         "Go panic | plugin.Open(\"/tmp/tmp.#/other\"): plugin was built with a different version of package internal/cpu | main.runPlugin | main.glob..func# | main.main"},
        {"c-abort", "Go SIGABRT in main._Cfunc_give_up (_cgo_gotypes.go:67)",
         "Go SIGABRT | main._Cfunc_give_up | main.cAbort | main.main"},
        {"c-write", "Go SIGSEGV at address 0x0 in main._Cfunc_write_null (_cgo_gotypes.go:79)",
         "Go SIGSEGV | main._Cfunc_write_null | main.cWrite | main.main"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        analyse_recorded(rows[i].name);
        ck_assert_str_eq(crash.title, rows[i].title);
        ck_assert_str_eq(crash.signature, rows[i].signature);
        release();
    }
}
END_TEST

START_TEST(the_reason_is_the_text_of_go)
{
    analyse_recorded("nil");
    ck_assert_ptr_nonnull(strstr(
        crash.reason, "panic: " NIL "; [signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x"));
    ck_assert_str_eq(crash_description(&crash),
                     "goroutine 19 panicked, and nothing recovered it (SIGSEGV at address 0x0)");
    release();
    analyse_recorded("repanic");
    ck_assert_str_eq(crash.reason, "panic: first [recovered]; panic: while cleaning up: first");
    ck_assert_str_eq(crash_description(&crash),
                     "goroutine 1 panicked, and nothing recovered it; a recover() had caught it, "
                     "and panicked again: \"while cleaning up: first\"");
    release();
}
END_TEST

START_TEST(the_words_before_abort)
{
    static const char *const said[][2] = {
        {"c.go:9: f: Assertion `x == 1' failed.\n", "c.go:9: f: Assertion `x == 1' failed.; SIGABRT"},
        {"ready\n", "SIGABRT: abort; PC="}};
    static char dump[1 << 16], output[1 << 16];
    const size_t size = read_recorded("c-abort", dump, sizeof dump);
    for (size_t i = 0; i < 2; i++) {
        snprintf(output, sizeof output, "%s%.*s", said[i][0], (int)size, dump);
        analyse(dump, size, output);
        ck_assert_ptr_eq(strstr(crash.reason, said[i][1]), crash.reason);
        release();
    }
}
END_TEST

START_TEST(messages_without_words)
{
    static const struct {
        const char *message, *title;
        size_t size;
    } rows[] = {{"", "Go panic: (no message) in main.f (f.go:1)", 0},
                {"\n  two", "Go panic: two in main.f (f.go:1)", 6},
                {"a\0b", "Go panic: a in main.f (f.go:1)", 3}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buffer dump = {0};
        buffer_add_text(&dump, "panic: ");
        buffer_add(&dump, rows[i].message, rows[i].size);
        buffer_add_text(&dump, "\n\ngoroutine 1 [running]:\nmain.f()\n\t/f.go:1 +0x1d\n");
        analyse(dump.data, dump.size, "");
        ck_assert_str_eq(crash.title, rows[i].title);
        buffer_release(&dump);
        release();
    }
}
END_TEST

/* A stop that was asked for may be why. */
START_TEST(what_had_been_asked_for)
{
    more_info = "sent_signal=15\nsent_ms=3000\nuptime_ms=60000\n";
    analyse_recorded("map-writes");
    ck_assert_ptr_nonnull(strstr(crash_description(&crash),
                                 ", which no recover() prevents; crumple-run had sent it SIGTERM 3 s "
                                 "before; it had run for 1 min"));
    more_info = "";
    release();
}
END_TEST

/* Frame 0 of the first thread is the place of the cause, with its file and line. */
START_TEST(the_report_has_the_frames)
{
    analyse_recorded("same-panic");
    ck_assert_ptr_nonnull(
        strstr(json.data, "\"threads\":[{\"tid\":0,\"name\":\"goroutine 1\",\"crashed\":true,"));
    ck_assert_ptr_nonnull(strstr(
        json.data, "\"frames\":[{\"pc\":null,\"module\":\"example.com/deaths\",\"offset\":null,"
                   "\"build_id\":null,\"function\":\"main.(*match).loop\",\"function_offset\":\"0x4\","
                   "\"file\":\"example.com/deaths/main.go\",\"line\":22,\"sp\":null,\"trust\":\"printed\"}"));
    ck_assert_ptr_nonnull(
        strstr(json.data, "\"go\":{\"version\":\"go1.19.8\",\"module\":\"example.com/deaths\","
                          "\"module_version\":\"(devel)\",\"kind\":\"panic\",\"message\":\"" NIL "\""));
    ck_assert_ptr_nonnull(
        strstr(json.data, "\"recovered\":true,\"sent\":false,\"goroutine\":1,\"state\":\"running\""));
    ck_assert_ptr_nonnull(
        strstr(json.data, "\"deps\":[{\"path\":\"github.com/a/b\",\"version\":\"v1.2.3\"}]"));
    ck_assert_ptr_nonnull(strstr(lines.data, "  #0 main.(*match).loop (main.go:22)\n"));
    release();
}
END_TEST

START_TEST(goroutines_for_people)
{
    analyse_recorded("quit");
    ck_assert_ptr_nonnull(
        strstr(text.data, "  3 x chan receive (goroutine 19 and others)\n    main.worker (main.go:44)\n"));
    ck_assert_ptr_nonnull(strstr(text.data, "    created by main.workers (main.go:52)\n"));
    ck_assert_ptr_nonnull(strstr(text.data, "  4 of Go's runtime itself\n"));
    ck_assert_ptr_nonnull(strstr(json.data, "\"threads\":[]"));
    ck_assert_ptr_null(strstr(lines.data, "#0 "));
    release();
}
END_TEST

static const char one
    [] =
        "panic: login token=hunter2 of 10.0.0.1:80 failed \x1b[31m|\n\ngoroutine 7 [running] {token: hunter2}:\n"
        "plugin/unnamed-ce248d8f9d768031eefa67e8ddfe1d3e72f3d400.(*Match).Loop.func2.1(...)\n\t/src/match.go:42\n"
        "created by main.main\n\t/src/main.go:9 +0x1\n",
 another[] =
     "panic: login token=secret of 10.9.0.4:8080 failed |\n\ngoroutine 9 [running]:\n"
     "plugin/unnamed-0123456789012345678901234567890123456789.(*Match).Loop.func3.2(...)\n\t/src/match.go:99\n"
     "created by main.main\n\t/src/main.go:9 +0x1\n";

/* Numbers of a message, the hash of a plugin, the lines and the compiler's numbers of closures. */
START_TEST(a_rebuild_is_the_same_group)
{
    analyse(one, sizeof one - 1, "");
    ck_assert_str_eq(
        crash.signature,
        "Go panic | login token=[redacted] of # failed _ | plugin/unnamed.(*Match).Loop.func#.#");
    release();
    analyse(another, sizeof another - 1, "");
    ck_assert_str_eq(
        crash.signature,
        "Go panic | login token=[redacted] of # failed _ | plugin/unnamed.(*Match).Loop.func#.#");
    release();
}
END_TEST

/* With GOTRACEBACK=crash Go prints what the compiler made for the 'go' statement, too; without it, a closure on one line is a frame. */
START_TEST(a_go_statement_is_no_frame)
{
    static const char all
        [] =
            "panic: x\n\ngoroutine 7 [running]:\nmain.(*T).f(0x0)\n\t/m.go:42 +0x1\nmain.main.func1()\n\t/m.go:9 +0x2\n"
            "runtime.goexit()\n\t/usr/lib/go/src/runtime/asm_amd64.s:1594 +0x1\ncreated by main.main\n\t/m.go:9 +0x1\n",
     alone[] =
         "panic: x\n\ngoroutine 7 [running]:\nmain.main.func1()\n\t/m.go:9 +0x2\ncreated by main.main\n\t/m.go:9 +0x1\n";
    analyse(all, sizeof all - 1, "");
    ck_assert_str_eq(crash.signature, "Go panic | x | main.(*T).f");
    release();
    analyse(alone, sizeof alone - 1, "");
    ck_assert_str_eq(crash.signature, "Go panic | x | main.main.func#");
    release();
}
END_TEST

static bool has_control(const struct buffer *shown)
{
    for (size_t at = 0; at + 1 < shown->size; at++)
        if ((unsigned char)shown->data[at] < ' ' && shown->data[at] != '\n')
            return true;
    return false;
}

START_TEST(secrets_and_control_characters)
{
    struct buffer member = {0};
    analyse(one, sizeof one - 1, "");
    ck_assert(!has_control(&json) && !has_control(&text) && !has_control(&lines));
    ck_assert_ptr_null(strstr(json.data, "hunter2"));
    ck_assert_ptr_null(strstr(text.data, "hunter2"));
    ck_assert_ptr_null(strstr(lines.data, "hunter2"));
    go_dump_member(crash.notes.go_dump, &member);
    buffer_add_char(&member, '\0');
    ck_assert_ptr_null(strstr(member.data, "hunter2"));
    ck_assert_ptr_nonnull(strstr(member.data, "goroutine 7 [running] {token: "));
    buffer_release(&member);
    release();
}
END_TEST

/* The dump has a member of its own: the last lines before it say more. */
START_TEST(the_output_ends_before_the_dump)
{
    static char dump[4096], output[8192] = "listening\nlast tick\n";
    size_t size = read_recorded("nil", dump, sizeof dump);
    memcpy(output + strlen(output), dump, size);
    analyse(dump, size, output);
    ck_assert_ptr_nonnull(strstr(json.data, "\"stderr\":\"listening\\nlast tick\\n\"}"));
    ck_assert_ptr_nonnull(strstr(text.data, "stderr, the last lines:\n  listening\n  last tick\n"));
    release();
}
END_TEST

/* The dump begins with the fatal error; what the runtime said of it before is part of the reason. */
START_TEST(words_before_a_fatal_error)
{
    static const char
        dump[] =
            "fatal error: out of memory\n\ngoroutine 7 [running]:\nmain.f()\n\t/m.go:1 +0x1\n...23 frames elided...\n"
            "main.g()\n\t/m.go:2 +0x1\n",
        output[] = "runtime: of the server\nlistening\nruntime: out of memory: cannot allocate 8-byte block\n"
                   "fatal error: out of memory\n";
    analyse(dump, sizeof dump - 1, output);
    ck_assert_str_eq(crash.reason,
                     "runtime: out of memory: cannot allocate 8-byte block; fatal error: out of memory");
    ck_assert_ptr_nonnull(
        strstr(text.data, "  #0 main.f (m.go:1)\n  #1 ...23 frames elided...\n  #2 main.g (m.go:2)\n"));
    ck_assert_str_eq(crash.signature, "Go fatal error | out of memory | main.f | main.g");
    release();
}
END_TEST

/* With GOTRACEBACK=none, or cut by a limit. */
START_TEST(no_goroutine)
{
    static const char dump[] = "panic: x\n";
    analyse(dump, sizeof dump - 1, "");
    ck_assert_str_eq(crash.title, "Go panic: x");
    ck_assert_str_eq(crash.signature, "Go panic | x");
    ck_assert_str_eq(crash_description(&crash), "a goroutine panicked, and nothing recovered it");
    ck_assert_ptr_nonnull(strstr(lines.data, ", no goroutine was printed, "));
    ck_assert_ptr_nonnull(strstr(json.data, "\"threads\":[]"));
    release();
}
END_TEST

/* What is no dump, and what is left when the stage is left out: an end with a status. */
START_TEST(nothing_that_can_be_read)
{
    analyse("hello\n", 6, "");
    ck_assert_str_eq(crash.title, "deaths ended with status 2");
    ck_assert_ptr_null(strstr(json.data, "\"go\":"));
    release();
    stage_leave_out(STAGE_GOROUTINES, STAGE_HUNG);
    analyse_recorded("nil");
    ck_assert_str_eq(crash.title, "deaths ended with status 2");
    ck_assert_ptr_nonnull(strstr(json.data, "goroutines: crumple-writer hung there"));
    release();
}
END_TEST

/* Those of the goroutine that ends the process, and of no other one. */
START_TEST(labels)
{
    static const char dump[] =
        "panic: on purpose\n\ngoroutine 7 [running] {mid: \"4f2c\", \"user id\": \"7\", password: \"hunter2\", tick: \"77\"}:\n"
        "main.f()\n\t/src/a.go:3 +0x1d\n\ngoroutine 8 [chan receive] {mid: \"other\"}:\nmain.g()\n\t/src/a.go:4 +0x1d\n";
    static const char sent[] =
        "SIGQUIT: quit\nPC=0x46e1c1 m=0 sigcode=0\n\ngoroutine 7 [running] {mid: \"4f2c\"}:\n"
        "main.f()\n\t/src/a.go:3 +0x1d\n";
    analyse(dump, sizeof dump - 1, "");
    ck_assert_ptr_nonnull(strstr(json.data, "\"labels\":{\"match_id\":\"4f2c\",\"tick\":\"77\"}"));
    ck_assert_ptr_nonnull(strstr(json.data, "\"tags\":{\"match_id\":\"4f2c\",\"tick\":\"77\"}"));
    ck_assert_ptr_nonnull(strstr(text.data, "match_id=4f2c, tick=77\n"));
    ck_assert_ptr_null(strstr(crash.signature, "4f2c"));
    release();
    analyse(sent, sizeof sent - 1, "");
    ck_assert_ptr_nonnull(strstr(json.data, "\"labels\":{}"));
    ck_assert_ptr_null(strstr(json.data, "\"tags\""));
    release();
}
END_TEST

START_TEST(names)
{
    static const char *const rows[][2] = {
        {"main.init.0", "main.init.#"},
        {"main.(*T).f.gowrap12", "main.(*T).f.gowrap#"},
        {"main.f.deferwrap1", "main.f.deferwrap#"},
        {"main.f.func1.2.3", "main.f.func#.#.#"},
        {"example.com/v2.f3", "example.com/v2.f3"},
        {"example.com/a.b2/c.F", "example.com/a.b2/c.F"},
        {"main.function1", "main.function1"},
        {"main.Map[...].func1", "main.Map[...].func#"},
        {"plugin/unnamed-abc.F", "plugin/unnamed-abc.F"},
        {"a|b\n.F", "a_b_.F"},
    };
    char name[100];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        go_words_normalise(rows[i][0], strlen(rows[i][0]), name, sizeof name);
        ck_assert_str_eq(name, rows[i][1]);
    }
    go_words_normalise("main.function", 13, name, 5);
    ck_assert_str_eq(name, "main");
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, titles_and_signatures);
    tcase_add_test(tests, the_reason_is_the_text_of_go);
    tcase_add_test(tests, the_words_before_abort);
    tcase_add_test(tests, messages_without_words);
    tcase_add_test(tests, what_had_been_asked_for);
    tcase_add_test(tests, the_report_has_the_frames);
    tcase_add_test(tests, goroutines_for_people);
    tcase_add_test(tests, a_rebuild_is_the_same_group);
    tcase_add_test(tests, a_go_statement_is_no_frame);
    tcase_add_test(tests, secrets_and_control_characters);
    tcase_add_test(tests, the_output_ends_before_the_dump);
    tcase_add_test(tests, words_before_a_fatal_error);
    tcase_add_test(tests, no_goroutine);
    tcase_add_test(tests, nothing_that_can_be_read);
    tcase_add_test(tests, labels);
    tcase_add_test(tests, names);
}
