/* SPDX-License-Identifier: MIT */
#include "explain/logged.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/redact.h"
#include "crash/crash.h"
#include "explain/last_line.h"
#include "explain/logged_tags.h"
#include "go_line.h"
#include "log_line.h"

#define TITLE_MESSAGE  180
#define SIGNED_MESSAGE 160
#define SIGNED_FRAMES  3

static struct span take_line(struct span *text)
{
    const char *newline = text->size ? memchr(text->bytes, '\n', text->size) : NULL;
    const struct span line = {text->bytes, newline ? (size_t)(newline - text->bytes) : text->size};
    const size_t taken = line.size + (newline != NULL);
    *text = (struct span){text->bytes + taken, text->size - taken};
    return line;
}

static bool begins(struct span text, const char *with)
{
    return text.size >= strlen(with) && memcmp(text.bytes, with, strlen(with)) == 0;
}

/* "\t/src/match.go:42 +0x1d" */
static void take_file(struct span line, struct logged_frame *frame)
{
    const char *at = line.bytes, *end = at + line.size;
    while (at < end && isspace((unsigned char)*at))
        at++;
    const char *blank = memmem(at, (size_t)(end - at), " +0x", 4);
    end = blank ? blank : end;
    const char *colon = memrchr(at, ':', (size_t)(end - at));
    frame->file = (struct span){at, (size_t)((colon ? colon : end) - at)};
    for (const char *digit = colon ? colon + 1 : end;
         digit < end && isdigit((unsigned char)*digit) && frame->line < UINT32_MAX; digit++)
        frame->line = frame->line * 10 + (uint64_t)(*digit - '0');
}

static struct span without_arguments(struct span line)
{
    const char *open = memrchr(line.bytes, '(', line.size);
    return (struct span){line.bytes, open && open > line.bytes ? (size_t)(open - line.bytes) : line.size};
}

bool logged_frame_next(struct span *stack, struct logged_frame *ret)
{
    static const char created[] = "created by ", within[] = " in goroutine ";
    while (stack->size) {
        const struct span line = take_line(stack);
        const enum go_line_kind kind = go_line_kind(line.bytes, line.size);
        if (kind != GO_LINE_FUNCTION && kind != GO_LINE_CREATED)
            continue;
        *ret = (struct logged_frame){.is_creator = kind == GO_LINE_CREATED};
        ret->function = without_arguments(line);
        if (ret->is_creator && begins(line, created)) {
            const char *at = line.bytes + sizeof created - 1, *end = line.bytes + line.size;
            const char *in = memmem(at, (size_t)(end - at), within, sizeof within - 1);
            ret->function = (struct span){at, (size_t)((in ? in : end) - at)};
        }
        struct span rest = *stack;
        const struct span next = take_line(&rest);
        if (go_line_kind(next.bytes, next.size) == GO_LINE_FILE) {
            take_file(next, ret);
            *stack = rest;
        }
        return true;
    }
    return false;
}

static bool is_runtime(struct span function)
{
    return begins(function, "runtime.") || begins(function, "runtime/") ||
           begins(function, "internal/runtime/");
}

size_t logged_frames_skipped(struct span stack)
{
    struct span rest = stack;
    struct logged_frame frame;
    size_t count = 0, skipped = 0;
    while (logged_frame_next(&rest, &frame) && !frame.is_creator)
        if (count++, span_is(frame.function, "panic"))
            skipped = count;
    /* runtime.sigpanic, runtime.goPanicIndex; without a panic, runtime/debug.Stack. */
    rest = stack;
    for (size_t at = 0; logged_frame_next(&rest, &frame) && !frame.is_creator; at++) {
        if (at < skipped)
            continue;
        if (!is_runtime(frame.function))
            break;
        skipped = at + 1;
    }
    return skipped < count ? skipped : 0;
}

/* What another build may number differently: closures, and the name of a plugin. Returns the bytes written. */
static size_t put_function(struct span function, char *to, size_t size)
{
    static const char closure[] = ".func", plugin[] = "plugin/unnamed-";
    size_t used = 0;
    for (size_t at = 0; at < function.size && used + 1 < size;) {
        const struct span rest = {function.bytes + at, function.size - at};
        if (begins(rest, plugin)) {
            at += sizeof plugin - 1;
            used += (size_t)snprintf(to + used, size - used, "plugin");
            used = used < size ? used : size - 1;
            while (at < function.size && isxdigit((unsigned char)function.bytes[at]))
                at++;
            continue;
        }
        to[used++] = function.bytes[at++];
        if (used >= sizeof closure - 1 &&
            memcmp(to + used - (sizeof closure - 1), closure, sizeof closure - 1) == 0)
            while (at < function.size && (isdigit((unsigned char)function.bytes[at]) ||
                                          (function.bytes[at] == '.' && at + 1 < function.size &&
                                           isdigit((unsigned char)function.bytes[at + 1]))))
                at++;
    }
    to[used] = '\0';
    return used;
}

static void set_signature(struct crash *crash)
{
    char line[SIGNED_MESSAGE], *signature = crash->signature;
    struct span rest = crash->logged.stack;
    struct logged_frame frame;
    const size_t skipped = logged_frames_skipped(rest), size = sizeof crash->signature;
    last_line_normalize(crash->logged.message, line, sizeof line);
    size_t used = (size_t)snprintf(signature, size, "logged | %s", line), shown = 0;
    for (size_t i = 0; shown < SIGNED_FRAMES && logged_frame_next(&rest, &frame) && !frame.is_creator; i++) {
        if (i < skipped || is_runtime(frame.function) || used + 8 >= size)
            continue;
        used += (size_t)snprintf(signature + used, size - used, " | ");
        used += put_function(frame.function, signature + used, size - used);
        shown++;
    }
}

static void set_title(struct crash *crash)
{
    const struct logged_words *words = &crash->logged;
    const bool is_cut = strlen(words->message) > TITLE_MESSAGE;
    int message = is_cut ? TITLE_MESSAGE : (int)strlen(words->message);
    while (is_cut && message && ((unsigned char)words->message[message] & 0xc0) == 0x80)
        message--; /* not in the middle of a character */
    snprintf(crash->title, sizeof crash->title, "logged: %.*s%s%s%.130s%s%.60s%s", message, words->message,
             is_cut ? "..." : "", words->function[0] ? " in " : "", words->function,
             words->place[0] ? " (" : "", words->place, words->place[0] ? ")" : "");
}

static const char *last_part(struct span file, size_t *ret_size)
{
    const char *slash = memrchr(file.bytes, '/', file.size), *name = slash ? slash + 1 : file.bytes;
    *ret_size = (size_t)(file.bytes + file.size - name);
    return name;
}

/* Where the panic was raised. */
static void set_place(struct crash *crash)
{
    struct logged_words *words = &crash->logged;
    struct span rest = words->stack;
    struct logged_frame frame;
    size_t size = 0;
    for (size_t i = 0, at = logged_frames_skipped(rest); logged_frame_next(&rest, &frame); i++) {
        if (i < at || frame.is_creator)
            continue;
        const char *file = frame.file.bytes ? last_part(frame.file, &size) : "";
        snprintf(words->function, sizeof words->function, "%.*s", (int)(frame.function.size & 0xffff),
                 frame.function.bytes);
        if (frame.file.bytes)
            snprintf(words->place, sizeof words->place, "%.*s:%" PRIu64, (int)(size & 0xffff), file,
                     frame.line);
        return;
    }
}

/* On one line, without what looks secret; of a message "Runtime Before function caused an error." without the dot. */
static void put_text(struct span text, char *ret, size_t size)
{
    struct buffer shown = {0};
    redact_argument(&shown, text.bytes, text.size, "", 0);
    size_t used = shown.failed ? 0 : shown.size < size ? shown.size : size - 1;
    while (used && used < shown.size && ((unsigned char)shown.data[used] & 0xc0) == 0x80)
        used--;
    for (size_t i = 0; i < used; i++)
        ret[i] = (unsigned char)shown.data[i] < ' ' ? ' ' : shown.data[i];
    ret[used] = '\0';
    buffer_release(&shown);
}

static void set_message(struct crash *crash, const struct log_line *line, const struct log_line_panic *panic)
{
    struct logged_words *words = &crash->logged;
    put_text(panic->message, words->message, sizeof words->message);
    size_t used = strlen(words->message);
    if (!line->error.bytes || !line->error.size || panic->words.bytes)
        return;
    /* A traceback of Lua's follows on lines of its own. */
    const char *newline = memchr(line->error.bytes, '\n', line->error.size);
    const struct span error = {line->error.bytes,
                               newline ? (size_t)(newline - line->error.bytes) : line->error.size};
    if (used && words->message[used - 1] == '.')
        used--;
    used += (size_t)snprintf(words->message + used, sizeof words->message - used, ": ");
    if (used < sizeof words->message)
        put_text(error, words->message + used, sizeof words->message - used);
}

static void set_description(struct crash *crash)
{
    const struct notes_logged *notes = &crash->notes.logged;
    struct logged_words *words = &crash->logged;
    char missed[80] = "";
    if (notes->missed)
        snprintf(missed, sizeof missed, "; %" PRIu64 " more were counted since the last one", notes->missed);
    snprintf(words->description, sizeof words->description,
             "the process lives, and has logged this on %s%s%s%s%s%s",
             notes->stream == 2 ? "stderr" : "stdout", words->level[0] ? " at level " : "", words->level,
             words->caller[0] ? ", at " : "", words->caller, missed);
}

int logged_describe(struct crash *crash)
{
    const struct core_span text = crash->notes.logged_text;
    struct logged_words *words = &crash->logged;
    struct log_line line;
    struct log_line_panic panic;
    words->text = malloc(text.size + 1);
    if (!words->text)
        return -ENOMEM;
    struct span rest = {(const char *)text.bytes, text.size};
    const struct span first = take_line(&rest);
    log_line_read(first.bytes, first.size, words->text, &line);
    if (!line.is_json)
        line.message = (struct span){(const char *)text.bytes, text.size};
    log_line_panic(line.message, &panic);
    words->stack = panic.stack;
    words->is_panic = log_line_is_panic(line.message);
    if (line.level.bytes)
        put_text(line.level, words->level, sizeof words->level);
    if (line.caller.bytes)
        put_text(line.caller, words->caller, sizeof words->caller);
    set_message(crash, &line, &panic);
    set_place(crash);
    logged_tags_find(first, &line, &panic, &words->tags);
    crash->reason = words->message;
    crash->kind = "logged";
    set_title(crash);
    set_signature(crash);
    set_description(crash);
    return 0;
}
