/* SPDX-License-Identifier: MIT */
/* Whole dumps: those that Debian's Go has printed (tests/golang/dumps), as they are, cut, and with log lines in them. */
#include "go_dump.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

struct text {
    char *bytes; /* exactly size: who reads behind it is seen */
    size_t size;
};

static struct text recorded(const char *name)
{
    char path[400];
    struct text text = {malloc(1 << 20), 0};
    snprintf(path, sizeof path, GO_DUMPS "/%s.txt", name);
    FILE *file = fopen(path, "r");
    ck_assert_msg(file, "%s", path);
    text.size = fread(text.bytes, 1, 1 << 20, file);
    fclose(file);
    text.bytes = realloc(text.bytes, text.size);
    return text;
}

static void read_dump(struct text text, struct go_dump *ret_dump)
{
    ck_assert_int_eq(go_dump_read(text.bytes, text.size, ret_dump), 0);
}

static void is_text(struct go_text found, const char *wanted)
{
    ck_assert_msg(found.size == strlen(wanted) && memcmp(found.at, wanted, found.size) == 0,
                  "'%.*s', not '%s'", (int)found.size, found.at, wanted);
}

/* Where the cause is, in the goroutine that ends the process. */
static const struct go_frame *cause(const struct go_dump *dump)
{
    ck_assert_uint_gt(dump->group_count, 0);
    ck_assert_uint_gt(dump->groups[0].frame_count, go_dump_end_frames(dump));
    return &dump->frames[dump->groups[0].frame + go_dump_end_frames(dump)];
}

#define NIL "runtime error: invalid memory address or nil pointer dereference"

static const struct {
    const char *name;
    enum go_dump_kind kind;
    const char *message, *function;
    uint64_t goroutines;
} rows[] = {
    {"nil", GO_DUMP_PANIC, NIL, "main.(*match).loop", 2},
    {"error", GO_DUMP_PANIC, "open score: file does not exist", "main.glob..func2", 1},
    {"stringer", GO_DUMP_PANIC, "spoken", "main.glob..func3", 1},
    {"lines", GO_DUMP_PANIC, "first line\nsecond line\n\ngoroutine 7 [running]:\nfourth.line()",
     "main.glob..func4", 1},
    {"number", GO_DUMP_PANIC, "main.number(7)", "main.glob..func5", 1},
    {"bad-error", GO_DUMP_FATAL, "panic while printing panic value: no text for this error",
     "main.badError.Error", 5},
    {"repanic", GO_DUMP_PANIC, "first", "main.repanic", 1},
    {"same-panic", GO_DUMP_PANIC, NIL, "main.(*match).loop", 1},
    {"stack", GO_DUMP_PANIC, NIL, "main.(*match).loop", 1},
    {"nested", GO_DUMP_PANIC, "first", "main.nested", 1},
    {"goexit-panic", GO_DUMP_PANIC, "after Goexit", "main.goexitPanic.func1", 1},
    {"goexit", GO_DUMP_FATAL, "all goroutines are asleep - deadlock!", "main.goexit.func1", 1},
    {"asleep", GO_DUMP_FATAL, "all goroutines are asleep - deadlock!", "sync.(*Mutex).lockSlow", 2},
    {"asleep-crash", GO_DUMP_FATAL, "all goroutines are asleep - deadlock!", "sync.(*Mutex).lockSlow", 6},
    {"map-writes", GO_DUMP_FATAL, "concurrent map writes", "main.mapWrites.func1", 5},
    {"overflow", GO_DUMP_FATAL, "stack overflow", "main.recurse", 5},
    {"huge", GO_DUMP_FATAL, "runtime: out of memory", "main.glob..func9", 5},
    {"memory", GO_DUMP_FATAL, "failed to reserve page summary memory", "runtime.throw", 0},
    {"threads", GO_DUMP_FATAL, "thread exhaustion", "runtime.throw", 45},
    {"index", GO_DUMP_PANIC, "runtime error: index out of range [7] with length 3", "main.glob..func10", 1},
    {"locked", GO_DUMP_PANIC, "others run, sleep and are locked", "main.locked", 4},
    {"quit", GO_DUMP_SIGNAL, "SIGQUIT: quit", "runtime/internal/syscall.Syscall6", 8},
    {"c-write", GO_DUMP_FATAL, "unexpected signal during runtime execution", "main._Cfunc_write_null", 5},
    {"c-abort", GO_DUMP_SIGNAL, "SIGABRT: abort", "main._Cfunc_give_up", 5},
    {"c-back", GO_DUMP_PANIC, NIL, "main.(*match).loop", 1},
    {"plugin", GO_DUMP_PANIC, NIL, "example.com/module.(*match).loop", 1},
};

START_TEST(recorded_deaths)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct text text = recorded(rows[i].name);
        struct go_dump dump;
        read_dump(text, &dump);
        ck_assert_msg(dump.kind == rows[i].kind, "%s: kind %d", rows[i].name, dump.kind);
        is_text(dump.message, rows[i].message);
        is_text(cause(&dump)->function, rows[i].function);
        ck_assert_msg(dump.goroutines == rows[i].goroutines, "%s: %lu goroutines", rows[i].name,
                      dump.goroutines);
        ck_assert(!dump.is_cut);
        go_dump_release(&dump);
        free(text.bytes);
    }
}
END_TEST

/* Wherever it ends: with a limit of bytes, or because the process was killed meanwhile. */
START_TEST(every_beginning_of_each)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct text text = recorded(rows[i].name);
        for (size_t size = 0; size < text.size; size += size < 700 ? 1 : 97) {
            struct text part = {malloc(size ? size : 1), size};
            struct go_dump dump;
            memcpy(part.bytes, text.bytes, size);
            read_dump(part, &dump);
            ck_assert(size == 0 || dump.is_cut == (part.bytes[size - 1] != '\n'));
            (void)go_dump_end_frames(&dump);
            go_dump_release(&dump);
            free(part.bytes);
        }
        free(text.bytes);
    }
}
END_TEST

START_TEST(a_frame_has_a_file_and_a_line)
{
    struct text text = recorded("c-write");
    struct go_dump dump;
    read_dump(text, &dump);
    const struct go_frame *frame = cause(&dump);
    is_text(frame->file, "_cgo_gotypes.go");
    ck_assert_uint_eq(frame->line, 79);
    ck_assert_uint_eq(frame->offset, 0x45);
    ck_assert_uint_eq(frame->pc, 0x539125);
    is_text(frame[1].file, "example.com/deaths/c.go");
    is_text(dump.signal, "SIGSEGV");
    ck_assert_uint_eq(dump.code, 1);
    ck_assert(dump.has_address && dump.address == 0);
    ck_assert(dump.has_pc && dump.pc == 0x539ce3);
    go_dump_release(&dump);
    free(text.bytes);
}
END_TEST

START_TEST(a_panic_that_was_recovered_and_another)
{
    struct text text = recorded("repanic");
    struct go_dump dump;
    read_dump(text, &dump);
    ck_assert(dump.is_recovered);
    is_text(dump.last, "while cleaning up: first");
    go_dump_release(&dump);
    free(text.bytes);
    text = recorded("nested");
    read_dump(text, &dump);
    ck_assert(!dump.is_recovered);
    is_text(dump.last, "second");
    go_dump_release(&dump);
    free(text.bytes);
}
END_TEST

START_TEST(a_signal_from_outside)
{
    struct text text = recorded("segv-sent");
    struct go_dump dump;
    read_dump(text, &dump);
    ck_assert(dump.is_sent);
    ck_assert_uint_eq(go_dump_end_frames(&dump), 0);
    go_dump_release(&dump);
    free(text.bytes);
    text = recorded("c-abort");
    read_dump(text, &dump);
    ck_assert(!dump.is_sent && dump.is_in_c);
    go_dump_release(&dump);
    free(text.bytes);
}
END_TEST

static struct text text_of(const char *bytes)
{
    struct text text = {malloc(strlen(bytes) + 1), strlen(bytes)};
    memcpy(text.bytes, bytes, text.size);
    return text;
}

static void goroutine(struct text *text, size_t id, const char *head, const char *function)
{
    char block[300];
    int size = snprintf(
        block, sizeof block,
        "\ngoroutine %zu [%s]:\n%s(0x%zx)\n\t/src/w.go:12 +0x1d\ncreated by main.start in goroutine 1\n\t/src/m.go:3 +0x4\n",
        id, head, function, id);
    text->bytes = realloc(text->bytes, text->size + (size_t)size);
    memcpy(text->bytes + text->size, block, (size_t)size);
    text->size += (size_t)size;
}

START_TEST(goroutines_are_folded)
{
    struct text text = text_of("panic: boom\n");
    struct go_dump dump;
    goroutine(&text, 1, "running", "main.worker");
    for (size_t id = 2; id < 12; id++)
        goroutine(&text, id,
                  id == 2   ? "chan receive"
                  : id == 3 ? "chan receive, 7 minutes"
                            : "chan receive, 5 minutes",
                  "main.worker");
    goroutine(&text, 12, "select", "main.worker");
    goroutine(&text, 13, "select", "main.other");
    goroutine(&text, 14, "select, locked to thread", "main.other");
    read_dump(text, &dump);
    ck_assert_uint_eq(dump.goroutines, 14);
    ck_assert_uint_eq(dump.group_count, 4);
    ck_assert_str_eq(dump.groups[0].state, "running");
    ck_assert_uint_eq(dump.groups[1].count, 10);
    ck_assert_uint_eq(dump.groups[1].first, 2);
    ck_assert_uint_eq(dump.groups[1].wait_least, 0);
    ck_assert_uint_eq(dump.groups[1].wait_most, 7);
    is_text(dump.groups[1].created_by, "main.start");
    is_text(dump.groups[1].created_file, "/src/m.go");
    ck_assert_uint_eq(dump.groups[1].created_line, 3);
    ck_assert_uint_eq(dump.groups[2].count, 2);
    is_text(dump.frames[dump.groups[2].frame].function, "main.other");
    go_dump_release(&dump);
    free(text.bytes);
}
END_TEST

/* The one that ends the process has the stack of others. */
START_TEST(the_dying_goroutine_stays_alone)
{
    struct text text = text_of("fatal error: boom\n");
    struct go_dump dump;
    for (size_t id = 7; id < 12; id++)
        goroutine(&text, id, "running", "main.worker");
    read_dump(text, &dump);
    ck_assert_uint_eq(dump.group_count, 2);
    ck_assert_uint_eq(dump.groups[0].first, 7);
    ck_assert_uint_eq(dump.groups[1].count, 4);
    go_dump_release(&dump);
    free(text.bytes);
}
END_TEST

START_TEST(more_stacks_than_there_is_room_for)
{
    struct text text = text_of("panic: boom\n");
    struct go_dump dump;
    char name[40];
    for (size_t id = 1; id <= GO_DUMP_GROUPS_MAX + 50; id++) {
        snprintf(name, sizeof name, "main.f%zu", id);
        goroutine(&text, id, "running", name);
    }
    read_dump(text, &dump);
    ck_assert_uint_eq(dump.goroutines, GO_DUMP_GROUPS_MAX + 50);
    ck_assert_uint_eq(dump.group_count, GO_DUMP_GROUPS_MAX);
    ck_assert_uint_eq(dump.unfolded, 50);
    go_dump_release(&dump);
    free(text.bytes);
}
END_TEST

START_TEST(frames_that_go_left_out)
{
    struct text text = recorded("overflow");
    struct go_dump dump;
    read_dump(text, &dump);
    is_text(dump.groups[0].elided, "...additional frames elided...");
    ck_assert_uint_eq(dump.groups[0].elided_at, dump.groups[0].frame_count);
    go_dump_release(&dump);
    free(text.bytes);
}
END_TEST

/* stderr and stdout are one pipe, and a thread in C logs on: between lines, and within one. */
START_TEST(log_lines_within_a_dump)
{
    static const char log[] = "{\"level\":\"info\",\"ts\":1.5,\"msg\":\"tick\",\"mid\":\"a\"}\n",
                      date[] = "2026/11/29 15:04:05 listening\n",
                      rfc[] = "2026-11-29T15:04:05.000Z\tINFO\tlistening\n";
    struct text text =
        text_of("panic: boom\n[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x1]\n");
    goroutine(&text, 7, "running", "main.(*Match).loop");
    goroutine(&text, 8, "select", "main.worker");
    for (size_t at = 0; at <= text.size; at++) {
        /* Behind a whole message a date is taken for a part of it. */
        const char *line = at % 3 == 0 || at == strlen("panic: boom") ? log : at % 3 == 1 ? date : rfc;
        struct text mixed = {malloc(text.size + strlen(line)), text.size + strlen(line)};
        struct go_dump dump;
        memcpy(mixed.bytes, text.bytes, at);
        memcpy(mixed.bytes + at, line, strlen(line));
        memcpy(mixed.bytes + at + strlen(line), text.bytes + at, text.size - at);
        read_dump(mixed, &dump);
        is_text(dump.message, "boom");
        is_text(cause(&dump)->function, "main.(*Match).loop");
        ck_assert_uint_eq(dump.goroutines, 2);
        go_dump_release(&dump);
        free(mixed.bytes);
    }
    free(text.bytes);
}
END_TEST

/* What a message says is no log: JSON without a level, a date, a line that something of Go's own follows. */
START_TEST(a_message_that_looks_like_a_log)
{
    static const char *const messages[][2] = {
        {"panic: bad config {\"port\":1}\n", "bad config {\"port\":1}"},
        {"panic: not after 2026/11/29 15:04:05 UTC\n", "not after 2026/11/29 15:04:05 UTC"},
        {"panic: bad {\"level\":7}\n[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x1]\n",
         "bad {\"level\":7}"},
    };
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
        struct text text = text_of(messages[i][0]);
        struct go_dump dump;
        goroutine(&text, 1, "running", "main.main");
        read_dump(text, &dump);
        is_text(dump.message, messages[i][1]);
        ck_assert_uint_eq(dump.goroutines, 1);
        go_dump_release(&dump);
        free(text.bytes);
    }
}
END_TEST

START_TEST(a_path_with_a_date)
{
    struct text text = text_of(
        "panic: x\n\ngoroutine 1 [running]:\nmain.main()\n\t/build/2026-11-29 15:04:05/m.go:1 +0x1\n");
    struct go_dump dump;
    read_dump(text, &dump);
    is_text(cause(&dump)->file, "/build/2026-11-29 15:04:05/m.go");
    go_dump_release(&dump);
    free(text.bytes);
}
END_TEST

START_TEST(other_versions_of_go)
{
    static const char go16
        [] =
            "panic: old\n\ngoroutine 5 [running]:\nmain.f(0x1, 0x2)\n\t/m.go:1 +0x1\ncreated by main.main\n\t/m.go:9 +0x2\n",
    go26[] =
        "panic: one\n\ttwo [recovered, repanicked]\n\ngoroutine 5 gp=0xc01 m=3 mp=0xc02 [running] labels:{match: a}:\n"
        "panic({0x1?, 0x2?})\n\t/go/src/runtime/panic.go:860 +0x13a\nmain.f({0x1, 0x2}, 0x3?)\n\t/m.go:1 +0x1\n"
        "...12 frames elided...\nmain.g(...)\n\t/m.go:2\ncreated by main.main in goroutine 1\n\t/m.go:9 +0x2\n";
    struct text text = text_of(go16);
    struct go_dump dump;
    read_dump(text, &dump);
    is_text(dump.groups[0].created_by, "main.main");
    go_dump_release(&dump);
    free(text.bytes);
    text = text_of(go26);
    read_dump(text, &dump);
    is_text(dump.message, "one\n\ttwo");
    ck_assert(dump.is_recovered);
    is_text(cause(&dump)->function, "main.f");
    is_text(dump.groups[0].created_by, "main.main");
    is_text(dump.groups[0].labels, "labels:{match: a}");
    ck_assert(dump.groups[0].elided.size && dump.groups[0].elided_at == 2);
    go_dump_release(&dump);
    free(text.bytes);
}
END_TEST

START_TEST(c_code_of_another_thread)
{
    struct text text = text_of(
        "SIGSEGV: segmentation violation\r\nPC=0x7f01 m=3 sigcode=1 addr=0x10\r\n\r\ngoroutine 0 [idle]:\r\n"
        "non-Go function at pc=0x7f02\r\nnon-Go function\r\n\tpc=0x7f03\r\n\r\nrax    0x0\r\nmain.main()\r\n\t/m.go:1\r\n");
    struct go_dump dump;
    read_dump(text, &dump);
    ck_assert(dump.has_address && dump.address == 0x10);
    ck_assert_uint_eq(dump.groups[0].frame_count, 2);
    ck_assert_uint_eq(dump.frames[0].pc, 0x7f02);
    is_text(dump.frames[1].function, "non-Go function");
    ck_assert_uint_eq(dump.frames[1].pc, 0x7f03);
    go_dump_release(&dump);
    free(text.bytes);
}
END_TEST

START_TEST(no_dump)
{
    static const char *const texts[] = {"", "\n\n", "hello\n",
                                        "goroutine 1 [running]:\nmain.main()\n\t/m.go:1\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct text text = text_of(texts[i]);
        struct go_dump dump;
        read_dump(text, &dump);
        ck_assert_int_eq(dump.kind, GO_DUMP_NONE);
        go_dump_release(&dump);
        free(text.bytes);
    }
}
END_TEST

START_TEST(packages)
{
    static const struct {
        const char *function, *package;
        bool is_standard;
    } names[] = {
        {"main.f", "main", false},
        {"example.com/a-b/v2.(*T[example.com/x.y]).f.func1", "example.com/a-b/v2", false},
        {"example.com/a%2eb.f", "example.com/a%2eb", false},
        {"net/http.(*conn).serve", "net/http", true},
        {"sync.(*Mutex).Lock", "sync", true},
        {"plugin/unnamed-0123.F", "plugin/unnamed-0123", false},
        {"main.Map[...]", "main", false},
        {"panic", "panic", true},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct go_text function = {names[i].function, strlen(names[i].function)};
        is_text(go_dump_package(function), names[i].package);
        ck_assert_msg(go_dump_is_standard(function) == names[i].is_standard, "%s", names[i].function);
    }
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, recorded_deaths);
    tcase_add_test(tests, every_beginning_of_each);
    tcase_add_test(tests, a_frame_has_a_file_and_a_line);
    tcase_add_test(tests, a_panic_that_was_recovered_and_another);
    tcase_add_test(tests, a_signal_from_outside);
    tcase_add_test(tests, goroutines_are_folded);
    tcase_add_test(tests, the_dying_goroutine_stays_alone);
    tcase_add_test(tests, more_stacks_than_there_is_room_for);
    tcase_add_test(tests, frames_that_go_left_out);
    tcase_add_test(tests, log_lines_within_a_dump);
    tcase_add_test(tests, a_message_that_looks_like_a_log);
    tcase_add_test(tests, a_path_with_a_date);
    tcase_add_test(tests, other_versions_of_go);
    tcase_add_test(tests, c_code_of_another_thread);
    tcase_add_test(tests, no_dump);
    tcase_add_test(tests, packages);
}
