/* SPDX-License-Identifier: MIT */
#include "go_head.h"

#include <string.h>

#define LOOK_LINES 12 /* behind the head of a goroutine; lines of others may stand in between */

static struct go_text behind(struct go_text line, size_t bytes)
{
    return (struct go_text){line.at + bytes, line.size - bytes};
}

static bool ends_with(struct go_text text, const char *end)
{
    size_t size = strlen(end);
    return text.size >= size && memcmp(text.at + text.size - size, end, size) == 0;
}

/* "MESSAGE [recovered]": Go 1.24 says once what older ones say twice. */
static bool cut_recovered(struct go_text *message)
{
    static const char *const marks[] = {" [recovered, repanicked]", " [recovered]"};
    for (size_t i = 0; i < 2; i++)
        if (ends_with(*message, marks[i])) {
            message->size -= strlen(marks[i]);
            return true;
        }
    return false;
}

void go_head_finish(struct go_head *head)
{
    struct go_dump *dump = head->dump;
    if (head->open && dump->kind == GO_DUMP_PANIC)
        dump->is_recovered |= cut_recovered(head->open);
    head->open = NULL;
}

static void take_panic(struct go_head *head, struct go_text line)
{
    struct go_dump *dump = head->dump;
    struct go_text message = behind(line, line.at[0] == '\t' ? 8 : 7);
    go_head_finish(head);
    if (dump->kind == GO_DUMP_FATAL)
        return;
    dump->kind = GO_DUMP_PANIC;
    head->open = head->panics++ == 0 ? &dump->message : &dump->last;
    *head->open = message;
}

/* A panic whose message cannot be printed, or one on the runtime's own stack, ends as a fatal error. */
static void take_fatal(struct go_head *head, struct go_text line)
{
    struct go_dump *dump = head->dump;
    go_head_finish(head);
    if (dump->kind == GO_DUMP_FATAL)
        return;
    if (dump->kind == GO_DUMP_PANIC)
        dump->last = dump->message;
    dump->kind = GO_DUMP_FATAL;
    dump->message = behind(line, sizeof "fatal error: " - 1);
    head->open = &dump->message;
}

static void take_signal(struct go_head *head, struct go_text line)
{
    struct go_dump *dump = head->dump;
    const char *colon = memchr(line.at, ':', line.size);
    go_head_finish(head);
    if (dump->kind != GO_DUMP_NONE)
        return;
    dump->kind = GO_DUMP_SIGNAL;
    dump->message = line;
    dump->signal = (struct go_text){line.at, colon ? (size_t)(colon - line.at) : line.size};
}

/* "PC=0x1 m=0 sigcode=0", and since Go 1.21 " addr=0x0". */
static void take_pc(struct go_head *head, struct go_text line)
{
    struct go_dump *dump = head->dump;
    uint64_t code = 0;
    go_head_finish(head);
    if (dump->kind != GO_DUMP_SIGNAL || dump->has_pc)
        return;
    dump->has_pc = go_line_number(line.at, line.size, "PC", &dump->pc);
    dump->has_address = go_line_number(line.at, line.size, "addr", &dump->address);
    if (go_line_number(line.at, line.size, "sigcode", &code)) {
        dump->code = code;
        dump->is_sent = code == 0 || code == UINT64_MAX; /* SI_USER, SI_QUEUE */
    }
}

/* "[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x45d1f4]" */
static void take_detail(struct go_head *head, struct go_text line)
{
    struct go_dump *dump = head->dump;
    struct go_text name = behind(line, sizeof "[signal " - 1);
    size_t size = 0;
    go_head_finish(head);
    if (dump->signal.size)
        return;
    while (size < name.size && name.at[size] != ':' && name.at[size] != ' ')
        size++;
    dump->signal = (struct go_text){name.at, size};
    dump->has_pc = go_line_number(line.at, line.size, "pc", &dump->pc);
    dump->has_address = go_line_number(line.at, line.size, "addr", &dump->address);
    (void)go_line_number(line.at, line.size, "code", &dump->code);
}

/* A line that is of no kind goes on with the message. Blank lines within do, too; those at its end do not. */
static void take_other(struct go_head *head, enum go_line_kind kind, struct go_text line)
{
    if (head->open && kind != GO_LINE_BLANK)
        head->open->size = (size_t)(line.at + line.size - head->open->at);
}

void go_head_take(struct go_head *head, enum go_line_kind kind, struct go_text line)
{
    switch (kind) {
    case GO_LINE_PANIC:
        take_panic(head, line);
        break;
    case GO_LINE_FATAL:
        take_fatal(head, line);
        break;
    case GO_LINE_SIGNAL:
        take_signal(head, line);
        break;
    case GO_LINE_PC:
        take_pc(head, line);
        break;
    case GO_LINE_SIGNAL_DETAIL:
        take_detail(head, line);
        break;
    case GO_LINE_CGO:
        head->dump->is_in_c = true;
        go_head_finish(head);
        break;
    case GO_LINE_RUNTIME:
        go_head_finish(head);
        break;
    default:
        take_other(head, kind, line);
    }
}

bool go_head_ends(enum go_line_kind kind, struct go_text line, const char *end)
{
    bool has_function = false;
    if (kind != GO_LINE_GOROUTINE && kind != GO_LINE_RUNTIME_STACK)
        return false;
    const char *at = line.at + line.size;
    for (int lines = 0; lines < LOOK_LINES; lines++) {
        const char *newline = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
        if (!newline || newline + 1 == end)
            return true; /* it is cut here */
        at = newline + 1;
        newline = memchr(at, '\n', (size_t)(end - at));
        size_t size = (size_t)((newline ? newline : end) - at);
        const enum go_line_kind next = go_line_kind(at, size - (size && at[size - 1] == '\r'));
        if (next == GO_LINE_UNAVAILABLE || next == GO_LINE_CREATED || (next == GO_LINE_FILE && has_function))
            return true;
        if (next == GO_LINE_FUNCTION && size > 0 && at[size - 1] != ')')
            return true; /* "non-Go function at pc=0x7f00" has no file */
        if (next != GO_LINE_OTHER && (next != GO_LINE_FUNCTION || has_function))
            return false;
        has_function |= next == GO_LINE_FUNCTION;
        at += size;
    }
    return false;
}
