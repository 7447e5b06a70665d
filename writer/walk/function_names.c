/* SPDX-License-Identifier: MIT */
#include "walk/function_names.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "readable_name.h"

#define GO_METHOD  ".(*" /* main.(*Match).loop: of a pointer, in a symbol of Go */
#define NAME_BYTES 400   /* of a demangled name, with its template arguments */

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

void function_names_normalise(const char *function, size_t function_size, char *out, size_t size)
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

/* Rust: <shop::Cart<i32> as core::ops::drop::Drop>::drop is of the type that comes first. */
static void unwrap_type(char *name)
{
    size_t depth = 0, end = 0, as = 0;
    if (name[0] != '<')
        return;
    for (; name[end]; end++) {
        depth += name[end] == '<';
        if (name[end] == '>' && (end == 0 || name[end - 1] != '-') && --depth == 0)
            break;
        if (depth == 1 && !as && strncmp(name + end, " as ", 4) == 0)
            as = end;
    }
    if (strncmp(name + end, ">::", 3) != 0)
        return;
    const size_t type = (as ? as : end) - 1;
    memmove(name, name + 1, type);
    memmove(name + type, name + end + 1, strlen(name + end + 1) + 1);
}

/* A lambda or a closure stands for the function it is written in, as if it had been inlined: main::{lambda(int)#1},
 * clang's main::$_7, Rust's main::{closure#0} and main::{{closure}}. */
static void cut_lambda(char *name)
{
    static const char *const marks[] = {"::{lambda(", "::$_", "::{closure", "::{{closure", "::'lambda"};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        char *found = strstr(name, marks[i]);
        if (found && found > name)
            *found = '\0';
    }
}

/* Both ends of a long name tell: one namespace holds many functions. */
static void copy_ends(const char *name, char *out, size_t size)
{
    const size_t length = strlen(name), kept = size < 8 ? 0 : size - 4;
    if (length < size || !kept)
        snprintf(out, size, "%s", name);
    else
        snprintf(out, size, "%.*s...%s", (int)(kept / 3), name, name + length - (kept - kept / 3));
}

void function_names_readable(const char *function, size_t function_size, char *out, size_t size)
{
    char name[NAME_BYTES], normal[NAME_BYTES];
    if (memmem(function, function_size, GO_METHOD, sizeof GO_METHOD - 1)) { /* no arguments are in it */
        snprintf(name, sizeof name, "%.*s",
                 (int)(function_size < sizeof name ? function_size : sizeof name - 1), function);
        copy_ends(name, out, size);
        return;
    }
    (void)name_short(function, function_size, name, sizeof name);
    unwrap_type(name);
    cut_lambda(name);
    function_names_normalise(name, strlen(name), normal, sizeof normal);
    copy_ends(normal, out, size);
}
