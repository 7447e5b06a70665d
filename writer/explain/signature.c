/* SPDX-License-Identifier: MIT */
#include "explain/signature.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "walk/function_names.h"

#define NAME_MAX_BYTES    160 /* of one name in a signature */
#define RECURSION_LOOK    64  /* frames in which a recursion is looked for */
#define RECURSION_MINIMUM 3   /* a function that occurs as often is part of it */

/* Copies text with <...> as <T>, without '(' arguments ')' and a return type. */
static void normalise_templates(const char *function, size_t function_size, char *out, size_t size)
{
    size_t used = 0;
    unsigned depth = 0;
    for (size_t i = 0; i < function_size && used + 4 < size; i++) {
        char character = function[i];
        bool is_operator = used >= 8 && strncmp(out + used - 8, "operator", 8) == 0;
        if (character == '<' && !is_operator) {
            if (depth++ == 0) {
                memcpy(out + used, "<T>", 3);
                used += 3;
            }
        } else if (character == '>' && depth) {
            depth--;
        } else if (depth == 0) {
            out[used++] = character;
        }
        out[used] = '\0';
    }
    out[used] = '\0';
}

static void normalise_arguments(char *name)
{
    static const char anonymous[] = "(anonymous namespace)";
    char *at = name;
    if (strncmp(name, "_Z", 2) == 0)
        return;
    for (char *open; (open = strchr(at, '(')); at = open + sizeof anonymous - 1) {
        if (strncmp(open, anonymous, sizeof anonymous - 1) == 0)
            continue;
        if (open == name || (open - name >= 8 && strncmp(open - 8, "operator()", 10) == 0)) {
            at = open + 2;
            open = strchr(at, '(');
            if (!open)
                break;
        }
        *open = '\0';
        break;
    }
    /* What precedes the name is the return type, unless the name is an operator with a blank in it. */
    char *blank = strstr(name, "operator") ? NULL : strrchr(name, ' ');
    if (blank && !strstr(blank, "namespace)"))
        memmove(name, blank + 1, strlen(blank));
}

/* .cold, .part.0, .isra.0, .constprop.0, .lto_priv.0, .llvm.123: copies that the compiler made of a function.
 */
static void normalise_clones(char *name)
{
    static const char *const clones[] = {".cold",     ".part.",      ".isra.",  ".constprop.", ".lto_priv.",
                                         ".llvm.",    ".localalias", ".clone.", ".warm",       "[clone",
                                         ".resolver", ".avx",        ".sse"};
    char *first = NULL;
    for (size_t i = 0; i < sizeof clones / sizeof clones[0]; i++) {
        char *found = strstr(name, clones[i]);
        if (found && found > name && (!first || found < first))
            first = found;
    }
    if (first)
        *first = '\0';
    size_t length = strlen(name);
    while (length && name[length - 1] == ' ')
        name[--length] = '\0';
}

/*
 * A lambda stands for the function it is written in, as if it had been inlined, which an optimising compiler
 * does: _ZZN3app3runEvENKUlvE_clEv becomes _ZN3app3runEv.
 */
static void normalise_lambdas(char *name)
{
    if (strncmp(name, "_ZZ", 3) != 0)
        return;
    char *constant = strstr(name, "ENKUl"), *plain = strstr(name, "ENUl");
    char *cut = !constant || (plain && plain < constant) ? plain : constant;
    if (!cut)
        return;
    *cut = '\0';
    size_t extra = strspn(name + 2, "Z");
    memmove(name + 2, name + 2 + extra, strlen(name + 2 + extra) + 1);
}

static void normalise_prefixes(char *name)
{
    static const char *const prefixes[] = {"__GI_", "__libc_", "__real_", "__wrap_"};
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        size_t length = strlen(prefixes[i]);
        /* These names are their own: without the prefix they would mean something else. */
        if (strncmp(name, prefixes[i], length) == 0 && strncmp(name, "__libc_start", 12) != 0 && name[length])
            memmove(name, name + length, strlen(name + length) + 1);
    }
}

/* __memcpy_avx_unaligned_erms, __strlen_evex, __memset_sse2: variants for one processor. */
static void normalise_variants(char *name)
{
    static const char *const variants[] = {"_avx",  "_sse",       "_ssse3",      "_evex",
                                           "_erms", "_unaligned", "_generic_opt"};
    char *first = NULL;
    if (strncmp(name, "__", 2) != 0)
        return;
    for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++) {
        char *found = strstr(name + 2, variants[i]);
        if (found && found > name + 2 && (!first || found < first))
            first = found;
    }
    if (!first)
        return;
    *first = '\0';
    memmove(name, name + 2, strlen(name + 2) + 1);
}

static bool is_hash(const char *text)
{
    for (size_t i = 0; i < 16; i++)
        if (!isxdigit((unsigned char)text[i]) || isupper((unsigned char)text[i]))
            return false;
    return true;
}

/* Rust's legacy names end in a hash of the build: ::h0123456789abcdef, mangled 17h0123456789abcdefE. */
static void normalise_rust(char *name)
{
    size_t length = strlen(name);
    if (length > 19 && strncmp(name + length - 19, "::h", 3) == 0 && is_hash(name + length - 16))
        name[length - 19] = '\0';
    else if (length > 20 && strncmp(name + length - 20, "17h", 3) == 0 && name[length - 1] == 'E' &&
             is_hash(name + length - 17))
        memcpy(name + length - 20, "E", 2);
}

void signature_normalise(const char *function, size_t function_size, char *out, size_t size)
{
    normalise_templates(function, function_size, out, size);
    normalise_clones(out);
    normalise_arguments(out);
    normalise_lambdas(out);
    normalise_prefixes(out);
    normalise_variants(out);
    normalise_rust(out);
    for (char *at = out; *at; at++)
        if (*at == '|' || (unsigned char)*at < 0x20 || *at == 0x7f)
            *at = '_'; /* '|' separates the parts */
}

/* Writes the frame's name to out if the frame counts. */
static bool frame_name(const struct sig_frame *frame, char *out, size_t size)
{
    if (frame->is_signal_frame || !frame->module || signature_is_runtime_module(frame->module))
        return false;
    if (!frame->function) {
        /* The offset changes with a rebuild: better than nothing, for the frame at fault only. */
        snprintf(out, size, "%.100s+0x%" PRIx64, frame->module, frame->offset);
        return true;
    }
    signature_normalise(frame->function, frame->function_size, out, size);
    return out[0] && !signature_is_runtime_function(out);
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
        bool is_usable = !frame->is_signal_frame && frame->module;
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
        if (input->frames[i].function && frame_name(&input->frames[i], names[count], sizeof names[0]))
            count++;
    qsort(names, count, sizeof names[0], compare_names);
    for (size_t i = 0, run; i < count && out->names < SIGNATURE_FRAMES; i += run) {
        for (run = 1; i + run < count && strcmp(names[i], names[i + run]) == 0; run++)
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
    size_t first = signature_first_frame(input);
    for (size_t i = first; i < input->count && result.names < SIGNATURE_FRAMES; i++) {
        const struct sig_frame *frame = &input->frames[i];
        if (frame_name(frame, name, sizeof name) && (frame->function || i == first))
            sig_add_name(&result, name);
    }
    if (result.names == 0 && first < input->count) {
        const struct sig_frame *frame = &input->frames[first];
        if (frame->function)
            signature_normalise(frame->function, frame->function_size, name, sizeof name);
        else
            snprintf(name, sizeof name, "%.100s+0x%" PRIx64, frame->module, frame->offset);
        sig_add_name(&result, name);
    }
    if (result.names == 0)
        sig_add_name(&result, "unknown");
    return result.is_cut ? -ENOSPC : 0;
}
