/* SPDX-License-Identifier: MIT */
#include "explain/manner.h"

#include <ctype.h>
#include <string.h>

#include "walk/function_names.h"

#define LOOK       48 /* innermost frames; a handler of the application may log before it gives up */
#define NAME_BYTES 160

static const struct manner_row *row_of(const struct sig_frame *frame)
{
    char name[NAME_BYTES];
    if (!frame->function)
        return NULL;
    function_names_readable(frame->function, frame->function_size, name, sizeof name);
    return manner_row_of(name);
}

/* Nothing of the application calls this frame: it is main, or the routine of a thread. */
static bool is_root(const struct sig_frame *frames, size_t count, size_t at)
{
    for (size_t i = at + 1; i < count; i++)
        if (signature_counts(&frames[i]))
            return false;
    return true;
}

static bool is_letter(const char *text, size_t size, size_t at)
{
    return at < size && isalpha((unsigned char)text[at]);
}

/* A short word counts only where no letter stands beside it: 'soldier' does not die. */
static bool has_word(const char *text, size_t size, const char *word)
{
    const size_t length = strlen(word);
    for (size_t i = 0; i + length <= size; i++)
        if (strncasecmp(text + i, word, length) == 0 &&
            (length > 4 || !(is_letter(text, size, i - 1) || is_letter(text, size, i + length))))
            return true;
    return false;
}

static bool sounds_fatal(const struct sig_frame *frame)
{
    static const char *const words[] = {"fatal", "panic", "assert", "oops", "giveup", "unreachable",
                                        "die",   "bug",   "bail",   "fail", "failed", "crit"};
    for (size_t i = 0; frame->function && i < sizeof words / sizeof words[0]; i++)
        if (has_word(frame->function, frame->function_size, words[i]))
            return true;
    return false;
}

/*
 * A way to die of the server's own: it never returns, and it does something first (formats, logs), or is named like
 * one. Others do not return either: a function that only ends in abort() or in a library's way to die, and what main
 * or a thread's routine calls last, which may be its loop. Without names, the code decides.
 */
static bool is_own(const struct sig_frame *frames, size_t count, size_t at, bool is_library)
{
    const struct sig_frame *frame = &frames[at];
    if (!frame->never_returns)
        return false;
    for (size_t i = at + 1; i < count; i++)
        if (signature_counts(&frames[i]))
            return sounds_fatal(frame) || (!is_library && !frame->function) ||
                   (!is_library && frame->calls_more && !is_root(frames, count, i));
    return false; /* it is the root itself */
}

static bool is_nameless_neighbour(const struct sig_frame *frames, size_t at)
{
    return at && !frames[at].function && frames[at].module && frames[at - 1].module &&
           strcmp(frames[at].module, frames[at - 1].module) == 0;
}

void manner_find(const struct sig_frame *frames, size_t count, struct manner *ret_manner)
{
    /* No place so far; the last frame was a library's; a library's row has told all. */
    bool is_chain = true, is_library = false, is_told = false;
    *ret_manner = (struct manner){0};
    for (size_t i = 0; i < count && i < LOOK && !frames[i].is_signal_frame && !frames[i].is_guess; i++) {
        const struct manner_row *row = row_of(&frames[i]);
        if (row) {
            ret_manner->row = row->kind || !ret_manner->row ? row : ret_manner->row;
            is_chain = is_library = true;
            is_told = true;
        } else if (is_chain && is_library && is_nameless_neighbour(frames, i)) {
            continue; /* a function of the library that is not exported; the frames around it decide */
        } else if (is_chain && signature_counts(&frames[i])) {
            is_library = false;
            is_chain = is_own(frames, count, i, is_told);
        }
        if (!is_chain)
            continue; /* a handler of the application, perhaps: a row may follow */
        ret_manner->frames = i + 1;
        if (signature_counts(&frames[i]))
            ret_manner->function = &frames[i];
    }
}
