/* SPDX-License-Identifier: MIT */
#include "go_dump.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "go_groups.h"
#include "go_head.h"
#include "go_unlace.h"

/* Where in the text the reader is. */
enum part {
    PART_HEAD,    /* before the first goroutine */
    PART_STACK,   /* frames of a goroutine */
    PART_CREATED, /* behind "created by", whose file comes next */
    PART_BEHIND,  /* of this goroutine nothing more is to come */
    PART_OVER     /* of all: registers, another dump of the same process */
};

struct reader {
    struct go_dump *dump;
    struct go_groups groups;
    struct go_head head;
    enum part part;
    bool has_goroutine; /* 'one' is being read */
    bool has_runtime;   /* it is the runtime's own stack */
    struct go_group one;
    struct go_text function; /* of a frame whose file has not come yet */
};

static const char *const nowhere = "";

/* The name in "main.f(0x1, ...)". */
static struct go_text function_of(struct go_text line)
{
    const char *open = line.at[line.size - 1] == ')' ? memrchr(line.at, '(', line.size) : NULL;
    return (struct go_text){line.at, open ? (size_t)(open - line.at) : line.size};
}

/* "\tFILE:LINE +0x1d fp=0x1 sp=0x2 pc=0x3" */
static void read_file(struct go_text line, struct go_text *ret_file, uint64_t *ret_line)
{
    *ret_file = (struct go_text){nowhere, 0};
    *ret_line = 0;
    for (size_t end = line.size; end > 1;) {
        const char *colon = memrchr(line.at + 1, ':', end - 1);
        if (!colon)
            return;
        uint64_t number = 0;
        size_t at = (size_t)(colon - line.at) + 1;
        for (; at < line.size && line.at[at] >= '0' && line.at[at] <= '9' && number < UINT32_MAX; at++)
            number = number * 10 + (uint64_t)(line.at[at] - '0');
        if (at > (size_t)(colon - line.at) + 1 && (at == line.size || line.at[at] == ' ')) {
            *ret_file = (struct go_text){line.at + 1, (size_t)(colon - line.at) - 1};
            *ret_line = number;
            return;
        }
        end = (size_t)(colon - line.at);
    }
}

static uint64_t offset_of(struct go_text line)
{
    const char *plus = memmem(line.at, line.size, " +0x", 4);
    uint64_t value = 0;
    for (const char *at = plus ? plus + 4 : NULL; at && at < line.at + line.size; at++) {
        int digit = *at >= '0' && *at <= '9' ? *at - '0' : *at >= 'a' && *at <= 'f' ? *at - 'a' + 10 : -1;
        if (digit < 0 || value >> 60)
            break;
        value = value * 16 + (uint64_t)digit;
    }
    return value;
}

static void add_frame(struct reader *reader, const struct go_frame *frame)
{
    if (reader->one.frame_count < GO_DUMP_STACK_MAX)
        reader->groups.stack[reader->one.frame_count++] = *frame;
}

/* The runtime's own stack stands before that of the goroutine which it ran for. If it ran for none ("runtime: program
 * exceeds 10000-thread limit"), any other follows: that one waits. */
bool go_dump_has_run(const struct go_group *one)
{
    return strcmp(one->state, "running") == 0 || strcmp(one->state, "syscall") == 0;
}

static void finish_goroutine(struct reader *reader)
{
    struct go_dump *dump = reader->dump;
    if (!reader->has_goroutine)
        return;
    reader->has_goroutine = false;
    if (!reader->has_runtime) {
        const bool is_meant =
            go_dump_has_run(&reader->one) || go_text_begins(dump->message, "all goroutines are asleep");
        if (dump->is_runtime_stack && dump->goroutines == 0 && is_meant) {
            dump->is_runtime_stack = false;
            dump->group_count = dump->frame_count = 0;
        }
        if (dump->group_count && !dump->is_runtime_stack && reader->one.first == dump->groups[0].first)
            return; /* the stack before was of the message: a recover() had put it there, and panicked again */
        dump->goroutines++;
        go_groups_add(&reader->groups, &reader->one);
    } else if (dump->group_count == 0) {
        dump->is_runtime_stack = true;
        go_groups_add(&reader->groups, &reader->one);
    }
}

static void begin_goroutine(struct reader *reader, struct go_text line)
{
    struct go_line_goroutine head;
    finish_goroutine(reader);
    reader->one =
        (struct go_group){.labels = {nowhere, 0}, .created_by = {nowhere, 0}, .created_file = {nowhere, 0}};
    reader->function.size = 0;
    reader->part = PART_STACK;
    reader->has_goroutine = true;
    reader->has_runtime = !go_line_goroutine(line.at, line.size, &head);
    if (reader->has_runtime) {
        strcpy(reader->one.state, "runtime stack");
        return;
    }
    reader->one.first = head.id;
    memcpy(reader->one.state, head.state, sizeof head.state);
    reader->one.is_locked = head.is_locked;
    reader->one.wait_least = reader->one.wait_most = head.wait_minutes;
    if (head.labels)
        reader->one.labels = (struct go_text){head.labels, head.labels_size};
}

/* "created by main.f in goroutine 7" */
static void begin_created(struct reader *reader, struct go_text line)
{
    static const char begin[] = "created by ", in[] = " in goroutine ";
    const char *name = line.at + sizeof begin - 1;
    size_t size = line.size - (sizeof begin - 1);
    const char *end = memmem(name, size, in, sizeof in - 1);
    reader->one.created_by = (struct go_text){name, end ? (size_t)(end - name) : size};
    reader->part = PART_CREATED;
}

/* "non-Go function at pc=0x7f00": the whole frame in one line. */
static bool add_bare_frame(struct reader *reader, struct go_text line)
{
    struct go_frame frame = {.function = {line.at, sizeof "non-Go function" - 1}, .file = {nowhere, 0}};
    const char *at = memmem(line.at, line.size, " at pc=", 7);
    if (line.at[line.size - 1] == ')' || !at ||
        !go_line_number(at + 4, line.size - (size_t)(at + 4 - line.at), "pc", &frame.pc))
        return false;
    add_frame(reader, &frame);
    return true;
}

/* A function counts when its file follows: anybody can print what looks like a function. */
static void take_file(struct reader *reader, struct go_text line)
{
    struct go_frame frame = {.function = reader->function, .offset = offset_of(line)};
    if (reader->part == PART_CREATED) {
        read_file(line, &reader->one.created_file, &reader->one.created_line);
        reader->part = PART_BEHIND;
    } else if (reader->function.size) {
        read_file(line, &frame.file, &frame.line);
        (void)go_line_number(line.at, line.size, "pc", &frame.pc);
        add_frame(reader, &frame);
    }
    reader->function.size = 0;
}

static void take_stack_line(struct reader *reader, enum go_line_kind kind, struct go_text line)
{
    if (kind == GO_LINE_FUNCTION && reader->part == PART_STACK) {
        reader->function = add_bare_frame(reader, line) ? (struct go_text){nowhere, 0} : function_of(line);
    } else if (kind == GO_LINE_FILE) {
        take_file(reader, line);
    } else if (kind == GO_LINE_CREATED && reader->part == PART_STACK) {
        begin_created(reader, line);
    } else if (kind == GO_LINE_ELIDED && reader->part == PART_STACK && !reader->one.elided.size) {
        reader->one.elided = line;
        reader->one.elided_at = reader->one.frame_count;
    } else if (kind == GO_LINE_UNAVAILABLE && reader->part == PART_STACK) {
        reader->one.is_unavailable = true;
    } else if (kind == GO_LINE_RUNTIME && line.at[0] == '[') { /* "[originating from goroutine 7]:" */
        reader->part = PART_BEHIND;
    }
}

static bool begins_another(enum go_line_kind kind, struct go_text line)
{
    return kind == GO_LINE_PANIC || kind == GO_LINE_FATAL || kind == GO_LINE_SIGNAL ||
           (kind == GO_LINE_RUNTIME && line.at[0] == '-');
}

static void finish_head(struct reader *reader, const char *end)
{
    go_head_finish(&reader->head);
    reader->dump->head.size = (size_t)(end - reader->dump->head.at);
}

static void take_line(struct reader *reader, struct go_text line, const char *end)
{
    const enum go_line_kind kind = go_line_kind(line.at, line.size);
    if (reader->part == PART_HEAD && !go_head_ends(kind, line, end)) {
        go_head_take(&reader->head, kind, line);
        return;
    }
    if (reader->part == PART_OVER)
        return;
    if (reader->part == PART_HEAD)
        finish_head(reader, line.at);
    if (kind == GO_LINE_GOROUTINE || kind == GO_LINE_RUNTIME_STACK)
        begin_goroutine(reader, line);
    else if (kind == GO_LINE_REGISTER || begins_another(kind, line)) {
        reader->dump->has_two = kind == GO_LINE_PANIC || kind == GO_LINE_FATAL;
        finish_goroutine(reader);
        reader->part = PART_OVER;
    } else
        take_stack_line(reader, kind, line);
}

static void read_lines(struct reader *reader, const char *text, size_t size)
{
    struct go_text line = {text, 0};
    const char *end = text + size;
    for (; line.at < end; line.at += line.size + 1) {
        const char *newline = memchr(line.at, '\n', (size_t)(end - line.at));
        line.size = (size_t)((newline ? newline : end) - line.at);
        struct go_text shown = line;
        if (shown.size && shown.at[shown.size - 1] == '\r')
            shown.size--; /* through a terminal */
        take_line(reader, shown, end);
    }
    if (reader->part == PART_HEAD)
        finish_head(reader, end);
    finish_goroutine(reader);
    go_groups_finish(&reader->groups);
}

int go_dump_read(const char *text, size_t size, struct go_dump *ret_dump)
{
    struct reader *reader = calloc(1, sizeof *reader);
    size_t clean_size;
    if (!reader)
        return -ENOMEM;
    *ret_dump = (struct go_dump){.is_cut = size && text[size - 1] != '\n'};
    ret_dump->own_text = go_unlace(text, size, &clean_size);
    text = ret_dump->own_text ? ret_dump->own_text : text;
    ret_dump->head = (struct go_text){text, clean_size};
    reader->dump = reader->groups.dump = reader->head.dump = ret_dump;
    read_lines(reader, text, clean_size);
    bool has_failed = reader->groups.has_failed;
    free(reader);
    if (has_failed)
        go_dump_release(ret_dump);
    return has_failed ? -ENOMEM : 0;
}

void go_dump_release(struct go_dump *dump)
{
    free(dump->groups);
    free(dump->frames);
    free(dump->own_text);
    *dump = (struct go_dump){0};
}
