/* SPDX-License-Identifier: MIT */
#include "explain/signature.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "walk/function_names.h"
#include "walk/runtime_names.h"

#define NAME_MAX_BYTES    160 /* of one name in a signature */
#define RECURSION_LOOK    64  /* frames in which a recursion is looked for */
#define RECURSION_MINIMUM 3   /* a function that occurs as often is part of it */

/* The module's name without versions: libruby-3.1.so.3.1.2 is libruby, python3.11 is python. */
static int stem_size(const char *module)
{
    const char *end = module + strcspn(module, "0123456789");
    const char *object = strstr(module, ".so");
    if (object && object < end)
        end = object;
    while (end > module + 1 && (end[-1] == '-' || end[-1] == '.' || end[-1] == '_'))
        end--;
    return end > module ? (int)(end - module) : (int)strlen(module);
}

/* What stands for a name: what the function does, which other builds share, or its place in this build's file. */
static void place_name(const struct sig_frame *frame, char *out, size_t size)
{
    const bool is_built = frame->build_id && frame->build_id[0];
    if (frame->is_main) /* main alone would be any program's */
        snprintf(out, size, "%.*s main", stem_size(frame->module), frame->module);
    else if (frame->fingerprint)
        snprintf(out, size, "%.*s~%08" PRIx32, stem_size(frame->module), frame->module, frame->fingerprint);
    else
        snprintf(out, size, "%.100s+0x%" PRIx64 "%s%.6s", frame->module, frame->entry, is_built ? "@" : "",
                 is_built ? frame->build_id : "");
}

/* Writes the frame's name to out if the frame counts. */
static bool frame_name(const struct sig_frame *frame, char *out, size_t size)
{
    if (frame->is_signal_frame || frame->is_guess || !frame->module || runtime_names_module(frame->module))
        return false;
    if (!frame->function) {
        place_name(frame, out, size);
        return true;
    }
    function_names_readable(frame->function, frame->function_size, out, size);
    return out[0] && !runtime_names_function(out);
}

bool signature_counts(const struct sig_frame *frame)
{
    char name[NAME_MAX_BYTES];
    return frame_name(frame, name, sizeof name);
}

size_t signature_first_frame(const struct sig_input *input)
{
    char name[NAME_MAX_BYTES];
    size_t best = input->count;
    for (size_t i = 0; i < input->count; i++) {
        const struct sig_frame *frame = &input->frames[i];
        if (frame_name(frame, name, sizeof name))
            return i;
        /* Nothing but the runtime: its first named function, else its first known place. */
        bool is_usable = !frame->is_signal_frame && !frame->is_guess && frame->module;
        if (is_usable && (best == input->count || (!input->frames[best].function && frame->function)))
            best = i;
    }
    return best;
}

struct sig_out {
    char *text;
    size_t size, used;
    bool is_cut;
    char last[NAME_MAX_BYTES];
    size_t names;
};

static void sig_add(struct sig_out *out, const char *text)
{
    size_t length = strlen(text);
    if (length >= out->size - out->used) {
        length = out->size - out->used - 1;
        out->is_cut = true;
    }
    memcpy(out->text + out->used, text, length);
    out->used += length;
    out->text[out->used] = '\0';
}

static void sig_add_name(struct sig_out *out, const char *name)
{
    if (strcmp(out->last, name) == 0)
        return;
    snprintf(out->last, sizeof out->last, "%s", name);
    out->names++;
    sig_add(out, " | ");
    sig_add(out, name);
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(left, right);
}

/* A recursion is named by the functions that take part in it, in alphabetical order. Returns whether there is
 * one. */
static bool sig_add_recursion(struct sig_out *out, const struct sig_input *input)
{
    char names[RECURSION_LOOK][NAME_MAX_BYTES];
    size_t count = 0;
    for (size_t i = 0; i < input->count && count < RECURSION_LOOK; i++)
        if (frame_name(&input->frames[i], names[count], sizeof names[0]))
            count++;
    qsort(names, count, sizeof names[0], compare_names);
    for (size_t i = 0, run; i < count && out->names < SIGNATURE_FRAMES; i += run) {
        run = 1;
        for (; i + run < count && strcmp(names[i], names[i + run]) == 0; run++)
            ;
        if (run >= RECURSION_MINIMUM)
            sig_add_name(out, names[i]);
    }
    return out->names > 0;
}

int signature_make(const struct sig_input *input, char *out, size_t size)
{
    struct sig_out result = {.text = out, .size = size};
    char name[NAME_MAX_BYTES];
    if (size == 0)
        return -ENOSPC;
    out[0] = '\0';
    sig_add(&result, input->kind);
    if (input->is_recursion && sig_add_recursion(&result, input))
        return result.is_cut ? -ENOSPC : 0;
    const size_t first = signature_first_frame(input);
    for (size_t i = first; i < input->count && result.names < SIGNATURE_FRAMES; i++) {
        if (frame_name(&input->frames[i], name, sizeof name))
            sig_add_name(&result, name);
        /* Whether main or another thread runs it: who calls a thread's routine is an accident. */
        if (input->frames[i].is_routine && !input->frames[i].is_guess)
            break;
    }
    if (result.names == 0 && first < input->count) {
        const struct sig_frame *frame = &input->frames[first];
        if (frame->function)
            function_names_readable(frame->function, frame->function_size, name, sizeof name);
        else
            place_name(frame, name, sizeof name);
        sig_add_name(&result, name);
    }
    if (result.names == 0) {
        snprintf(name, sizeof name, "unknown%s%.120s", input->program ? " in " : "",
                 input->program ? input->program : "");
        sig_add_name(&result, name);
    }
    return result.is_cut ? -ENOSPC : 0;
}
