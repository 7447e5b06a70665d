/* SPDX-License-Identifier: MIT */
/* See itanium.h. Each parser takes the position, and returns the one behind what it understood, or
 * NULL. */
#include "itanium.h"

#include <string.h>

#define DEPTH_MAX 24
#define CONST_ANY "KVr"

struct text {
    char *data;
    size_t used, size; /* used counts no NUL; size does */
    bool truncated;
};

struct output {
    struct text *text; /* NULL: only skipped */
    int depth;
};

static const char *parse_name(const char *p, struct output out);
static const char *parse_type(const char *p, int depth);

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static const char *skip_digits(const char *p)
{
    while (is_digit(*p))
        p++;
    return p;
}

static void emit(struct output out, const char *s, size_t n)
{
    struct text *t = out.text;
    if (!t)
        return;
    if (n > t->size - 1 - t->used) {
        n = t->size - 1 - t->used;
        t->truncated = true;
    }
    memcpy(t->data + t->used, s, n);
    t->used += n;
    t->data[t->used] = '\0';
}

static void emit_separator(struct output out)
{
    if (out.text && out.text->used)
        emit(out, "::", 2);
}

/* <length> <identifier> */
static const char *parse_identifier(const char *p, struct output out)
{
    static const char anonymous[] = "_GLOBAL__N_";
    size_t n = 0;
    for (; is_digit(*p); p++) {
        n = n * 10 + (size_t)(*p - '0');
        if (n > 4096)
            return NULL;
    }
    if (!n || strnlen(p, n) < n)
        return NULL;
    emit_separator(out);
    if (n >= sizeof anonymous - 1 && memcmp(p, anonymous, sizeof anonymous - 1) == 0)
        emit(out, "(anonymous namespace)", 21);
    else
        emit(out, p, n);
    return p + n;
}

/* S_, S0_, St and its kind: *ret_std when it is namespace std. What a substitution stands for is not known
 * here. */
static const char *parse_substitution(const char *p, struct output out)
{
    if (p[1] == 't') {
        emit_separator(out);
        emit(out, "std", 3);
        return p + 2;
    }
    if (p[1] && strchr("absiod", p[1]))
        return p + 2;
    for (p++; is_digit(*p) || (*p >= 'A' && *p <= 'Z'); p++)
        ;
    return *p == '_' ? p + 1 : NULL;
}

/* <template-args>: I <arg>* E; a pack is J <arg>* E. */
static const char *skip_arguments(const char *p, int depth)
{
    for (p++; p && *p && *p != 'E';) {
        if (depth <= 0)
            return NULL;
        if (*p == 'J') {
            p = skip_arguments(p, depth - 1);
        } else if (*p == 'L' && p[1] != '_') { /* a literal: its type, its digits */
            p = parse_type(p + 1, depth - 1);
            while (p && (is_digit(*p) || *p == 'n'))
                p++;
            if (p && *p++ != 'E')
                return NULL;
        } else {
            p = parse_type(p, depth - 1);
        }
    }
    return p && *p ? p + 1 : NULL;
}

static const char *skip_types_until_e(const char *p, int depth)
{
    while (p && *p && *p != 'E')
        p = parse_type(p, depth);
    return p && *p ? p + 1 : NULL;
}

/* Ul <type>* E [<number>] _ (a closure), Ut [<number>] _ (a type without a name) */
static const char *parse_unnamed(const char *p, struct output out)
{
    bool is_closure = p[1] == 'l';
    p = is_closure ? skip_types_until_e(p + 2, out.depth - 1) : p + 2;
    if (!p)
        return NULL;
    p = skip_digits(p);
    emit_separator(out);
    emit(out, is_closure ? "{lambda}" : "{unnamed}", is_closure ? 8 : 9);
    return *p == '_' ? p + 1 : NULL;
}

/* One component of a name. */
static const char *parse_component(const char *p, struct output out)
{
    if (*p == 'L') /* internal linkage */
        p++;
    if (*p == 'U' && (p[1] == 'l' || p[1] == 't')) {
        p = parse_unnamed(p, out);
    } else if (is_digit(*p)) {
        p = parse_identifier(p, out);
    } else if ((*p == 'C' || *p == 'D') && is_digit(p[1])) {
        emit_separator(out);
        emit(out, *p == 'C' ? "{constructor}" : "{destructor}", *p == 'C' ? 13 : 12);
        p += 2;
    } else if (*p == 'c' && p[1] == 'l') {
        emit_separator(out);
        emit(out, "operator()", 10);
        p += 2;
    } else {
        return NULL;
    }
    while (p && *p == 'B') /* abi_tag */
        p = parse_identifier(p + 1, (struct output){NULL, out.depth});
    return p;
}

/* N [cv] [ref] <component>* E */
static const char *parse_nested(const char *p, struct output out)
{
    p++;
    while (*p && strchr(CONST_ANY "RO", *p))
        p++;
    while (p && *p && *p != 'E') {
        if (*p == 'S')
            p = parse_substitution(p, out);
        else if (*p == 'I')
            p = skip_arguments(p, out.depth - 1);
        else if (*p == 'T')
            p = parse_type(p, out.depth - 1);
        else
            p = parse_component(p, out);
    }
    return p && *p ? p + 1 : NULL;
}

/* Z <function> E <entity> [discriminator], or s for a string: what a function has inside. */
static const char *parse_local(const char *p, struct output out)
{
    p = parse_name(p + 1, out);
    p = p ? skip_types_until_e(p, out.depth - 1) : NULL;
    if (!p)
        return NULL;
    if (*p == 's')
        p++;
    else
        p = parse_name(p, out);
    if (p && *p == '_') {
        p += 1 + (p[1] == '_');
        p = skip_digits(p);
        p += *p == '_';
    }
    return p;
}

static const char *parse_name(const char *p, struct output out)
{
    if (--out.depth <= 0)
        return NULL;
    if (*p == 'N') {
        p = parse_nested(p, out);
    } else if (*p == 'Z') {
        p = parse_local(p, out);
    } else if (*p == 'S' && p[1] == 't') {
        p = parse_component(parse_substitution(p, out), out);
    } else if (*p == 'S') {
        p = parse_substitution(p, out);
    } else {
        p = parse_component(p, out);
    }
    return p && *p == 'I' ? skip_arguments(p, out.depth - 1) : p;
}

/* D<letter>: the types that have no letter of their own, and noexcept before a function's. */
static const char *parse_d_type(const char *p, int depth)
{
    if (p[1] == 'p' || p[1] == 'o') /* a pack's expansion; noexcept */
        return parse_type(p + 2, depth);
    return p[1] && strchr("nisuacdefh", p[1]) ? p + 2 : NULL;
}

/* Skips a type. */
static const char *parse_type(const char *p, int depth)
{
    if (--depth <= 0)
        return NULL;
    while (*p && strchr("PROCG" CONST_ANY, *p))
        p++;
    switch (*p) {
    case 'D':
        return parse_d_type(p, depth);
    case 'F':
        p += 1 + (p[1] == 'Y');
        return skip_types_until_e(p, depth);
    case 'A':
        p = skip_digits(p + 1);
        return *p == '_' ? parse_type(p + 1, depth) : NULL;
    case 'M':
        p = parse_type(p + 1, depth);
        return p ? parse_type(p, depth) : NULL;
    case 'T':
        p = skip_digits(p + 1);
        return *p == '_' ? p + 1 : NULL;
    case 'N':
    case 'Z':
    case 'S':
    case 'U':
        return parse_name(p, (struct output){NULL, depth});
    default:
        if (is_digit(*p))
            return parse_name(p, (struct output){NULL, depth});
        return is_lower(*p) ? p + 1 : NULL;
    }
}

bool itanium_name(const char *symbol, char *ret, size_t size)
{
    char buffer[256];
    struct text t = {buffer, 0, size < sizeof buffer ? size : sizeof buffer, false};
    buffer[0] = '\0';
    if (strncmp(symbol, "_Z", 2) != 0 || !parse_name(symbol + 2, (struct output){&t, DEPTH_MAX}) || !t.used ||
        t.truncated)
        return false;
    memcpy(ret, buffer, t.used + 1);
    return true;
}

bool itanium_callable(const char *type, char *ret_mangled, char *ret_text, size_t size)
{
    static const char state[] = "NSt6thread11_State_implI";
    static const char invoker[] = "NS_8_InvokerISt5tupleIJ";
    struct text t = {ret_text, 0, size, false};
    ret_text[0] = '\0';
    type += *type == '*'; /* internal linkage */
    if (strncmp(type, state, sizeof state - 1) != 0)
        return false;
    const char *p = type + sizeof state - 1;
    if (strncmp(p, invoker, sizeof invoker - 1) == 0)
        p += sizeof invoker - 1;
    const char *end = parse_type(p, DEPTH_MAX);
    if (!end || (size_t)(end - p) >= size)
        return false;
    memcpy(ret_mangled, p, (size_t)(end - p));
    ret_mangled[end - p] = '\0';
    if (is_digit(*p) || strchr("NZS", *p))
        (void)parse_name(p, (struct output){&t, DEPTH_MAX});
    return true;
}
