/* SPDX-License-Identifier: MIT */
/* See readable_name.h. The demangler is libiberty's. */
#include "readable_name.h"

#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include <libiberty/demangle.h>

/*
 * Names come from files that may be hostile. A substitution may name another one twice, thirty times over, so that a
 * hundred bytes stand for gigabytes: the text ends at TEXT_MAX. libiberty's own limit of recursion refuses every
 * name beyond 1,024 bytes, which templates exceed. Without it, the stack that it takes grows with the name, by at most
 * a quarter KiB a byte (tests/unit/readable/test_readable_name.c), so NAME_MAX_BYTES is the limit, or less where the
 * writer has inherited a small stack from its server.
 */
#define NAME_MAX_BYTES 8192
#define STACK_PER_BYTE 256
#define STACK_OTHER    65536 /* of this file, and of who calls it */
#define TEXT_MAX       16384

struct text {
    jmp_buf full;
    size_t size;
    char bytes[TEXT_MAX + 1];
};

/* The demangler has no other way to be stopped. All it holds is on the stack (but of an identifier in Rust's
 * punycode, which is lost). */
static void take(const char *bytes, size_t size, void *context)
{
    struct text *text = context;
    const bool is_full = size > TEXT_MAX - text->size;
    if (is_full)
        size = TEXT_MAX - text->size;
    if (size) /* an empty piece may be at NULL */
        memcpy(text->bytes + text->size, bytes, size);
    text->size += size;
    text->bytes[text->size] = '\0';
    if (is_full)
        longjmp(text->full, 1);
}

/* The longest name that the stack has room for. */
static size_t name_max(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_STACK, &limit) < 0 ||
        limit.rlim_cur >= STACK_OTHER + NAME_MAX_BYTES * STACK_PER_BYTE)
        return NAME_MAX_BYTES;
    return limit.rlim_cur < STACK_OTHER ? 0 : (limit.rlim_cur - STACK_OTHER) / STACK_PER_BYTE;
}

/* Rust's older names are C++ names with a hash at the end: Rust is asked first. */
static bool demangle(const char *name, int options, struct text *text)
{
    text->size = 0;
    text->bytes[0] = '\0';
    if (setjmp(text->full))
        return true;
    if (!(options & DMGL_TYPES) && rust_demangle_callback(name, 0, take, text))
        return true;
    text->size = 0; /* of a name that is Rust's at its begin only */
    return cplus_demangle_v3_callback(name, options | DMGL_ANSI | DMGL_NO_RECURSE_LIMIT, take, text) != 0 &&
           text->size > 0;
}

/* Takes size bytes at 'at' out of a text. */
static void cut(char *at, size_t size)
{
    memmove(at, at + size, strlen(at + size) + 1);
}

static void replace(char *text, const char *from, const char *to)
{
    for (char *at = text; (at = strstr(at, from)) != NULL; at += strlen(to)) {
        memcpy(at, to, strlen(to)); /* to is the shorter one */
        cut(at + strlen(to), strlen(from) - strlen(to));
    }
}

/* Returns the end of a template's arguments, which begin at '<', or NULL. */
static char *end_of_arguments(char *at)
{
    int depth = 0;
    for (; *at; at++) {
        depth += *at == '<';
        depth -= *at == '>' && at[-1] != '-';
        if (depth == 0)
            return at + 1;
    }
    return NULL;
}

/* Arguments that the library's own containers have unless the program says otherwise. */
static void drop_defaults(char *text)
{
    static const char *const defaults[] = {
        ", std::char_traits<", ", std::allocator<", ", std::less<",
        ", std::hash<",        ", std::equal_to<",  ", std::default_delete<",
    };
    for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++)
        for (char *at = text; (at = strstr(at, defaults[i])) != NULL;) {
            char *end = end_of_arguments(at + strlen(defaults[i]) - 1);
            if (!end)
                return;
            cut(at, (size_t)(end - at));
        }
}

/* Names as people write them. */
static void shorten(char *text)
{
    replace(text, "std::__cxx11::", "std::");
    replace(text, "std::__1::", "std::");
    drop_defaults(text);
    for (char *at = text; (at = strstr(at, " >")) != NULL;)
        cut(at, 1);
    replace(text, "std::basic_string<char>", "std::string");
    char *clone = strstr(text, " [clone "); /* which copy of the function it is */
    if (clone)
        *clone = '\0';
}

static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

/* Both ends of a long name tell: the head its library, the tail the function. */
static void copy(const char *text, size_t text_size, char *out, size_t size)
{
    if (size == 0)
        return;
    if (text_size < size) {
        memcpy(out, text, text_size);
        out[text_size] = '\0';
        return;
    }
    static const char dots[] = "...";
    const size_t kept = size < sizeof dots ? 0 : size - sizeof dots;
    size_t head = kept / 3, tail = text_size - (kept - head);
    while (head && is_continuation(text[head]))
        head--;
    while (tail < text_size && is_continuation(text[tail]))
        tail++;
    snprintf(out, size, "%.*s%s%.*s", (int)head, text, dots, (int)(text_size - tail), text + tail);
}

static bool make(const char *name, size_t name_size, int options, char *out, size_t size)
{
    struct text text;
    char whole[NAME_MAX_BYTES + 1];
    if (name_size <= name_max() && memchr(name, '\0', name_size) == NULL) {
        memcpy(whole, name, name_size);
        whole[name_size] = '\0';
        for (int i = 0; i < 2; i++) {
            if (!demangle(whole, i ? 0 : options, &text))
                break;
            shorten(text.bytes);
            const size_t length = strlen(text.bytes);
            if (i == 0 && length >= size && (options & DMGL_RET_DROP))
                continue;
            copy(text.bytes, length, out, size);
            return true;
        }
    }
    copy(name, name_size, out, size);
    return name_size >= size;
}

/* How much of a name of C is the function, without the word for a copy of it. */
static size_t without_clone(const char *name, size_t size)
{
    static const char *const clones[] = {".cold", ".part.", ".isra.", ".constprop.", ".lto_priv."};
    for (size_t i = 0; i < sizeof clones / sizeof clones[0]; i++) {
        const char *found = memmem(name, size, clones[i], strlen(clones[i]));
        if (found && found > name)
            size = (size_t)(found - name);
    }
    return size;
}

static bool make_function(const char *name, size_t name_size, int options, char *out, size_t size)
{
    if (name_size > 2 && name[0] == '_' && name[1] != '_')
        return make(name, name_size, options, out, size);
    const size_t kept = without_clone(name, name_size);
    copy(name, kept, out, size);
    return kept < name_size || kept >= size;
}

bool name_readable(const char *name, size_t name_size, char *out, size_t size)
{
    /* without parameters there is no return type either, and to drop one would drop those of template arguments */
    return make_function(name, name_size, DMGL_PARAMS | DMGL_RET_DROP, out, size);
}

bool name_short(const char *name, size_t name_size, char *out, size_t size)
{
    return make_function(name, name_size, 0, out, size);
}

bool name_readable_type(const char *type, char *out, size_t size)
{
    /* As people write them in C; a signature may hold them. */
    static const char *const pointers[][2] = {{"PKc", "const char *"}, {"Pc", "char *"}, {"Pv", "void *"}};
    type += type[0] == '*'; /* GCC's mark of a type that is compared by address */
    if (strncmp(type, "_ZTI", 4) == 0 || strncmp(type, "_ZTS", 4) == 0)
        type += 4;
    for (size_t i = 0; i < sizeof pointers / sizeof pointers[0]; i++)
        if (strcmp(type, pointers[i][0]) == 0) {
            copy(pointers[i][1], strlen(pointers[i][1]), out, size);
            return true;
        }
    return make(type, strlen(type), DMGL_PARAMS | DMGL_TYPES, out, size);
}
