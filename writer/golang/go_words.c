/* SPDX-License-Identifier: MIT */
#include "golang/go_words.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "amounts.h"
#include "explain/died.h"
#include "explain/abort.h"
#include "explain/last_line.h"
#include "explain/signature.h"
#include "golang/go_stack.h"
#include "walk/frame_class.h"

#define SIGNED_MESSAGE 120
#define NAME_BYTES     240

/* Text of a fixed size; what does not fit is cut. */
static void add(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void add(char *text, size_t size, const char *format, ...)
{
    const size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text + used, size - used, format, arguments);
    va_end(arguments);
}

void go_words_line(struct go_text message, char *ret_line, size_t size)
{
    for (; message.size && (message.at[0] == '\n' || message.at[0] == ' '); message.size--)
        message.at++;
    const char *newline = message.size ? memchr(message.at, '\n', message.size) : NULL;
    last_line_find(message.at, newline ? (size_t)(newline - message.at) : message.size, ret_line, size);
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* The hash behind "plugin/unnamed-": of the plugin's sources. */
static size_t plugin_hash(const char *at, size_t size)
{
    size_t n = 0;
    while (n < size && is_hex(at[n]))
        n++;
    return n >= 16 ? n : 0;
}

void go_words_normalise(const char *function, size_t function_size, char *ret_name, size_t size)
{
    static const char plugin[] = "plugin/unnamed-";
    size_t used = 0;
    for (size_t at = 0; at < function_size && used + 1 < size; at++) {
        const char c = function[at];
        const bool is_digit = c >= '0' && c <= '9';
        /* "main.f.func2.1", "main.f.gowrap1", "main.init.0": the number stands behind a word of the compiler's, or alone. */
        const char *dot = used ? memrchr(ret_name, '.', used) : NULL;
        const size_t word = dot ? (size_t)(ret_name + used - dot) - 1 : 0;
        const bool is_counted = dot && (word == 0 || (word == 4 && memcmp(dot, ".func", 5) == 0) ||
                                        (word == 6 && memcmp(dot, ".gowrap", 7) == 0) ||
                                        (word == 9 && memcmp(dot, ".deferwrap", 10) == 0));
        if (is_digit && is_counted) {
            ret_name[used++] = '#';
            while (at + 1 < function_size && function[at + 1] >= '0' && function[at + 1] <= '9')
                at++;
            continue;
        }
        ret_name[used++] = (unsigned char)c < ' ' || c == '|' ? '_' : c;
        if (used == sizeof plugin - 1 && memcmp(ret_name, plugin, used) == 0) {
            size_t hash = plugin_hash(function + at + 1, function_size - at - 1);
            used -= hash ? 1 : 0;
            at += hash;
        }
    }
    ret_name[used] = '\0';
}

static const struct place *place_at(const struct crash *crash, const struct stack *stack, size_t index)
{
    return crash_place(crash, crash_frame(crash, stack, index));
}

/* The program's call in C where the signal struck, or that called what raised it: Go knows the address. NULL: it struck in Go's own code,
 * or its frame is not there. */
static const struct place *cause_in_c(const struct crash *crash)
{
    const struct go_dump *dump = &crash->go.dump;
    const struct stack *stack = &crash->go.told;
    bool has_begun = false;
    for (size_t i = 0; i < stack->count && dump->has_pc && dump->kind != GO_DUMP_PANIC; i++) {
        const struct place *place = place_at(crash, stack, i);
        const struct go_frame frame = {.function = {place->function, place->function_size}};
        has_begun |= place->pc == dump->pc;
        if (place->printed || (has_begun && place->function && go_dump_is_runtime(&frame)))
            return NULL;
        if (has_begun && place->kind == STACK_APPLICATION)
            return place;
    }
    return NULL;
}

/* The call in C; else the first frame of the program's own; else of what is not the runtime's; else the innermost. NULL: there is no
 * frame, or none says anything of the cause. */
static const struct place *cause_of(const struct crash *crash)
{
    const struct stack *stack = &crash->go.stack;
    const struct place *in_c = crash->go.dump.is_sent ? NULL : cause_in_c(crash);
    if (in_c)
        return in_c;
    for (size_t i = 0; i < stack->count; i++)
        if (go_stack_is_own(crash, place_at(crash, stack, i)))
            return place_at(crash, stack, i);
    for (size_t i = 0; i < stack->count; i++)
        if (place_at(crash, stack, i)->kind != STACK_RUNTIME)
            return place_at(crash, stack, i);
    const struct go_dump *dump = &crash->go.dump;
    const bool has_run = dump->group_count && !dump->is_runtime_stack && go_dump_has_run(&dump->groups[0]);
    return stack->count && has_run ? place_at(crash, stack, 0) : NULL;
}

/* "main.(*Match).loop (match.go:42)" */
static void name_place(const struct place *place, char *ret_name, size_t size)
{
    const struct printed_place *printed = place->printed;
    const char *name = place->name ? place->name : place->function;
    const size_t name_size = place->name ? strlen(place->name) : place->function_size;
    const char *module = place->module ? module_basename(place->module) : NULL;
    if (!name && module) {
        (void)snprintf(ret_name, size, "%.80s+0x%" PRIx64, module, place_offset(place));
        return;
    }
    if (name)
        (void)snprintf(ret_name, size, "%.*s", (int)(name_size < NAME_BYTES ? name_size : NAME_BYTES), name);
    else
        (void)snprintf(ret_name, size, "C code at 0x%" PRIx64, place->pc);
    if (module)
        add(ret_name, size, " (%.80s)", module);
    if (!printed || !printed->file_size)
        return;
    const char *slash = memrchr(printed->file, '/', printed->file_size);
    const char *file = slash ? slash + 1 : printed->file;
    add(ret_name, size, " (%.*s:%" PRIu32 ")", (int)(printed->file + printed->file_size - file), file,
        printed->line);
}

static const char *program(const struct crash *crash)
{
    const char *slash = strrchr(crash->notes.exe, '/');
    return slash && slash[1] ? slash + 1 : crash->notes.exe[0] ? crash->notes.exe : "the program";
}

static bool is_unexpected_signal(const struct go_dump *dump)
{
    return dump->kind == GO_DUMP_FATAL && dump->signal.size &&
           (go_text_is(dump->message, "fault") || go_text_begins(dump->message, "unexpected signal"));
}

/* Go says so, or the goroutine was calling C. */
static bool is_in_c(const struct go_dump *dump)
{
    const bool has_frame = dump->group_count > 0 && dump->groups[0].frame_count > 0;
    return dump->is_in_c ||
           (has_frame && go_text_is(dump->frames[dump->groups[0].frame].function, "runtime.cgocall"));
}

/* "Go panic", "Go fatal error", "Go SIGABRT": the first word of a title and of a signature. */
static void set_kind(struct crash *crash)
{
    const struct go_dump *dump = &crash->go.dump;
    if (dump->kind == GO_DUMP_SIGNAL || is_unexpected_signal(dump))
        snprintf(crash->kind_text, sizeof crash->kind_text, "Go %.*s%s",
                 (int)(dump->signal.size < 16 ? dump->signal.size : 16), dump->signal.at,
                 dump->is_sent ? " sent" : "");
    else
        snprintf(crash->kind_text, sizeof crash->kind_text, "Go %s",
                 dump->kind == GO_DUMP_PANIC ? "panic" : "fatal error");
    crash->kind = crash->kind_text;
}

static void set_title(struct crash *crash, const char *message)
{
    const struct go_dump *dump = &crash->go.dump;
    const struct place *cause = cause_of(crash);
    char name[NAME_BYTES + 100] = "";
    if (cause)
        name_place(cause, name, sizeof name);
    if (dump->is_sent)
        snprintf(crash->title, sizeof crash->title, "%.60s was ended by %.*s, which was sent to it",
                 program(crash), (int)dump->signal.size, dump->signal.at);
    else if (dump->kind == GO_DUMP_SIGNAL || is_unexpected_signal(dump)) {
        snprintf(crash->title, sizeof crash->title, "%s", crash->kind);
        if (dump->has_address)
            add(crash->title, sizeof crash->title, " at address 0x%" PRIx64, dump->address);
    } else
        snprintf(crash->title, sizeof crash->title, "%s: %s", crash->kind, message);
    if (name[0])
        add(crash->title, sizeof crash->title, " in %s", name);
}

/* What the compiler made for a 'go' statement or an embedded method: Go prints it only of fatal errors and with
 * GOTRACEBACK=crash. It stands where the goroutine was created. */
static bool is_wrapper(const struct crash *crash, const struct place *place)
{
    const struct go_group *dying = &crash->go.dump.groups[0];
    const struct go_text function = {place->function, place->function_size},
                         file = {place->printed->file, place->printed->file_size}, by = dying->created_by;
    return go_text_is(file, "<autogenerated>") ||
           (by.size && place->printed->line == dying->created_line &&
            go_text_equal(file, dying->created_file) && function.size > by.size &&
            memcmp(function.at, by.at, by.size) == 0 && function.at[by.size] == '.');
}

/* The names of Go's frames: those of calls in C are not always there. */
static void sign_frames(struct crash *crash)
{
    const struct stack *stack = &crash->go.stack;
    char name[NAME_BYTES], last[NAME_BYTES] = "";
    size_t signed_frames = 0;
    bool has_own = false;
    for (size_t i = 0; i < stack->count; i++)
        has_own |= place_at(crash, stack, i)->function && go_stack_is_own(crash, place_at(crash, stack, i));
    for (size_t i = 0; i < stack->count && signed_frames < SIGNATURE_FRAMES; i++) {
        const struct place *place = place_at(crash, stack, i);
        if (!place->function || (signed_frames && is_wrapper(crash, place)) ||
            (has_own ? !go_stack_is_own(crash, place) : place->kind == STACK_RUNTIME))
            continue;
        go_words_normalise(place->function, place->function_size, name, sizeof name);
        if (strcmp(name, last) == 0)
            continue;
        add(crash->signature, sizeof crash->signature, " | %s", name);
        memcpy(last, name, sizeof last);
        signed_frames++;
    }
}

static void set_signature(struct crash *crash, const char *message)
{
    const struct go_dump *dump = &crash->go.dump;
    char normal[SIGNED_MESSAGE];
    last_line_normalize(message, normal, sizeof normal);
    for (char *bar = normal; (bar = strchr(bar, '|'));)
        *bar = '_';
    snprintf(crash->signature, sizeof crash->signature, "%s", crash->kind);
    if (dump->is_sent)
        add(crash->signature, sizeof crash->signature, " | %.100s", program(crash));
    else if (dump->kind != GO_DUMP_SIGNAL && !is_unexpected_signal(dump))
        add(crash->signature, sizeof crash->signature, " | %s", normal);
    sign_frames(crash);
}

/* What became of a panic before it ended the process. */
static void describe_panic(const struct go_dump *dump, char *words, size_t size)
{
    char last[GO_MESSAGE_BYTES];
    go_words_line(dump->last, last, sizeof last);
    if (dump->goroutines)
        add(words, size, "goroutine %" PRIu64, dump->groups[0].first);
    else
        add(words, size, "a goroutine");
    add(words, size, " panicked, and nothing recovered it");
    if (dump->has_address)
        add(words, size, " (%.*s at address 0x%" PRIx64 ")",
            (int)(dump->signal.size < 16 ? dump->signal.size : 16), dump->signal.at, dump->address);
    if (dump->is_recovered)
        add(words, size, "; a recover() had caught it, and panicked again");
    else if (last[0])
        add(words, size, "; a deferred function then panicked, too");
    if (last[0] && !go_text_equal(dump->last, dump->message))
        add(words, size, ": \"%.150s\"", last);
}

static void set_description(struct crash *crash)
{
    const struct go_dump *dump = &crash->go.dump;
    char *words = crash->died.description, uptime[AMOUNT_BYTES], ago[AMOUNT_BYTES], asked[24];
    const size_t size = sizeof crash->died.description;
    const int signal = (int)(dump->signal.size < 16 ? dump->signal.size : 16);
    words[0] = '\0';
    if (dump->is_sent)
        add(words, size,
            "a process sent %.*s, at which Go's runtime prints all goroutines and ends the process", signal,
            dump->signal.at);
    else if (is_unexpected_signal(dump) && go_text_is(dump->message, "fault"))
        add(words, size, "Go code touched memory that it may not (%.*s), where no recover() helps", signal,
            dump->signal.at);
    else if (dump->kind == GO_DUMP_SIGNAL || is_unexpected_signal(dump))
        add(words, size, "%.*s struck in C code%s, where no recover() helps", signal, dump->signal.at,
            is_in_c(dump) ? "" : " or in Go's runtime itself");
    else if (dump->kind == GO_DUMP_PANIC)
        describe_panic(dump, words, size);
    else if (dump->is_runtime_stack || !dump->groups || !go_dump_has_run(&dump->groups[0]))
        add(words, size, "Go's runtime ended the process, which no recover() prevents");
    else
        add(words, size,
            "Go's runtime ended the process in goroutine %" PRIu64 ", which no recover() prevents",
            dump->groups[0].first);
    if (dump->has_two)
        add(words, size, "; another goroutine ended it at the same time");
    if (crash->notes.end.sent_signal) {
        died_signal_name(crash->notes.end.sent_signal, asked, sizeof asked);
        amount_time(crash->notes.end.sent_ms, ago);
        add(words, size, "; crumple-run had sent it %s %s before", asked, ago);
    }
    if (crash->notes.end.uptime_ms) {
        amount_time(crash->notes.end.uptime_ms, uptime);
        add(words, size, "; it had run for %s", uptime);
    }
}

/* The lines of text, joined, behind what the reason has. */
static void add_reason(struct crash *crash, const char *text, size_t text_size)
{
    char line[CRASH_GO_REASON];
    for (size_t at = 0; at < text_size;) {
        const char *newline = memchr(text + at, '\n', text_size - at);
        const size_t size = newline ? (size_t)(newline - text) - at : text_size - at;
        go_words_line((struct go_text){text + at, size}, line, sizeof line);
        if (line[0])
            add(crash->go.reason, sizeof crash->go.reason, "%s%s", crash->go.reason[0] ? "; " : "", line);
        at += size + 1;
    }
}

/* What the runtime says before a fatal error: "runtime: out of memory: cannot allocate 134217728-byte block". */
static void add_words_before(struct crash *crash, struct core_span output)
{
    const struct core_span before = go_stack_output_before(crash, output);
    const char *text = (const char *)before.bytes;
    size_t from = before.size;
    while (before.size < output.size && from > 0 && text[from - 1] == '\n') {
        const char *newline = from > 1 ? memrchr(text, '\n', from - 1) : NULL;
        const size_t begin = newline ? (size_t)(newline - text) + 1 : 0;
        if (go_line_kind(text + begin, from - 1 - begin) != GO_LINE_RUNTIME)
            break;
        from = begin;
    }
    add_reason(crash, text + from, before.size - from);
}

/* What C says before it calls abort(): the assertion, the exception's what(). It is the last line then. */
static void add_words_of_abort(struct crash *crash)
{
    const struct go_dump *dump = &crash->go.dump;
    const struct core_span before = go_stack_output_before(crash, crash->notes.stderr_text);
    char line[CRASH_GO_REASON / 2];
    if (dump->kind != GO_DUMP_SIGNAL || dump->is_sent || !go_text_is(dump->signal, "SIGABRT"))
        return;
    last_line_find((const char *)before.bytes, before.size, line, sizeof line);
    if (before.size < crash->notes.stderr_text.size && (abort_words_kind_of(line) || strstr(line, "what():")))
        add_reason(crash, line, strlen(line));
}

/* Go's own text, as one line. */
static void set_reason(struct crash *crash)
{
    crash->go.reason[0] = '\0';
    add_words_of_abort(crash);
    add_words_before(crash, crash->notes.stderr_text);
    add_words_before(crash, crash->notes.stdout_text);
    add_reason(crash, crash->go.dump.head.at, crash->go.dump.head.size);
    crash->reason = crash->go.reason;
}

/* The cause and its callers. */
static void set_where(struct crash *crash)
{
    const struct place *cause = cause_of(crash);
    const struct go_dump *dump = &crash->go.dump;
    char name[NAME_BYTES + 100];
    crash->where[0] = '\0';
    if (!cause)
        return;
    name_place(cause, name, sizeof name);
    add(crash->where, sizeof crash->where, "%s", name);
    if (dump->groups[0].created_by.size)
        add(crash->where, sizeof crash->where, "; the goroutine was created by %.*s",
            (int)(dump->groups[0].created_by.size < 200 ? dump->groups[0].created_by.size : 200),
            dump->groups[0].created_by.at);
}

void go_words_set(struct crash *crash)
{
    char message[GO_MESSAGE_BYTES];
    go_words_line(crash->go.dump.message, message, sizeof message);
    if (!message[0])
        snprintf(message, sizeof message, "(no message)");
    set_kind(crash);
    set_title(crash, message);
    set_signature(crash, message);
    set_description(crash);
    set_reason(crash);
    set_where(crash);
}
