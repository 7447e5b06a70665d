/* SPDX-License-Identifier: MIT */
#include "golang/logged.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/redact.h"
#include "crash/crash.h"
#include "explain/last_line.h"
#include "golang/go_words.h"
#include "golang/logged_tags.h"
#include "go_dump.h"
#include "log_line.h"

#define TITLE_MESSAGE   180
#define SIGNED_MESSAGE  160
#define SIGNED_FUNCTION 120
#define SIGNED_FRAMES   3

static void set_signature(struct crash *crash)
{
    char line[SIGNED_MESSAGE], function[SIGNED_FUNCTION], *signature = crash->signature;
    const struct logged_words *words = &crash->logged;
    const size_t size = sizeof crash->signature;
    last_line_normalize(words->message, line, sizeof line);
    size_t used = (size_t)snprintf(signature, size, "logged | %s", line), shown = 0;
    for (size_t i = words->first_frame; i < words->frame_count && shown < SIGNED_FRAMES; i++) {
        if (go_dump_is_runtime(&words->frames[i]) || used >= size)
            continue;
        go_words_normalise(words->frames[i].function.at, words->frames[i].function.size, function,
                           sizeof function);
        used += (size_t)snprintf(signature + used, size - used, " | %s", function);
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

/* Where the panic was raised. */
static void set_place(struct logged_words *words)
{
    if (words->first_frame >= words->frame_count)
        return;
    const struct go_frame *frame = &words->frames[words->first_frame];
    const char *slash = frame->file.size ? memrchr(frame->file.at, '/', frame->file.size) : NULL;
    const char *file = slash ? slash + 1 : frame->file.at;
    snprintf(words->function, sizeof words->function, "%.*s", (int)(frame->function.size & 0xffff),
             frame->function.at);
    if (frame->file.size)
        snprintf(words->place, sizeof words->place, "%.*s:%" PRIu64,
                 (int)((size_t)(frame->file.at + frame->file.size - file) & 0xffff), file, frame->line);
}

/* The goroutine stands there as in the dump of a panic. */
static int read_stack(struct logged_words *words, struct span stack)
{
    static const char head[] = "panic: ?\n\n";
    if (!stack.size)
        return 0;
    words->stack_text = malloc(sizeof head + stack.size);
    if (!words->stack_text)
        return -ENOMEM;
    memcpy(words->stack_text, head, sizeof head - 1);
    memcpy(words->stack_text + sizeof head - 1, stack.bytes, stack.size);
    words->stack_text[sizeof head - 1 + stack.size] = '\n';
    int error = go_dump_read(words->stack_text, sizeof head + stack.size, &words->stack);
    if (!error && words->stack.frame_count) { /* then a group has them */
        words->frames = words->stack.frames + words->stack.groups[0].frame;
        words->frame_count = words->stack.groups[0].frame_count;
        words->first_frame = go_dump_end_frames(&words->stack);
    }
    return error;
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

/* Fills the words from the note; scratch is as large as it. */
static int read_text(struct crash *crash, struct span text, char *scratch)
{
    struct logged_words *words = &crash->logged;
    struct log_line line;
    struct log_line_panic panic;
    const char *newline = memchr(text.bytes, '\n', text.size);
    const struct span first = {text.bytes, newline ? (size_t)(newline - text.bytes) : text.size};
    log_line_read(first.bytes, first.size, scratch, &line);
    if (!line.is_json)
        line.message = text;
    log_line_panic(line.message, &panic);
    words->is_panic = log_line_is_panic(&line);
    if (line.level.bytes)
        put_text(line.level, words->level, sizeof words->level);
    if (line.caller.bytes)
        put_text(line.caller, words->caller, sizeof words->caller);
    set_message(crash, &line, &panic);
    logged_tags_find(first, &line, &panic, &words->tags);
    return read_stack(words, panic.stack);
}

int logged_describe(struct crash *crash)
{
    const struct core_span text = crash->notes.logged_text;
    char *scratch = malloc(text.size + 1);
    int error =
        scratch ? read_text(crash, (struct span){(const char *)text.bytes, text.size}, scratch) : -ENOMEM;
    free(scratch);
    if (error)
        return error;
    set_place(&crash->logged);
    crash->reason = crash->logged.message;
    crash->kind = "logged";
    set_title(crash);
    set_signature(crash);
    set_description(crash);
    return 0;
}
